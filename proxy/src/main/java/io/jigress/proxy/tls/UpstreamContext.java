package io.jigress.proxy.tls;

import io.jigress.config.UpstreamTls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;

/// What the TLS connections to the endpoints of a cluster share: whom they trust, and the certificate that the gateway shows. Not used yet: the
/// pools of connections know no transport but TCP.
public final class UpstreamContext {
    private final SslContext context;
    private final String serverName;

    private UpstreamContext(SslContext context, String serverName) {
        this.context = context;
        this.serverName = serverName;
    }

    /// @param protocols that ALPN offers, the best first; empty for no ALPN
    /// @throws GeneralSecurityException when a certificate cannot be read, or there is no name that a certificate could be for
    public static UpstreamContext of(TlsEngine engine, UpstreamTls settings, List<String> protocols)
            throws SSLException, GeneralSecurityException {
        List<String> names = !settings.names().isEmpty() ? settings.names()
                : settings.serverName().isEmpty() ? List.of() : List.of(settings.serverName());
        if (names.isEmpty()) {
            throw new CertificateException("no name that the certificate of an endpoint must be for");
        }
        SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(engine.provider).protocols("TLSv1.3", "TLSv1.2")
                // The trust manager compares the names.
                .endpointIdentificationAlgorithm(null)
                .trustManager(new Named(ClientTrust.manager(settings.authorities()), names));
        if (settings.own() != null) {
            ServerCertificate own = ServerCertificate.read("upstream", settings.own());
            builder.keyManager(own.key, own.chain);
        }
        if (!protocols.isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(Protocol.ALPN, SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT, protocols));
        }
        return new UpstreamContext(builder.build(), settings.serverName());
    }

    /// For one connection, at the front of its pipeline. Its handshake begins when the connection is active.
    public SslHandler handler(ByteBufAllocator allocator) {
        return serverName.isEmpty() ? context.newHandler(allocator) : context.newHandler(allocator, serverName, -1);
    }

    /// Connections that were made by it go on.
    public void release() {
        ReferenceCountUtil.release(context);
    }

    /// Accepts a chain that leads to a trusted root and is for one of the names.
    private static final class Named extends X509ExtendedTrustManager {
        private final X509ExtendedTrustManager roots;
        private final List<String> names;

        Named(X509ExtendedTrustManager roots, List<String> names) {
            this.roots = roots;
            this.names = names;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            roots.checkServerTrusted(chain, type);
            for (String name : names) {
                if (CertificateNames.has(chain[0], name)) {
                    return;
                }
            }
            throw new CertificateException("the certificate of the endpoint is for none of " + names);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            checkServerTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            checkServerTrusted(chain, type);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() { return roots.getAcceptedIssuers(); }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("only certificates of endpoints are checked here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            checkClientTrusted(chain, type);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            checkClientTrusted(chain, type);
        }
    }
}
