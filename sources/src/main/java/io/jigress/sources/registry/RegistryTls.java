package io.jigress.sources.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.control.RegistrySettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// TLS to the servers of a registry, by its `spec.tls` and the keys `ca.crt`, `tls.crt` and `tls.key` of its Secret.
public final class RegistryTls {
    /// The keys of a Secret with certificates.
    public static final String AUTHORITIES = "ca.crt";
    public static final String CERTIFICATE = "tls.crt";
    public static final String KEY = "tls.key";
    /// The value of the option `tls` without verification of the server.
    public static final String INSECURE = "insecure";

    private static final char[] NO_PASSWORD = new char[0];

    private RegistryTls() {}

    /// Null when connections to the registry do not use TLS.
    ///
    /// @throws IllegalArgumentException with a readable message when a key of the Secret cannot be read
    public static @Nullable SSLContext context(RegistrySettings settings) {
        return context(settings.registry().option("tls"), settings.credentials());
    }

    /// Null when the mode is empty: without TLS.
    ///
    /// @param mode `verify` or `insecure`
    /// @param pems the certificates and the key by the keys of a Secret; others are ignored
    /// @throws IllegalArgumentException with a readable message when one of them cannot be read
    public static @Nullable SSLContext context(String mode, Map<String, String> pems) {
        if (mode.isEmpty()) {
            return null;
        }
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(pems), mode.equals(INSECURE) ? new TrustManager[] {new Anybody()} : trust(pems), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private static TrustManager @Nullable [] trust(Map<String, String> pems) throws GeneralSecurityException, IOException {
        String pem = pems.getOrDefault(AUTHORITIES, "");
        if (pem.isEmpty()) {
            return null;
        }
        KeyStore store = empty();
        int i = 0;
        for (Certificate certificate : certificates(pem, AUTHORITIES)) {
            store.setCertificateEntry("ca" + i++, certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    /// The certificates that Java trusts.
    static List<X509Certificate> usualAuthorities() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        List<X509Certificate> authorities = new ArrayList<>();
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager one) {
                authorities.addAll(List.of(one.getAcceptedIssuers()));
            }
        }
        return authorities;
    }

    private static KeyManager @Nullable [] keys(Map<String, String> pems) throws GeneralSecurityException, IOException {
        String pem = pems.getOrDefault(CERTIFICATE, "");
        if (pem.isEmpty()) {
            return null;
        }
        KeyStore store = empty();
        store.setKeyEntry("client", key(pems.getOrDefault(KEY, "")), NO_PASSWORD,
                certificates(pem, CERTIFICATE).toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static Collection<? extends Certificate> certificates(String pem, String key) throws GeneralSecurityException {
        Collection<? extends Certificate> read = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(UTF_8)));
        if (read.isEmpty()) {
            throw new GeneralSecurityException(key + " holds no certificate");
        }
        return read;
    }

    private static PrivateKey key(String pem) throws GeneralSecurityException {
        String base64 = pem.replaceAll("-----(BEGIN|END) PRIVATE KEY-----|\\s", "");
        try {
            PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64));
            for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(spec);
                } catch (InvalidKeySpecException _) {
                    // A key of another algorithm.
                }
            }
        } catch (IllegalArgumentException _) {
            // Not base64: treated as an unknown key.
        }
        throw new GeneralSecurityException("tls.key is not a private key (expected: PEM, BEGIN PRIVATE KEY)");
    }

    /// Accepts every certificate, for `insecureSkipVerify`.
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
            // Every certificate is accepted.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            // Every certificate is accepted.
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            // Every certificate is accepted.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            // Every certificate is accepted.
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            // Every certificate is accepted.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            // Every certificate is accepted.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }
}
