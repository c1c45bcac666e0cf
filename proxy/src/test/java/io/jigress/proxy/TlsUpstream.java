package io.jigress.proxy;

import io.jigress.config.UpstreamTls;
import io.jigress.config.UpstreamTls.Verification;
import io.jigress.proxy.tls.CertificateMaker.Made;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// A TLS server of the JDK on the loopback, which runs a test's script for each connection.
final class TlsUpstream implements AutoCloseable {
    interface Script {
        void serve(Connection connection) throws IOException;
    }

    /// A connection whose handshake has succeeded.
    record Connection(SSLSocket tls, Socket raw) {

        /// The head of a request, without the empty line; empty at the end.
        String head() throws IOException {
            StringBuilder head = new StringBuilder();
            InputStream in = tls.getInputStream();
            for (int next = in.read(); next >= 0; next = in.read()) {
                head.append((char) next);
                if (head.toString().endsWith("\r\n\r\n")) {
                    return head.toString();
                }
            }
            return "";
        }

        void send(String text) throws IOException {
            tls.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            tls.getOutputStream().flush();
        }

        /// Ends without a close_notify.
        void cut() throws IOException {
            raw.close();
        }

        /// The server names of the client, comma-separated.
        String serverNames() {
            StringBuilder names = new StringBuilder();
            for (SNIServerName name : ((ExtendedSSLSession) tls.getSession()).getRequestedServerNames()) {
                names.append(names.isEmpty() ? "" : ",").append(new String(name.getEncoded(), StandardCharsets.US_ASCII));
            }
            return names.toString();
        }
    }

    final TcpServer server;

    private TlsUpstream(TcpServer server) {
        this.server = server;
    }

    /// @param own its certificate, from [TlsGateway#CA]
    /// @param settings changes the usual parameters of the JDK
    static TlsUpstream start(Made own, Consumer<SSLParameters> settings, Script script) throws IOException {
        return start(own, settings, null, script);
    }

    /// @param protocol the protocol that it selects by ALPN, whatever was offered; null for none
    static TlsUpstream start(Made own, Consumer<SSLParameters> settings, @Nullable String protocol, Script script)
            throws IOException {
        SSLContext context = TlsGateway.client(own);
        return new TlsUpstream(TcpServer.start(raw -> {
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(raw, null, true);
            tls.setUseClientMode(false);
            SSLParameters parameters = tls.getSSLParameters();
            settings.accept(parameters);
            tls.setSSLParameters(parameters);
            if (protocol != null) {
                tls.setHandshakeApplicationProtocolSelector((_, _) -> protocol);
            }
            tls.startHandshake();
            try (tls) {
                script.serve(new Connection(tls, raw));
            }
        }));
    }

    /// Answers every request with a text.
    static Script answering(String text) {
        return connection -> {
            while (!connection.head().isEmpty()) {
                connection.send(ok(text));
            }
        };
    }

    static String ok(String text) {
        return "HTTP/1.1 200 OK\r\ncontent-length: " + text.length() + "\r\n\r\n" + text;
    }

    InetSocketAddress address() {
        return server.address();
    }

    /// Verifies a server of [TlsGateway#CA] by this name, which is sent too.
    static UpstreamTls verifying(String name, String... alpn) {
        return new UpstreamTls("BackendTLSPolicy test/up", name, new Verification.Names(TlsGateway.CA.text(), List.of(name)),
                null,
                List.of(alpn));
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
