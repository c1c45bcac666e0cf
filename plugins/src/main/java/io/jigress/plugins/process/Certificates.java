package io.jigress.plugins.process;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/// A client's certificate as Envoy's protocols show it.
public final class Certificates {
    private static final int DNS = 2;
    private static final int URI = 6;

    private Certificates() {}

    /// The first URI among the alternative names, else the first DNS name, else the subject (RFC 2253).
    public static String principal(X509Certificate certificate) {
        String uri = uri(certificate);
        String dns = uri.isEmpty() ? dnsName(certificate) : "";
        return !uri.isEmpty() ? uri : !dns.isEmpty() ? dns : subject(certificate);
    }

    /// The first URI among the alternative names; empty when there is none.
    public static String uri(X509Certificate certificate) {
        return alternativeName(certificate, URI);
    }

    /// The first DNS name among the alternative names; empty when there is none.
    public static String dnsName(X509Certificate certificate) {
        return alternativeName(certificate, DNS);
    }

    /// The subject (RFC 2253).
    public static String subject(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
    }

    private static String alternativeName(X509Certificate certificate, int kind) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? ""
                    : names.stream().filter(name -> name.get(0).equals(kind))
                            .map(name -> String.valueOf(name.get(1))).findFirst().orElse("");
        } catch (CertificateParsingException _) {
            return "";
        }
    }

    /// PEM with percent-encoding, as in `x-forwarded-client-cert`; empty when it cannot be encoded.
    public static String urlEncodedPem(X509Certificate certificate) {
        try {
            String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
            String pem = "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
            return URLEncoder.encode(pem, StandardCharsets.US_ASCII).replace("+", "%20");
        } catch (CertificateEncodingException _) {
            return "";
        }
    }
}
