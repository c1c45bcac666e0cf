package io.jigress.proxy.proxyprotocol;

import io.jigress.api.IpLiteral;
import io.jigress.api.ProxyProtocol;
import io.jigress.proxy.telemetry.ProxyProtocolFailure;
import io.netty.buffer.ByteBuf;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Version 1, a line of text: `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443`.
final class ProxyHeaderV1 {
    static final byte[] SIGNATURE = ProxyHeader.ascii("PROXY ");
    /// The longest line, its CR LF included.
    static final int MAX_BYTES = 107;

    private static final int MAX_PORT = 0xffff;

    private ProxyHeaderV1() {}

    /// @param in begins with the signature
    static ProxyHeader read(ByteBuf in, InetSocketAddress sender) {
        int most = Math.min(in.readableBytes(), MAX_BYTES);
        int end = in.indexOf(in.readerIndex(), in.readerIndex() + most, (byte) '\n');
        if (end < 0) {
            return most < MAX_BYTES
                    ? ProxyHeader.INCOMPLETE
                    : new ProxyHeader.Invalid(ProxyProtocolFailure.TOO_LONG,
                            "no end of the line in " + MAX_BYTES + " bytes");
        }
        int bytes = end + 1 - in.readerIndex();
        String line = new String(ProxyHeader.copy(in, bytes - 1), StandardCharsets.ISO_8859_1);
        if (!line.endsWith("\r") || line.indexOf('\r') != line.length() - 1) {
            return ProxyHeader.Invalid.malformed("the line does not end with CR LF");
        }
        String rest = line.substring(SIGNATURE.length, line.length() - 1);
        if (rest.equals("UNKNOWN") || rest.startsWith("UNKNOWN ")) {
            // What follows is to be ignored.
            return new ProxyHeader.Complete(new ProxyProtocol(1, sender, null, null, List.of()), bytes);
        }
        String[] words = rest.split(" ", -1);
        if (words.length != 5) {
            return ProxyHeader.Invalid.malformed((words.length + 1) + " words (expected: 6)");
        }
        InetAddress from = address(words[0], words[1]);
        InetAddress to = address(words[0], words[2]);
        int fromPort = port(words[3]);
        int toPort = port(words[4]);
        if (from == null || to == null || fromPort < 0 || toPort < 0) {
            return ProxyHeader.Invalid.malformed(from == null || to == null ? "a wrong protocol or address" : "a wrong port");
        }
        return new ProxyHeader.Complete(new ProxyProtocol(1, sender, new InetSocketAddress(from, fromPort),
                new InetSocketAddress(to, toPort), List.of()), bytes);
    }

    /// An IPv6 address may be an IPv4 address that is mapped, as HAProxy sends it when the two addresses are of different families.
    private static @Nullable InetAddress address(String protocol, String text) {
        boolean fits = switch (protocol) {
            case "TCP4" -> text.indexOf(':') < 0;
            case "TCP6" -> text.indexOf(':') >= 0;
            default -> false;
        };
        return fits ? IpLiteral.parse(text) : null;
    }

    /// @return -1 for what is no port
    private static int port(String text) {
        if (text.isEmpty() || text.length() > 5 || text.length() > 1 && text.charAt(0) == '0') {
            return -1;
        }
        int port = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            port = port * 10 + c - '0';
        }
        return port > MAX_PORT ? -1 : port;
    }

    /// @param source null when the addresses are not known, as `destination`
    static byte[] write(@Nullable InetSocketAddress source, @Nullable InetSocketAddress destination) {
        if (source == null || destination == null) {
            return ProxyHeader.ascii("PROXY UNKNOWN\r\n");
        }
        boolean v4 = source.getAddress() instanceof Inet4Address && destination.getAddress() instanceof Inet4Address;
        return ProxyHeader.ascii("PROXY " + (v4 ? "TCP4 " : "TCP6 ") + text(source, v4) + ' ' + text(destination, v4) + ' '
                + source.getPort() + ' ' + destination.getPort() + "\r\n");
    }

    private static String text(InetSocketAddress address, boolean v4) {
        InetAddress ip = address.getAddress();
        if (ip instanceof Inet6Address v6) {
            // Without the zone of a link-local address.
            String text = v6.getHostAddress();
            int zone = text.indexOf('%');
            return zone < 0 ? text : text.substring(0, zone);
        }
        return v4 ? ip.getHostAddress() : "::ffff:" + ip.getHostAddress();
    }
}
