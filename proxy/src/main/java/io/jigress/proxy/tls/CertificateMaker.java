package io.jigress.proxy.tls;

import io.netty.util.NetUtil;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes certificates for local trials and tests: a CA of one's own, and certificates that it signs (RFC 5280).
public final class CertificateMaker {

    /// A certificate with its private key.
    ///
    /// @param issuer null for one that signed itself
    public record Made(X509Certificate certificate, PrivateKey key, @Nullable Made issuer) {

        /// PEM: this certificate, and those of its issuers but for the root.
        public String chain() {
            StringBuilder text = new StringBuilder(pem("CERTIFICATE", encoded(certificate)));
            for (Made next = issuer; next != null && next.issuer != null; next = next.issuer) {
                text.append(pem("CERTIFICATE", encoded(next.certificate)));
            }
            return text.toString();
        }

        /// PEM of the certificate alone.
        public String text() {
            return pem("CERTIFICATE", encoded(certificate));
        }

        /// PEM: PKCS#8.
        public String keyText() {
            return pem("PRIVATE KEY", key.getEncoded());
        }

        private static byte[] encoded(X509Certificate certificate) {
            try {
                return certificate.getEncoded();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("a certificate that was made cannot be written", e);
            }
        }
    }

    /// What kind of key a certificate has.
    public enum KeyKind {
        ECDSA, RSA
    }

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    /// Of the year two digits are written until this one (RFC 5280, section 4.1.2.5).
    private static final int FOUR_DIGITS_FROM = 2050;
    private static final byte[] COMMON_NAME = Der.oid(2, 5, 4, 3);
    private static final byte[] BASIC_CONSTRAINTS = Der.oid(2, 5, 29, 19);
    private static final byte[] KEY_USAGE = Der.oid(2, 5, 29, 15);
    private static final byte[] EXTENDED_KEY_USAGE = Der.oid(2, 5, 29, 37);
    private static final byte[] ALTERNATIVE_NAMES = Der.oid(2, 5, 29, 17);
    private static final byte[] SERVER_AUTH = Der.oid(1, 3, 6, 1, 5, 5, 7, 3, 1);
    private static final byte[] CLIENT_AUTH = Der.oid(1, 3, 6, 1, 5, 5, 7, 3, 2);
    private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.oid(1, 2, 840, 10045, 4, 3, 2));
    private static final byte[] RSA_WITH_SHA256 = Der.sequence(Der.oid(1, 2, 840, 113549, 1, 1, 11), Der.tagged(0x05));

    private final SecureRandom random = new SecureRandom();
    private final Instant from;
    private final Instant to;

    /// @param from what is made is valid
    public CertificateMaker(Instant from, Instant to) {
        this.from = from;
        this.to = to;
    }

    /// A root.
    public Made authority(String name) {
        return make(name, List.of(), KeyKind.ECDSA, null, true);
    }

    /// @param names DNS names and wildcards, URIs, IP addresses; the first is the common name too
    /// @param issuer null for a certificate that signs itself
    public Made certificate(List<String> names, KeyKind kind, @Nullable Made issuer) {
        return make(names.getFirst(), names, kind, issuer, false);
    }

    private Made make(String name, List<String> names, KeyKind kind, @Nullable Made issuer, boolean authority) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(kind == KeyKind.RSA ? "RSA" : "EC");
            if (kind == KeyKind.RSA) {
                generator.initialize(2048, random);
            } else {
                generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            }
            KeyPair keys = generator.generateKeyPair();
            PrivateKey signer = issuer == null ? keys.getPrivate() : issuer.key;
            byte[] algorithm = signer.getAlgorithm().equals("RSA") ? RSA_WITH_SHA256 : ECDSA_WITH_SHA256;
            byte[] subject = Der.sequence(Der.tagged(0x31, Der.sequence(COMMON_NAME, Der.text(0x0c, name))));
            byte[] by = issuer == null ? subject : issuer.certificate.getSubjectX500Principal().getEncoded();
            byte[] serial = new byte[16];
            random.nextBytes(serial);
            serial[0] &= 0x7f;
            serial[0] |= 0x40;
            byte[] unsigned = Der.sequence(
                    Der.tagged(0xa0, Der.tagged(0x02, new byte[] {2})), Der.tagged(0x02, serial), algorithm, by,
                    Der.sequence(time(from), time(to)), subject,
                    keys.getPublic().getEncoded(), Der.tagged(0xa3, extensions(names, authority)));
            Signature signature = Signature
                    .getInstance(signer.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA");
            signature.initSign(signer);
            signature.update(unsigned);
            byte[] whole = Der.sequence(unsigned, algorithm, Der.tagged(0x03, new byte[1], signature.sign()));
            X509Certificate made = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(whole));
            return new Made(Objects.requireNonNull(made), keys.getPrivate(), issuer);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK cannot make a certificate", e);
        }
    }

    private static byte[] time(Instant instant) {
        String text = TIME.format(instant);
        return instant.atOffset(ZoneOffset.UTC).getYear() < FOUR_DIGITS_FROM
                ? Der.text(0x17, text.substring(2))
                : Der.text(0x18, text);
    }

    private static byte[] extensions(List<String> names, boolean authority) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        // digitalSignature and keyEncipherment; of a CA keyCertSign and cRLSign
        byte[] usage = authority ? new byte[] {1, 0x06} : new byte[] {5, (byte) 0xa0};
        byte[] constraints = authority ? Der.sequence(Der.tagged(0x01, new byte[] {-1})) : Der.sequence();
        all.writeBytes(extension(BASIC_CONSTRAINTS, true, constraints));
        all.writeBytes(extension(KEY_USAGE, true, Der.tagged(0x03, usage)));
        if (!authority) {
            all.writeBytes(extension(EXTENDED_KEY_USAGE, false, Der.sequence(SERVER_AUTH, CLIENT_AUTH)));
            ByteArrayOutputStream list = new ByteArrayOutputStream();
            names.forEach(name -> list.writeBytes(alternative(name)));
            all.writeBytes(extension(ALTERNATIVE_NAMES, false, Der.sequence(list.toByteArray())));
        }
        return Der.sequence(all.toByteArray());
    }

    private static byte[] alternative(String name) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(name);
        return address != null ? Der.tagged(0x87, address) : Der.text(name.contains("://") ? 0x86 : 0x82, name);
    }

    private static byte[] extension(byte[] id, boolean critical, byte[] value) {
        return critical
                ? Der.sequence(id, Der.tagged(0x01, new byte[] {-1}), Der.tagged(0x04, value))
                : Der.sequence(id, Der.tagged(0x04, value));
    }

    static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END "
                + kind + "-----\n";
    }

    /// Writes DER (ITU-T X.690).
    private static final class Der {
        private Der() {}

        static byte[] tagged(int tag, byte[]... parts) {
            int length = 0;
            for (byte[] part : parts) {
                length += part.length;
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(tag);
            if (length < 0x80) {
                out.write(length);
            } else if (length < 0x100) {
                out.write(0x81);
                out.write(length);
            } else {
                out.write(0x82);
                out.write(length >> 8);
                out.write(length);
            }
            for (byte[] part : parts) {
                out.writeBytes(part);
            }
            return out.toByteArray();
        }

        static byte[] sequence(byte[]... parts) {
            return tagged(0x30, parts);
        }

        static byte[] text(int tag, String text) {
            return tagged(tag, text.getBytes(StandardCharsets.UTF_8));
        }

        static byte[] oid(int... numbers) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            out.write(numbers[0] * 40 + numbers[1]);
            for (int i = 2; i < numbers.length; i++) {
                for (int shift = 28; shift >= 0; shift -= 7) {
                    if (numbers[i] >> shift != 0 || shift == 0) {
                        out.write(numbers[i] >> shift & 0x7f | (shift == 0 ? 0 : 0x80));
                    }
                }
            }
            return tagged(0x06, out.toByteArray());
        }
    }
}
