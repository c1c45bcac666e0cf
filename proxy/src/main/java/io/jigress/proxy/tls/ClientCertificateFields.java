package io.jigress.proxy.tls;

import io.jigress.api.HeaderName;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// The header fields that tell an upstream of a client's certificate; made once per connection.
///
/// @param certificate of `Client-Cert` (RFC 9440)
/// @param description of `X-Forwarded-Client-Cert`: hash, subject and alternative names
/// @param verified of `X-Client-Cert-Verified`: `true` or `false`
public record ClientCertificateFields(byte[] certificate, byte[] description, byte[] verified) {
    public static final HeaderName CERTIFICATE = HeaderName.of("client-cert");
    public static final HeaderName CHAIN = HeaderName.of("client-cert-chain");
    public static final HeaderName DESCRIPTION = HeaderName.of("x-forwarded-client-cert");
    public static final HeaderName VERIFIED = HeaderName.of("x-client-cert-verified");

    /// What the fields may take together; a request whose fields are longer could not be sent.
    private static final int MAX_BYTES = 32 * 1024;

    /// @return null when it cannot be written, or is longer than any that is of use
    static @Nullable ClientCertificateFields of(X509Certificate certificate, boolean verified) {
        try {
            byte[] der = certificate.getEncoded();
            String encoded = ":" + Base64.getEncoder().encodeToString(der) + ":";
            String description = describe(certificate, der);
            return encoded.length() + description.length() > MAX_BYTES
                    ? null
                    : new ClientCertificateFields(bytes(encoded), bytes(description), bytes(Boolean.toString(verified)));
        } catch (CertificateEncodingException | CertificateParsingException e) {
            return null;
        }
    }

    private static String describe(X509Certificate certificate, byte[] der) throws CertificateParsingException {
        StringBuilder text = new StringBuilder("Hash=").append(HexFormat.of().formatHex(sha256(der)));
        text.append(";Subject=").append(quoted(certificate.getSubjectX500Principal().getName()));
        for (CertificateNames.Name name : CertificateNames.read(certificate)) {
            switch (name.kind()) {
                case DNS -> text.append(";DNS=").append(quoted(name.text()));
                case URI -> text.append(";URI=").append(quoted(name.text()));
                case ADDRESS -> {
                }
            }
        }
        return text.toString();
    }

    private static byte[] sha256(byte[] der) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(der);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a JDK without SHA-256", e);
        }
    }

    /// In quotes, and without what a header field cannot hold.
    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else {
                out.append(c >= ' ' && c < 0x7f ? c : '?');
            }
        }
        return out.append('"').toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
