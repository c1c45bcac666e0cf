package io.jigress.app.settings;

import io.jigress.api.IpLiteral;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// The address of a server of the program itself.
///
/// @param host an IP literal or `localhost`; empty for all addresses
/// @param port 0 for any free one, -1 for off
public record ListenAddress(String host, int port) {
    public static final ListenAddress OFF = new ListenAddress("", -1);

    static @Nullable ListenAddress parse(String text) {
        if (text.equals("off")) {
            return OFF;
        }
        int colon = text.lastIndexOf(':');
        if (colon < 0 || !text.substring(colon + 1).matches("\\d{1,5}") || Integer.parseInt(text.substring(colon + 1)) > 65_535) {
            return null;
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
            return host.indexOf(':') >= 0 && IpLiteral.parse(host) != null
                    ? new ListenAddress(host, Integer.parseInt(text.substring(colon + 1)))
                    : null;
        }
        boolean known = host.isEmpty() || host.equals("localhost") || host.indexOf(':') < 0 && IpLiteral.parse(host) != null;
        return known ? new ListenAddress(host, Integer.parseInt(text.substring(colon + 1))) : null;
    }

    public boolean isOff() { return port < 0; }

    public InetSocketAddress socket() {
        return host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        return isOff() ? "off" : (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
