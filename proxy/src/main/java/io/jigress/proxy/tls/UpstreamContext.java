package io.jigress.proxy.tls;

import io.jigress.config.UpstreamTls;
import io.jigress.config.UpstreamTls.Verification;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;

/// What the TLS connections to the endpoints of a cluster share: whom they trust, the certificate that the gateway shows, and the sessions
/// that can be resumed. Immutable but for the sessions; for several threads.
///
/// Its native memory is given back when nothing refers to it any more: connections that are in use keep the one they were made with, and a
/// request that has just chosen an endpoint may still open one, whatever the configuration became.
public final class UpstreamContext {
    private static final Cleaner CLEANER = Cleaner.create();
    /// The sessions that it keeps, over all endpoints, and for how long.
    private static final long MAX_SESSIONS = 4096;
    private static final long SESSION_SECONDS = 60L * 60;

    private final UpstreamTls settings;
    private final SslContext context;

    private UpstreamContext(UpstreamTls settings, SslContext context) {
        this.settings = settings;
        this.context = context;
        CLEANER.register(this, () -> ReferenceCountUtil.release(context));
    }

    static UpstreamContext of(TlsEngine engine, UpstreamTls settings) throws SSLException, GeneralSecurityException {
        SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(engine.provider).protocols("TLSv1.3", "TLSv1.2")
                .sessionCacheSize(MAX_SESSIONS).sessionTimeout(SESSION_SECONDS)
                // The trust manager compares the names.
                .endpointIdentificationAlgorithm(null).trustManager(trust(settings.verification()));
        if (!settings.serverName().isEmpty()) {
            builder.serverName(new SNIHostName(settings.serverName()));
        }
        if (settings.own() != null) {
            ServerCertificate own = ServerCertificate.read("upstream", settings.own());
            builder.keyManager(own.key, own.chain);
        }
        if (!settings.alpn().isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(Protocol.ALPN, SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT, settings.alpn()));
        }
        return new UpstreamContext(settings, builder.build());
    }

    private static EndpointTrust trust(Verification wanted) throws GeneralSecurityException {
        return switch (wanted) {
            case Verification.None _ -> EndpointTrust.OF_ALL;
            case Verification.Names(String authorities, List<String> names) -> {
                if (names.isEmpty()) {
                    throw new CertificateException("there is no name that the certificate of an endpoint must be for");
                }
                if (authorities != null && ServerCertificate.certificates(authorities).isEmpty()) {
                    throw new CertificateException("there is no CA certificate");
                }
                yield new EndpointTrust.Named(ClientTrust.manager(authorities == null ? "" : authorities), names);
            }
        };
    }

    public UpstreamTls settings() {
        return settings;
    }

    /// For one connection, at the front of its pipeline. Its handshake begins when the connection is active, and has no timeout of its own. Whoever
    /// takes it puts it into a pipeline, or the engine leaks.
    ///
    /// @param peer the host, and @param port the port: sessions are resumed with the endpoint that they began with
    public SslHandler handler(ByteBufAllocator allocator, String peer, int port) {
        try {
            SslHandler handler = context.newHandler(allocator, peer, port);
            handler.setHandshakeTimeoutMillis(0);
            HeapRecords.use(handler);
            return handler;
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
