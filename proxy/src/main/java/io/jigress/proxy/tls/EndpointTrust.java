package io.jigress.proxy.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/// Which certificates of endpoints are accepted. For several threads.
abstract sealed class EndpointTrust extends X509ExtendedTrustManager {
    /// Accepts every certificate.
    static final EndpointTrust OF_ALL = new All();

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        checkServerTrusted(chain, type);
    }

    /// Without what the JDK would check of the engine: the name of the peer is its address here.
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        checkServerTrusted(chain, type);
    }

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

    /// A chain must lead to a root, and its certificate be for one of the names.
    static final class Named extends EndpointTrust {
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
            String message = "the certificate is for " + CertificateNames.all(chain[0]) + " (expected: "
                    + (names.size() == 1 ? names.getFirst() : "one of " + names) + ")";
            throw new OpenSslCertificateException(message, new UpstreamTlsFaults.WrongName(message), PeerTrust.WRONG_NAME);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() { return roots.getAcceptedIssuers(); }
    }

    private static final class All extends EndpointTrust {
        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }
}
