package io.jigress.proxy.exchange;

import io.jigress.api.IpLiteral;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/// The peers whose X-Forwarded-* fields and headers of the PROXY protocol are accepted (`proxies.trusted`).
public final class TrustedProxies {
    private record Range(byte[] prefix, int bits) {}

    private final List<Range> ranges = new ArrayList<>();

    /// @param cidrs `10.0.0.0/8`, `fd00::/8`, or single addresses
    /// @throws IllegalArgumentException for a text that is none of these
    public TrustedProxies(List<String> cidrs) {
        for (String cidr : cidrs) {
            int slash = cidr.indexOf('/');
            try {
                InetAddress address = IpLiteral.parse(slash < 0 ? cidr : cidr.substring(0, slash));
                if (address == null) {
                    throw new IllegalArgumentException("no address");
                }
                byte[] prefix = address.getAddress();
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
