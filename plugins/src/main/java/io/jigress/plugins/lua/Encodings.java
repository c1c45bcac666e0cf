package io.jigress.plugins.lua;

import io.jigress.plugins.lua.vm.Values;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Encodings and digests of byte strings.
final class Encodings {
    private static final String UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    private Encodings() {}

    static byte[] raw(String bytes) {
        return bytes.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String string(byte[] raw) {
        return new String(raw, StandardCharsets.ISO_8859_1);
    }

    static String base64(String bytes) {
        return Base64.getEncoder().encodeToString(raw(bytes));
    }

    static @Nullable String fromBase64(String text) {
        try {
            return string(Base64.getDecoder().decode(raw(text)));
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    static byte[] digest(String algorithm, String bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(raw(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(algorithm + " is missing", e);
        }
    }

    static byte[] hmac(String algorithm, String key, String bytes) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key.isEmpty() ? new byte[1] : raw(key), algorithm));
            return mac.doFinal(raw(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(algorithm + " is missing", e);
        }
    }

    static String hex(byte[] raw) {
        return HexFormat.of().formatHex(raw);
    }

    static String escape(String bytes) {
        StringBuilder out = new StringBuilder(bytes.length() + 16);
        for (int i = 0; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            if (UNRESERVED.indexOf(c) >= 0) {
                out.append(c);
            } else {
                out.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
            }
        }
        return out.toString();
    }

    /// Escapes what no URI may have, and the delimiters of its query and fragment.
    static String escapeUri(String bytes) {
        StringBuilder out = new StringBuilder(bytes.length() + 16);
        for (int i = 0; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            if (c > ' ' && c < 0x7f && c != '#' && c != '%' && c != '?') {
                out.append(c);
            } else {
                out.append('%').append(HexFormat.of().withUpperCase().toHexDigits((byte) c));
            }
        }
        return out.toString();
    }

    /// @param plus whether `+` is a space, as in arguments
    static String unescape(String text, boolean plus) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%' && i + 2 < text.length() && Character.digit(text.charAt(i + 1), 16) >= 0
                    && Character.digit(text.charAt(i + 2), 16) >= 0) {
                out.append((char) (Character.digit(text.charAt(i + 1), 16) * 16 + Character.digit(text.charAt(i + 2), 16)));
                i += 2;
            } else {
                out.append(plus && c == '+' ? ' ' : c);
            }
        }
        return out.toString();
    }

    /// Parts of a message, whose characters are bytes already. A text that a filter has put there with other characters is written in UTF-8.
    static String latin(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0xff) {
                return Values.bytes(text);
            }
        }
        return text;
    }

    /// Text of the gateway as bytes of Lua.
    static String lua(String text) {
        return Values.bytes(text);
    }
}
