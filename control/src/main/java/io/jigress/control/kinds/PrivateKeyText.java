package io.jigress.control.kinds;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads a private key from PEM, in each of the forms that are common: PKCS#8 (`PRIVATE KEY`), PKCS#1 (`RSA PRIVATE KEY`) and SEC 1
/// (`EC PRIVATE KEY`).
final class PrivateKeyText {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    private static final byte[] ID_OF_RSA = {0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d,
        0x01,
        0x01, 0x01, 0x05, 0x00};
    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;
    private static final int PARAMETERS = 0xa0;

    private PrivateKeyText() {}

    /// @param owner of the certificate that the key must belong to
    /// @throws GeneralSecurityException when no key can be read; the message gives the reason
    static PrivateKey read(String pem, PublicKey owner) throws GeneralSecurityException {
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            byte[] der;
            try {
                der = Base64.getMimeDecoder().decode(block.group(2));
            } catch (IllegalArgumentException e) {
                throw new InvalidKeyException("is not base64 between its markers", e);
            }
            byte[] pkcs8 = switch (block.group(1)) {
                case "PRIVATE KEY" -> der;
                case "RSA PRIVATE KEY" -> wrapped(ID_OF_RSA, der);
                case "EC PRIVATE KEY" -> wrapped(idOfEc(der, owner), der);
                case "ENCRYPTED PRIVATE KEY" -> throw new InvalidKeyException("is encrypted");
                default -> null;
            };
            if (pkcs8 != null) {
                return KeyFactory.getInstance(owner.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            }
        }
        throw new InvalidKeyException("holds no private key in PEM");
    }

    /// Whether a private key belongs to a public key.
    static boolean belong(PrivateKey key, PublicKey owner) throws GeneralSecurityException {
        if (key instanceof RSAPrivateKey one && owner instanceof RSAPublicKey other) {
            return one.getModulus().equals(other.getModulus());
        }
        Signature signature = Signature.getInstance(owner.getAlgorithm().equals("EC") ? "SHA256withECDSA" : owner.getAlgorithm());
        byte[] message = {1, 2, 3};
        signature.initSign(key);
        signature.update(message);
        byte[] signed = signature.sign();
        signature.initVerify(owner);
        signature.update(message);
        return signature.verify(signed);
    }

    /// RFC 5208: version, algorithm, key.
    private static byte[] wrapped(byte[] algorithm, byte[] key) {
        return tagged(SEQUENCE, join(new byte[] {0x02, 0x01, 0x00}, algorithm, tagged(OCTETS, key)));
    }

    /// The algorithm with its curve: that of the certificate, since it is optional in SEC 1.
    private static byte[] idOfEc(byte[] key, PublicKey owner) throws InvalidKeyException {
        // SubjectPublicKeyInfo begins with the algorithm.
        byte[] info = owner.getEncoded();
        byte @Nullable [] algorithm = owner.getAlgorithm().equals("EC") ? first(info) : null;
        if (algorithm == null) {
            throw new InvalidKeyException("is a key of an elliptic curve, and the certificate's is of " + owner.getAlgorithm());
        }
        int curve = find(key, PARAMETERS);
        if (curve >= 0 && !contains(algorithm, key, curve + 2, key[curve + 1] & 0xff)) {
            throw new InvalidKeyException("is on another curve than the certificate's");
        }
        return algorithm;
    }

    /// The first element of a sequence, with its header.
    private static byte @Nullable [] first(byte[] sequence) {
        int at = header(sequence, 0);
        if (at < 0 || at >= sequence.length) {
            return null;
        }
        int content = header(sequence, at);
        int end = content + length(sequence, at);
        return content < 0 || end > sequence.length ? null : Arrays.copyOfRange(sequence, at, end);
    }

    /// The offset of the element with a tag in a sequence; -1 without such an element.
    private static int find(byte[] sequence, int tag) {
        int at = header(sequence, 0);
        while (at >= 0 && at + 1 < sequence.length) {
            if ((sequence[at] & 0xff) == tag) {
                return at;
            }
            int content = header(sequence, at);
            at = content < 0 ? -1 : content + length(sequence, at);
        }
        return -1;
    }

    private static boolean contains(byte[] all, byte[] of, int from, int length) {
        if (from + length > of.length) {
            return false;
        }
        for (int at = 0; at + length <= all.length; at++) {
            int same = 0;
            while (same < length && all[at + same] == of[from + same]) {
                same++;
            }
            if (same == length) {
                return true;
            }
        }
        return false;
    }

    /// The offset of an element's content; -1 when its header is incomplete.
    private static int header(byte[] der, int at) {
        if (at + 2 > der.length) {
            return -1;
        }
        int length = der[at + 1] & 0xff;
        int content = length < 0x80 ? at + 2 : at + 2 + (length & 0x7f);
        return length > 0x82 || content > der.length ? -1 : content;
    }

    private static int length(byte[] der, int at) {
        int length = der[at + 1] & 0xff;
        return switch (length) {
            case 0x81 -> der[at + 2] & 0xff;
            case 0x82 -> (der[at + 2] & 0xff) << 8 | der[at + 3] & 0xff;
            default -> length;
        };
    }

    private static byte[] tagged(int tag, byte[] content) {
        int length = content.length;
        byte[] header = length < 0x80 ? new byte[] {(byte) tag, (byte) length}
                : length < 0x100 ? new byte[] {(byte) tag, (byte) 0x81, (byte) length}
                : new byte[] {(byte) tag, (byte) 0x82, (byte) (length >> 8), (byte) length};
        return join(header, content);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
