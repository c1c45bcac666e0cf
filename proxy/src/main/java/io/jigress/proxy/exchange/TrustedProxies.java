package io.jigress.proxy.exchange;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The peers whose word on the client counts (`proxies.trusted`).
public final class TrustedProxies {
    private record Range(byte[] prefix, int bits) {}

    private final List<Range> ranges = new ArrayList<>();

    /// @param cidrs `10.0.0.0/8`, `fd00::/8`, or single addresses
    /// @throws IllegalArgumentException for a text that is none of these
    public TrustedProxies(List<String> cidrs) {
        for (String cidr : cidrs) {
            int slash = cidr.indexOf('/');
            try {
                byte[] prefix = InetAddress.ofLiteral(slash < 0 ? cidr : cidr.substring(0, slash)).getAddress();
                int bits = slash < 0 ? prefix.length * 8 : Integer.parseInt(cidr.substring(slash + 1));
                if (bits < 0 || bits > prefix.length * 8) {
                    throw new IllegalArgumentException("prefix length out of range");
                }
                ranges.add(new Range(prefix, bits));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("\"" + cidr + "\" is no address range (expected: 10.0.0.0/8 or fd00::/8)", e);
            }
        }
    }

    public boolean contains(InetAddress address) {
        if (ranges.isEmpty()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        for (Range range : ranges) {
            if (inside(range, bytes)) {
                return true;
            }
        }
        return false;
    }

    /// The address that a forwarded-for element names; null when it names none.
    static @Nullable InetAddress literal(String element) {
        try {
            return InetAddress.ofLiteral(element.trim());
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static boolean inside(Range range, byte[] bytes) {
        if (bytes.length != range.prefix.length) {
            return false;
        }
        for (int i = 0; i < range.bits; i += 8) {
            int mask = range.bits - i >= 8 ? 0xff : 0xff << 8 - (range.bits - i);
            if (((bytes[i / 8] ^ range.prefix[i / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }
}
