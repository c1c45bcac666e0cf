package io.jigress.proxy.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The result of a ClientHello on a listener. Event loop only.
public sealed interface TlsChoice {

    /// The handshake can begin. Whoever takes it puts its handler into a pipeline, or the engine leaks.
    final class Handshake implements TlsChoice {
        private final TlsSection section;
        private final String serverName;
        private final SslHandler handler;
        /// Keeps it until the handshake is over, though it may be replaced meanwhile.
        @SuppressWarnings("unused") private final ServerCertificate certificate;

        Handshake(TlsSection section, String serverName, SslHandler handler, ServerCertificate certificate) {
            this.section = section;
            this.serverName = serverName;
            this.handler = handler;
            this.certificate = certificate;
        }

        public String serverName() {
            return serverName;
        }

        public SslHandler handler() {
            return handler;
        }

        /// What is known once it has succeeded.
        public TlsConnection connection() {
            return TlsConnection.of(section, serverName, handler.engine());
        }
    }

    /// No section of the listener has the server name.
    record UnknownServerName(String serverName) implements TlsChoice {}

    /// The section has no certificate that can be used.
    record NoCertificate(String serverName) implements TlsChoice {}

    /// The client offers protocols, and the section has none of them.
    record NoSharedProtocol(String serverName) implements TlsChoice {}

    /// @param listener the current one, asked again when a context was released between two looks
    static TlsChoice of(Supplier<TlsListener> listener, ClientHello hello, ByteBufAllocator allocator) {
        for (int tries = 0; tries < 3; tries++) {
            TlsSection section = listener.get().section(hello.serverName());
            if (section == null) {
                return new UnknownServerName(hello.serverName());
            }
            TlsContext context = section.context();
            ServerCertificate certificate = section.certificate(hello);
            if (context == null || certificate == null) {
                return new NoCertificate(hello.serverName());
            }
            if (!context.shares(hello.protocols())) {
                return new NoSharedProtocol(hello.serverName());
            }
            @Nullable SslHandler handler = context.handler(allocator, certificate);
            if (handler != null) {
                return new Handshake(section, hello.serverName(), handler, certificate);
            }
        }
        return new NoCertificate(hello.serverName());
    }
}
