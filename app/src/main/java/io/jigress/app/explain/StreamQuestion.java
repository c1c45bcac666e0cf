package io.jigress.app.explain;

import io.jigress.api.IpLiteral;
import io.jigress.control.kinds.HostPattern;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The connection or UDP session to explain.
///
/// @param protocol `tcp`, `tls` or `udp`
/// @param address that the client connects to; empty for any
/// @param serverName in the ClientHello, in lower case; empty for none
public record StreamQuestion(String protocol, String address, int port, String serverName) {
    private static final Set<String> PROTOCOLS = Set.of("tcp", "tls", "udp");

    /// @param fault null when the question is valid
    public record Read(StreamQuestion question, @Nullable String fault) {}

    /// Whether a word is a protocol and not the method of a request.
    public static boolean isProtocol(String word) {
        return PROTOCOLS.contains(word.toLowerCase(Locale.ROOT));
    }

    /// @param place `address:port`, `:port` or `port`
    /// @param serverName empty for none
    public static Read read(String protocol, String place, String serverName) {
        String kind = protocol.toLowerCase(Locale.ROOT);
        int colon = place.lastIndexOf(':');
        String host = colon < 0 ? "" : place.substring(0, colon);
        String address = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        String digits = place.substring(colon + 1);
        int port = digits.matches("\\d{1,5}") ? Integer.parseInt(digits) : 0;
        String name = serverName.toLowerCase(Locale.ROOT);
        String fault = null;
        if (!PROTOCOLS.contains(kind)) {
            fault = "the protocol is \"" + protocol + "\" (expected: tcp, tls or udp)";
        } else if (port < 1 || port > 65_535 || (!address.isEmpty() && IpLiteral.parse(address) == null)) {
            fault = "the listener is \"" + place + "\" (expected: ADDRESS:PORT or :PORT)";
        } else if (!name.isEmpty() && !kind.equals("tls")) {
            fault = "a server name is given for " + kind + ", which has none (expected: tls, or no server name)";
        } else if (!name.isEmpty() && (HostPattern.parse(name) == null || name.startsWith("*"))) {
            fault = "the server name is \"" + serverName + "\" (expected: a DNS name)";
        }
        return new Read(new StreamQuestion(kind, address, port, name), fault);
    }
}
