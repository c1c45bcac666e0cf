package io.jigress.waf.transform;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The transformations that encode, or that compute a value of the whole input.
final class Encoders {
    private static final byte[] HEX = "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private Encoders() {
    }

    static int hexadecimal(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        for (int i = from; i < to; i++) {
            out[end++] = HEX[in[i] >> 4 & 15];
            out[end++] = HEX[in[i] & 15];
        }
        return end;
    }

    static int base64(byte[] in, int from, int to, byte[] out, int at) {
        byte[] encoded = java.util.Base64.getEncoder().encode(java.util.Arrays.copyOfRange(in, from, to));
        System.arraycopy(encoded, 0, out, at, encoded.length);
        return at + encoded.length;
    }

    static int url(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        for (int i = from; i < to; i++) {
            int c = in[i] & 0xff;
            if (c == ' ') {
                out[end++] = '+';
            } else if (c == '*' || c >= '0' && c <= '9' || (c | 32) >= 'a' && (c | 32) <= 'z' && c < 128) {
                out[end++] = (byte) c;
            } else {
                out[end++] = '%';
                out[end++] = HEX[c >> 4];
                out[end++] = HEX[c & 15];
            }
        }
        return end;
    }

    static int length(byte[] in, int from, int to, byte[] out, int at) {
        return decimal(to - from, out, at);
    }

    private static int decimal(int number, byte[] out, int at) {
        int digits = 1;
        for (int rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        int value = number;
        for (int i = at + digits - 1; i >= at; i--) {
            out[i] = (byte) ('0' + value % 10);
            value /= 10;
        }
        return at + digits;
    }

    static int md5(byte[] in, int from, int to, byte[] out, int at) {
        return digest("MD5", in, from, to, out, at);
    }

    static int sha1(byte[] in, int from, int to, byte[] out, int at) {
        return digest("SHA-1", in, from, to, out, at);
    }

    private static int digest(String algorithm, byte[] in, int from, int to, byte[] out, int at) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            digest.update(in, from, to - from);
            byte[] result = digest.digest();
            System.arraycopy(result, 0, out, at, result.length);
            return at + result.length;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }

    static int parityEven(byte[] in, int from, int to, byte[] out, int at) {
        for (int i = from; i < to; i++) {
            int c = in[i] & 0x7f;
            out[at + i - from] = (byte) ((Integer.bitCount(c) & 1) == 0 ? c : c | 0x80);
        }
        return at + to - from;
    }

    static int parityOdd(byte[] in, int from, int to, byte[] out, int at) {
        for (int i = from; i < to; i++) {
            int c = in[i] & 0x7f;
            out[at + i - from] = (byte) ((Integer.bitCount(c) & 1) == 1 ? c : c | 0x80);
        }
        return at + to - from;
    }

    static int parityZero(byte[] in, int from, int to, byte[] out, int at) {
        for (int i = from; i < to; i++) {
            out[at + i - from] = (byte) (in[i] & 0x7f);
        }
        return at + to - from;
    }

    static int utf8ToUnicode(byte[] in, int from, int to, byte[] out, int at) {
        int end = at;
        int i = from;
        while (i < to) {
            int lead = in[i] & 0xff;
            int length = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
            int code = length == 1 ? -1 : code(in, i, to, length);
            if (code < 0) {
                // A byte that does not start a sequence is kept.
                out[end++] = (byte) lead;
                i++;
                continue;
            }
            out[end++] = '%';
            out[end++] = 'u';
            for (int shift = code > 0xfffff ? 20 : code > 0xffff ? 16 : 12; shift >= 0; shift -= 4) {
                out[end++] = HEX[code >> shift & 15];
            }
            i += length;
        }
        return end;
    }

    private static int code(byte[] in, int at, int to, int length) {
        if (at + length > to) {
            return -1;
        }
        int code = in[at] & (0xff >> length + 1);
        for (int i = 1; i < length; i++) {
            if ((in[at + i] & 0xc0) != 0x80) {
                return -1;
            }
            code = code << 6 | in[at + i] & 0x3f;
        }
        boolean overlong = length == 3 && code < 0x800 || length == 4 && code < 0x10000;
        boolean surrogate = code >= 0xd800 && code <= 0xdfff;
        return overlong || surrogate || code > 0x10ffff ? -1 : code;
    }
}
