package io.jigress.proxy.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// A trust manager of the JDK with two additions. For several threads.
///
/// A certificate must be valid now: the JDK checks no dates of a certificate that is itself among the CA certificates, as one that is self-signed and
/// pinned. And BoringSSL is told what is wrong, so that it sends the peer the alert for it instead of `internal_error`.
final class PeerTrust extends X509ExtendedTrustManager {
    /// Results of verification as OpenSSL numbers them (x509_vfy.h).
    static final int REJECTED = 28;
    static final int WRONG_NAME = 62;
    private static final int NO_ISSUER = 20;
    private static final int DEEPEST = 10;

    private final X509ExtendedTrustManager roots;

    private interface Check {
        void run() throws CertificateException;
    }

    PeerTrust(X509ExtendedTrustManager roots) {
        this.roots = roots;
    }

    private static void check(X509Certificate[] chain, Check check) throws CertificateException {
        try {
            check.run();
        } catch (CertificateException e) {
            throw withCode(e);
        }
        chain[0].checkValidity();
    }

    private static CertificateException withCode(CertificateException thrown) {
        int depth = 0;
        for (@Nullable Throwable each = thrown; each != null && depth < DEEPEST; each = each.getCause()) {
            switch (each) {
                case CertificateExpiredException _ -> {
                    return thrown; // Netty knows the alert.
                }
                case CertificateNotYetValidException _ -> {
                    return thrown;
                }
                case CertPathBuilderException _ -> {
                    return new OpenSslCertificateException(thrown.getMessage(), thrown, NO_ISSUER);
                }
                default -> depth++;
            }
        }
        return new OpenSslCertificateException(thrown.getMessage(), thrown, REJECTED);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, () -> roots.checkClientTrusted(chain, type, socket));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, () -> roots.checkClientTrusted(chain, type, engine));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, () -> roots.checkClientTrusted(chain, type));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, () -> roots.checkServerTrusted(chain, type, socket));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, () -> roots.checkServerTrusted(chain, type, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, () -> roots.checkServerTrusted(chain, type));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() { return roots.getAcceptedIssuers(); }
}
