package io.jigress.control.kinds;

import java.net.InetAddress;

/// The syntax of IP addresses.
public final class IpLiteral {
    private IpLiteral() {}

    /// Whether a text is an IPv4 address of four decimal numbers or an IPv6 address without brackets.
    public static boolean valid(String text) {
        if (text.indexOf(':') < 0 && !text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            return false;
        }
        if (text.indexOf('[') >= 0 || text.indexOf('%') >= 0) {
            return false;
        }
        try {
            return InetAddress.ofLiteral(text).getAddress().length > 0;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
