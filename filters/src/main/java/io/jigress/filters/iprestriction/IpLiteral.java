package io.jigress.filters.iprestriction;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// Reads addresses written as digits; a name is never looked up.
final class IpLiteral {
    private IpLiteral() {}

    /// 4 or 16 bytes (IPv4-mapped IPv6 becomes 4), or null when the text is no address in its usual notation.
    static byte @Nullable [] parse(String text) {
        return text.indexOf(':') < 0 ? v4(text) : v6(text);
    }

    private static byte @Nullable [] v4(String text) {
        byte[] bytes = new byte[4];
        int at = 0;
        for (int part = 0; part < 4; part++) {
            int from = at;
            int value = 0;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9' && at - from < 3) {
                value = value * 10 + text.charAt(at++) - '0';
            }
            // Some parsers read a leading zero as octal: refused, so that an address has one meaning.
            boolean written = at > from && (at - from == 1 || text.charAt(from) != '0') && value <= 255;
            boolean ends = part == 3 ? at == text.length() : at < text.length() && text.charAt(at) == '.';
            if (!written || !ends) {
                return null;
            }
            bytes[part] = (byte) value;
            at++;
        }
        return bytes;
    }

    private static byte @Nullable [] v6(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != ':' && c != '.' && Character.digit(c, 16) < 0 || c > 'f') {
                return null;
            }
        }
        try {
            return InetAddress.ofLiteral(text).getAddress();
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
