package io.jigress.proxy.http;

/// Parses `host[:port]` (RFC 9110, 7.2; RFC 3986, 3.2) without userinfo, as it occurs in the Host field and in the request target.
public final class Authority {
    private static final int MAX_HOST_BYTES = 255;

    private int hostFrom;
    private int hostTo;
    private int port;
    private boolean lowerCase;

    public void clear() {
        hostFrom = 0;
        hostTo = 0;
        port = -1;
        lowerCase = true;
    }

    /// False when the range is not a valid authority. The host is then read without its trailing dot, in the case it was written in.
    public boolean read(byte[] bytes, int from, int to) {
        clear();
        int hostEnd = from < to && bytes[from] == '[' ? address(bytes, from, to) : name(bytes, from, to);
        return hostEnd > from && hostEnd - from <= MAX_HOST_BYTES && port(bytes, hostEnd, to);
    }

    /// The end of the name that starts at `from`; -1 when a label is empty.
    private int name(byte[] bytes, int from, int to) {
        int i = from;
        boolean lower = true;
        boolean labelStart = true;
        for (; i < to; i++) {
            int c = Octets.host(bytes[i]);
            if (c == 0) {
                break;
            }
            if (c == '.' && labelStart) {
                return -1;
            }
            labelStart = c == '.';
            lower &= c == bytes[i];
        }
        hostFrom = from;
        hostTo = labelStart ? i - 1 : i;
        lowerCase = lower;
        return i;
    }

    /// The same for an IPv6 address in brackets: up to eight groups of up to four digits, `::` at most once, the last two
    /// groups possibly as IPv4.
    private int address(byte[] bytes, int from, int to) {
        int groups = 0;
        int digits = 0;
        boolean gap = false;
        boolean lower = true;
        int i = from + 1;
        for (; i < to && bytes[i] != ']'; i++) {
            byte b = bytes[i];
            if (b == ':') {
                boolean second = i + 1 < to && bytes[i + 1] == ':';
                if (second && gap || digits == 0 && !second || digits > 0 && !second && (i + 1 == to || bytes[i + 1] == ']')) {
                    return -1;
                }
                groups += digits > 0 ? 1 : 0;
                digits = 0;
                if (second) {
                    gap = true;
                    i++;
                }
            } else if (b == '.') {
                int tail = ipv4(bytes, i - digits, to);
                if (digits == 0 || tail < 0) {
                    return -1;
                }
                groups += 2;
                digits = 0;
                i = tail;
                break;
            } else if (Octets.hex(b) < 0 || ++digits > 4) {
                return -1;
            }
            lower &= b < 'A' || b > 'F';
        }
        groups += digits > 0 ? 1 : 0;
        if (i >= to || bytes[i] != ']' || (gap ? groups > 7 : groups != 8)) {
            return -1;
        }
        hostFrom = from;
        hostTo = i + 1;
        lowerCase = lower;
        return i + 1;
    }

    private static int ipv4(byte[] bytes, int from, int to) {
        int i = from;
        for (int part = 0; part < 4; part++) {
            if (part > 0 && (i >= to || bytes[i++] != '.')) {
                return -1;
            }
            int start = i;
            int value = 0;
            while (i < to && bytes[i] >= '0' && bytes[i] <= '9' && i - start < 3) {
                value = 10 * value + bytes[i++] - '0';
            }
            if (i == start || value > 255) {
                return -1;
            }
        }
        return i;
    }

    private boolean port(byte[] bytes, int from, int to) {
        if (from == to) {
            return true;
        }
        if (bytes[from] != ':' || to - from > 6) {
            return false;
        }
        int value = 0;
        for (int i = from + 1; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            value = 10 * value + digit;
        }
        port = to - from == 1 ? -1 : value;
        return value <= 0xffff;
    }

    /// Converts the host to lower case; if that changes it, the result is written behind the head, where edits are kept.
    public void normalise(HeaderBlock block) {
        if (lowerCase) {
            return;
        }
        int length = hostTo - hostFrom;
        int from = block.reserve(length);
        byte[] bytes = block.bytes();
        for (int i = 0; i < length; i++) {
            byte b = bytes[hostFrom + i];
            bytes[from + i] = (byte) (b >= 'A' && b <= 'Z' ? b | 0x20 : b);
        }
        hostFrom = from;
        hostTo = from + length;
        lowerCase = true;
    }

    public int hostFrom() {
        return hostFrom;
    }

    public int hostTo() {
        return hostTo;
    }

    /// -1 when there is no port.
    public int port() {
        return port;
    }
}
