package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.config.SecretText;
import io.jigress.config.TlsCertificate;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A Secret as a certificate with its private key: of type `kubernetes.io/tls`, or any that has the same keys.
///
/// @param certificate broken where it cannot be used
/// @param problems of the Secret
/// @param typed whether it is of that type
public record TlsSecret(TlsCertificate certificate, List<Problem> problems, boolean typed) {
    public static final String TYPE = "kubernetes.io/tls";
    public static final String CHAIN = "tls.crt";
    public static final String KEY = "tls.key";
    /// As Istio names it.
    public static final String OCSP = "tls.ocsp-staple";

    private static final String EXPECTED_CHAIN = "PEM: the certificate, then those that lead to its root";
    private static final String EXPECTED_KEY = "the private key of the certificate in PEM, without a password";

    public boolean isBroken() { return certificate instanceof TlsCertificate.Broken; }

    /// @param now one that has expired is reported, and used where there is no other
    public static TlsSecret read(Resource secret, Instant now) {
        String name = secret.key().path();
        Document document = Document.open(secret);
        Json.Obj root = document.root().json();
        boolean typed = root.members().get("type") instanceof Json.Str(String type) && type.equals(TYPE);
        List<Problem> problems = new ArrayList<>();
        byte @Nullable [] chainBytes = value(root, CHAIN);
        byte @Nullable [] keyBytes = value(root, KEY);
        for (String key : List.of(CHAIN, KEY)) {
            if (value(root, key) == null) {
                problems.add(new Problem(secret.key(), secret.source(), "data",
                        "has no " + key + " that can be read, so that the certificate is not used",
                        key.equals(CHAIN) ? EXPECTED_CHAIN : EXPECTED_KEY, Severity.ERROR));
            }
        }
        if (chainBytes == null || keyBytes == null) {
            return new TlsSecret(new TlsCertificate.Broken(name), List.copyOf(problems), typed);
        }
        String field = "data." + CHAIN;
        try {
            List<X509Certificate> chain = certificates(chainBytes);
            if (chain.isEmpty()) {
                throw new CertificateException("holds no certificate");
            }
            X509Certificate own = chain.getFirst();
            field = "data." + KEY;
            PrivateKey key = PrivateKeyText.read(new String(keyBytes, StandardCharsets.ISO_8859_1), own.getPublicKey());
            if (!PrivateKeyText.belong(key, own.getPublicKey())) {
                throw new CertificateException("is not the private key of the certificate");
            }
            Instant end = own.getNotAfter().toInstant();
            if (end.isBefore(now)) {
                problems.add(new Problem(secret.key(), secret.source(), "data." + CHAIN, "has expired on " + end
                        + "; it is used only where no valid certificate of this Secret was seen before",
                        "a certificate that is valid",
                        Severity.ERROR));
            }
            byte @Nullable [] ocsp = value(root, OCSP);
            return new TlsSecret(new TlsCertificate.Pem(name, text(chain), new SecretText(pem("PRIVATE KEY", key.getEncoded())),
                    ocsp == null ? "" : Base64.getEncoder().encodeToString(ocsp)), List.copyOf(problems), typed);
        } catch (GeneralSecurityException e) {
            problems.add(new Problem(secret.key(), secret.source(), field,
                    reason(e, field.endsWith(KEY)) + ", so that it is not used",
                    field.endsWith(KEY) ? EXPECTED_KEY : EXPECTED_CHAIN,
                    Severity.ERROR));
            return new TlsSecret(new TlsCertificate.Broken(name), List.copyOf(problems), typed);
        }
    }

    /// The messages of the JDK may quote what they read, and that is secret.
    private static String reason(GeneralSecurityException thrown, boolean key) {
        String message = String.valueOf(thrown.getMessage());
        boolean ours = message.startsWith("is ") || message.startsWith("holds ");
        return ours ? message : key ? "is a private key that cannot be read" : "is a certificate that cannot be read";
    }

    /// @throws CertificateException when the text is no PEM of certificates
    static List<X509Certificate> certificates(byte[] pem) throws CertificateException {
        List<X509Certificate> all = new ArrayList<>();
        for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem))) {
            all.add((X509Certificate) each);
        }
        return all;
    }

    static String text(List<X509Certificate> certificates) throws CertificateEncodingException {
        StringBuilder text = new StringBuilder();
        for (X509Certificate each : certificates) {
            text.append(pem("CERTIFICATE", each.getEncoded()));
        }
        return text.toString();
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END "
                + kind + "-----\n";
    }

    /// A value of `stringData`, else of `data`; null when it is missing or no base64, which is reported elsewhere.
    static byte @Nullable [] value(Json.Obj root, String key) {
        if (root.members().get("stringData") instanceof Json.Obj(Map<String, Json> plain)
                && plain.get(key) instanceof Json.Str(String text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (root.members().get("data") instanceof Json.Obj(Map<String, Json> encoded)
                && encoded.get(key) instanceof Json.Str(String text)) {
            try {
                return Base64.getDecoder().decode(text.replaceAll("\\s", ""));
            } catch (IllegalArgumentException _) {
                return null;
            }
        }
        return null;
    }
}
