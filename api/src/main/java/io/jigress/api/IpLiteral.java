package io.jigress.api;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Reads IP addresses that are written as digits. A name is never looked up. The one reader for addresses in header fields,
/// configuration and settings, so that all of them read the same text as the same address.
public final class IpLiteral {
    private IpLiteral() {}

    /// An address in its usual notation: IPv4 as four decimal numbers without leading zeros (some parsers read `010` as octal), IPv6
    /// without brackets and zone. An IPv4-mapped IPv6 address is the IPv4 address.
    ///
    /// @return null when the text is anything else
    public static @Nullable InetAddress parse(String text) {
        if (!(text.indexOf(':') < 0 ? isV4(text) : mayBeV6(text))) {
            return null;
        }
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /// The address in an element of X-Forwarded-For or a similar field. White space around it is skipped, and what proxies add to an address
    /// is ignored: a port (`192.0.2.1:4711`, `[2001:db8::1]:4711`), brackets (`[2001:db8::1]`), a zone (`fe80::1%eth0`).
    ///
    /// @return null when the element has no readable address
    public static @Nullable InetAddress ofHop(String element) {
        String text = element.strip();
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            boolean port = end > 0 && (end + 1 == text.length() || text.charAt(end + 1) == ':' && isPort(text, end + 2));
            return port ? v6(text.substring(1, end)) : null;
        }
        int colon = text.indexOf(':');
        if (colon >= 0 && colon == text.lastIndexOf(':')) {
            return isPort(text, colon + 1) ? parse(text.substring(0, colon)) : null;
        }
        return colon < 0 ? parse(text) : v6(text);
    }

    /// An address with a port: `192.0.2.1:80`, `[2001:db8::1]:80`.
    ///
    /// @return null when the text is anything else
    public static @Nullable InetSocketAddress withPort(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0 || !isPort(text, colon + 1)) {
            return null;
        }
        boolean v6 = text.startsWith("[");
        boolean closed = v6 && colon > 1 && text.charAt(colon - 1) == ']';
        InetAddress address = v6 != closed ? null : parse(v6 ? text.substring(1, colon - 1) : text.substring(0, colon));
        return address == null || !v6 && text.indexOf(':') != colon
                ? null
                : new InetSocketAddress(address, Integer.parseInt(text, colon + 1, text.length(), 10));
    }

    private static @Nullable InetAddress v6(String text) {
        int zone = text.indexOf('%');
        String address = zone < 0 ? text : text.substring(0, zone);
        return address.indexOf(':') < 0 || zone == text.length() - 1 ? null : parse(address);
    }

    private static boolean isPort(String text, int from) {
        if (from == text.length() || text.length() - from > 5) {
            return false;
        }
        for (int i = from; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return Integer.parseInt(text, from, text.length(), 10) <= 0xffff;
    }

    private static boolean isV4(String text) {
        int at = 0;
        for (int part = 0; part < 4; part++) {
            int from = at;
            int value = 0;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9' && at - from < 3) {
                value = value * 10 + text.charAt(at++) - '0';
            }
            boolean written = at > from && (at - from == 1 || text.charAt(from) != '0') && value <= 255;
            boolean ends = part == 3 ? at == text.length() : at < text.length() && text.charAt(at) == '.';
            if (!written || !ends) {
                return false;
            }
            at++;
        }
        return true;
    }

    /// Rejects what the JDK's parser accepts beyond the usual notation.
    private static boolean mayBeV6(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != ':' && c != '.' && (c > 'f' || Character.digit(c, 16) < 0)) {
                return false;
            }
        }
        int dot = text.indexOf('.');
        return dot < 0 || isV4(text.substring(text.lastIndexOf(':') + 1));
    }
}
