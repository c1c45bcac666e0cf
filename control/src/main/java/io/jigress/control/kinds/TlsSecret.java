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
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A Secret as a certificate with its private key: of type `kubernetes.io/tls`, or any that has the same keys.
///
/// @param certificate marked as broken when it cannot be used
/// @param problems of the Secret
/// @param typed whether it is of that type
/// @param names the DNS names of the certificate, in lower case; empty where it is broken, has none, or they cannot be read
public record TlsSecret(TlsCertificate certificate, List<Problem> problems, boolean typed, List<String> names) {
    public static final String TYPE = "kubernetes.io/tls";
    public static final String CHAIN = "tls.crt";
    public static final String KEY = "tls.key";
    /// The key in which Istio stores CA certificates.
    public static final String OCSP = "tls.ocsp-staple";

    /// The type of a DNS name among the alternative names (RFC 5280, section 4.2.1.6).
    private static final Integer DNS_NAME = 2;
    private static final String EXPECTED_CHAIN = "the certificate in PEM, then the intermediate ones";
    private static final String DATA = "data";
    private static final String STRING_DATA = "stringData";
    private static final String EXPECTED_KEY = "the private key of the certificate in PEM, without a password";
    private static final String EXPECTED_KEY_FIELD = KEY + " with " + EXPECTED_KEY;

    public boolean isBroken() { return certificate instanceof TlsCertificate.Broken; }

    /// @param now a certificate that has expired is reported, and used when there is no other
    public static TlsSecret read(Resource secret, Instant now) {
        String name = secret.key().path();
        Document document = Document.open(secret);
        Json.Obj root = document.root().json();
        boolean typed = root.members().get("type") instanceof Json.Str(String type) && type.equals(TYPE);
        List<Problem> problems = new ArrayList<>();
        byte @Nullable [] chainBytes = value(root, CHAIN);
        byte @Nullable [] keyBytes = value(root, KEY);
        // Invalid base64 has a message of its own.
        List<String> missing = Stream.of(CHAIN, KEY).filter(key -> !has(root, DATA, key) && !has(root, STRING_DATA, key))
                .toList();
        if (!missing.isEmpty()) {
            problems.add(new Problem(secret.key(), secret.source(),
                    root.members().containsKey(STRING_DATA) && !root.members().containsKey(DATA) ? STRING_DATA : DATA,
                    "has no " + String.join(" and no ", missing) + ", so that the certificate is not used",
                    missing.contains(CHAIN)
                            ? CHAIN + " with " + EXPECTED_CHAIN + (missing.size() > 1 ? ", and " + EXPECTED_KEY_FIELD : "")
                            : EXPECTED_KEY_FIELD,
                    Severity.ERROR));
        }
        if (chainBytes == null || keyBytes == null) {
            return broken(name, problems, typed);
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
                    ocsp == null ? "" : Base64.getEncoder().encodeToString(ocsp)), List.copyOf(problems), typed, names(own));
        } catch (GeneralSecurityException e) {
            problems.add(new Problem(secret.key(), secret.source(), field,
                    reason(e, field.endsWith(KEY)) + ", so that it is not used",
                    field.endsWith(KEY) ? EXPECTED_KEY : EXPECTED_CHAIN,
                    Severity.ERROR));
            return broken(name, problems, typed);
        }
    }

    private static TlsSecret broken(String name, List<Problem> problems, boolean typed) {
        return new TlsSecret(new TlsCertificate.Broken(name), List.copyOf(problems), typed, List.of());
    }

    private static boolean has(Json.Obj root, String field, String key) {
        return root.members().get(field) instanceof Json.Obj(Map<String, Json> values) && values.containsKey(key);
    }

    private static List<String> names(X509Certificate certificate) {
        Collection<List<?>> all;
        try {
            all = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException _) {
            // The JDK rejects one of them (a URI without a scheme); clients may accept the certificate nevertheless.
            return List.of();
        }
        return all == null
                ? List.of()
                : all.stream().filter(each -> each.getFirst().equals(DNS_NAME))
                        .map(each -> String.valueOf(each.get(1)).toLowerCase(Locale.ROOT)).toList();
    }

    /// Whether clients accept the certificate for a host, or for some host of a wildcard; true where its names are not known.
    public boolean covers(String host) {
        return names.isEmpty() || host.equals(HostPattern.ANY) || names.stream().anyMatch(name -> covers(name, host));
    }

    private static boolean covers(String name, String host) {
        if (host.startsWith("*")) {
            return name.endsWith(host.substring(1));
        }
        int label = host.indexOf('.');
        return name.equals(host) || name.startsWith("*.") && label > 0 && name.substring(1).equals(host.substring(label));
    }

    /// The JDK's messages may quote their input, which is secret.
    private static String reason(GeneralSecurityException thrown, boolean key) {
        String message = String.valueOf(thrown.getMessage());
        boolean ours = message.startsWith("is ") || message.startsWith("holds ");
        return ours ? message : key ? "is a private key that cannot be read" : "is a certificate that cannot be read";
    }

    /// @throws CertificateException when the text does not contain certificates in PEM form
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

    /// A value of `stringData`, else of `data`; null when it is missing or not base64, which is reported elsewhere.
    static byte @Nullable [] value(Json.Obj root, String key) {
        if (root.members().get(STRING_DATA) instanceof Json.Obj(Map<String, Json> plain)
                && plain.get(key) instanceof Json.Str(String text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (root.members().get(DATA) instanceof Json.Obj(Map<String, Json> encoded)
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
