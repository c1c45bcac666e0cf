package io.jigress.proxy.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/// The CA certificates that clients of a section are verified against. For several threads.
final class ClientTrust {
    private final X509ExtendedTrustManager strict;

    private ClientTrust(X509ExtendedTrustManager strict) {
        this.strict = strict;
    }

    /// @param authorities PEM
    static ClientTrust of(String authorities) throws GeneralSecurityException {
        if (ServerCertificate.certificates(authorities).isEmpty()) {
            throw new CertificateException("no CA certificate of clients");
        }
        return new ClientTrust(manager(authorities));
    }

    /// Accepts chains that lead to a root, of certificates that are valid now.
    ///
    /// @param authorities PEM: the roots; empty for those of the system
    static X509ExtendedTrustManager manager(String authorities) throws GeneralSecurityException {
        try {
            KeyStore store = null;
            if (!authorities.isEmpty()) {
                store = KeyStore.getInstance(KeyStore.getDefaultType());
                store.load(null, null);
                List<X509Certificate> roots = ServerCertificate.certificates(authorities);
                for (int i = 0; i < roots.size(); i++) {
                    store.setCertificateEntry(Integer.toString(i), roots.get(i));
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            for (TrustManager each : factory.getTrustManagers()) {
                if (each instanceof X509ExtendedTrustManager manager) {
                    return new PeerTrust(manager);
                }
            }
            throw new CertificateException("this JDK has no trust manager of X.509");
        } catch (IOException e) {
            throw new CertificateException("a key store in memory cannot be made", e);
        }
    }

    /// Accepts chains that lead to one of the CA certificates.
    X509ExtendedTrustManager strict() {
        return strict;
    }

    /// Accepts every chain: whether it is valid is for the upstream to decide.
    X509ExtendedTrustManager lenient() {
        return new Lenient(strict.getAcceptedIssuers());
    }

    boolean verifies(X509Certificate[] chain) {
        try {
            strict.checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm());
            return true;
        } catch (CertificateException _) {
            return false;
        }
    }

    private static final class Lenient extends X509ExtendedTrustManager {
        private final X509Certificate[] issuers;

        Lenient(X509Certificate[] issuers) {
            this.issuers = issuers;
        }

        /// What a client is told, so that it can choose its certificate.
        @Override
        public X509Certificate[] getAcceptedIssuers() { return issuers.clone(); }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            throw new CertificateException("only certificates of clients are checked here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            throw new CertificateException("only certificates of clients are checked here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("only certificates of clients are checked here");
        }
    }
}
