package io.jigress.proxy.tls;

import io.jigress.config.TlsCertificate;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/// A certificate of the gateway with its private key, ready for use. Immutable.
final class ServerCertificate {
    /// Names it to engines; no two are alike in one process.
    final String id;
    final TlsCertificate.Pem source;
    final X509Certificate[] chain;
    final PrivateKey key;
    /// Lower-case names and wildcards that it is for.
    final Set<String> names;
    final Instant expires;
    final byte[] ocsp;

    private ServerCertificate(String id, TlsCertificate.Pem source, X509Certificate[] chain, PrivateKey key)
            throws CertificateException {
        this.id = id;
        this.source = source;
        this.chain = chain;
        this.key = key;
        this.names = names(chain[0]);
        this.expires = chain[0].getNotAfter().toInstant();
        this.ocsp = Base64.getDecoder().decode(source.ocsp());
    }

    /// @throws GeneralSecurityException when it cannot be read
    static ServerCertificate read(String id, TlsCertificate.Pem source) throws GeneralSecurityException {
        X509Certificate[] chain = certificates(source.chain()).toArray(new X509Certificate[0]);
        if (chain.length == 0) {
            throw new CertificateException("holds no certificate");
        }
        String text = source.key().value().replaceAll("-----[A-Z ]+-----", "");
        try {
            PrivateKey key = KeyFactory.getInstance(chain[0].getPublicKey().getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text)));
            return new ServerCertificate(id, source, chain, key);
        } catch (IllegalArgumentException e) {
            throw new CertificateException("is not base64", e);
        }
    }

    /// The certificates of a PEM text, in their order.
    static List<X509Certificate> certificates(String pem) throws CertificateException {
        List<X509Certificate> all = new ArrayList<>();
        CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
                .forEach(each -> all.add((X509Certificate) each));
        return all;
    }

    /// Its alternative names; where it has none of DNS, or they cannot be read, its common name.
    private static Set<String> names(X509Certificate certificate) throws CertificateException {
        Set<String> names = new TreeSet<>();
        try {
            CertificateNames.of(certificate, CertificateNames.Kind.DNS).forEach(each -> names.add(each.toLowerCase(Locale.ROOT)));
        } catch (CertificateParsingException _) {
            // It is for clients to say what they make of it.
        }
        if (names.isEmpty()) {
            try {
                for (Rdn part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
                    if (part.getType().equalsIgnoreCase("CN")) {
                        names.add(String.valueOf(part.getValue()).toLowerCase(Locale.ROOT));
                    }
                }
            } catch (InvalidNameException e) {
                throw new CertificateException("has a subject that cannot be read", e);
            }
        }
        return names;
    }

    boolean isExpired(Instant now) {
        return expires.isBefore(now);
    }

    /// Whether a client can verify signatures of its key.
    boolean suits(ClientHello.Signatures client) {
        PublicKey key = chain[0].getPublicKey();
        if (key instanceof ECPublicKey ec) {
            return switch (ec.getParams().getOrder().bitLength()) {
                case 256 -> client.p256();
                case 384 -> client.p384();
                default -> client.p521();
            };
        }
        return key.getAlgorithm().equals("RSA") ? client.rsa() : client.ed25519();
    }

    boolean isOfRsa() { return key.getAlgorithm().equals("RSA"); }
}
