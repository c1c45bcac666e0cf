package io.jigress.waf.operator;

import io.jigress.waf.model.MacroScope;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `@ipMatch`: addresses and networks. IPv4 addresses are kept as IPv4-mapped IPv6 addresses.
final class AddressSet implements Operator {
    private final List<Network> networks;

    private record Network(byte[] address, int prefix) {
        boolean contains(byte[] other) {
            int whole = prefix / 8;
            for (int i = 0; i < whole; i++) {
                if (address[i] != other[i]) {
                    return false;
                }
            }
            int rest = prefix % 8;
            return rest == 0 || ((address[whole] ^ other[whole]) & 0xff) >> 8 - rest == 0;
        }

        /// Whether it contains the IPv4-mapped IPv6 address of an IPv4 address.
        boolean containsFour(int other) {
            for (int bit = 0; bit < prefix; bit++) {
                int wanted = bit < 80 ? 0 : bit < 96 ? 1 : other >>> 127 - bit & 1;
                if ((address[bit >>> 3] >>> 7 - (bit & 7) & 1) != wanted) {
                    return false;
                }
            }
            return true;
        }
    }

    private AddressSet(List<Network> networks) {
        this.networks = List.copyOf(networks);
    }

    static final class Builder {
        private final List<Network> networks = new ArrayList<>();

        boolean add(String text) {
            int slash = text.indexOf('/');
            String host = slash < 0 ? text : text.substring(0, slash);
            byte[] address = parse(host);
            if (address == null) {
                return false;
            }
            boolean four = host.indexOf(':') < 0;
            int prefix = four ? 32 : 128;
            if (slash >= 0) {
                String digits = text.substring(slash + 1);
                if (digits.isEmpty() || digits.length() > 3 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')
                        || Integer.parseInt(digits) > prefix) {
                    return false;
                }
                prefix = Integer.parseInt(digits);
            }
            networks.add(new Network(address, four ? prefix + 96 : prefix));
            return true;
        }

        AddressSet build() {
            return new AddressSet(networks);
        }
    }

    @Override
    public boolean matches(byte[] bytes, int from, int to, MacroScope scope) {
        if (to - from > 64) {
            return false;
        }
        long four = four(bytes, from, to);
        byte[] address = four >= 0
                ? null
                : address(bytes, from, to);
        for (int i = 0; i < networks.size() && (four >= 0 || address != null); i++) {
            Network network = networks.get(i);
            if (address == null ? network.containsFour((int) four) : network.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /// An IPv4 address as a number, or -1.
    private static long four(byte[] bytes, int from, int to) {
        long address = 0;
        int parts = 1;
        int digits = 0;
        int value = 0;
        for (int i = from; i < to; i++) {
            int c = bytes[i];
            if (c == '.' && digits > 0 && parts < 4) {
                address = address << 8 | value;
                parts++;
                digits = 0;
                value = 0;
            } else if (c >= '0' && c <= '9' && digits < 3) {
                value = value * 10 + c - '0';
                digits++;
            } else {
                return -1;
            }
            if (value > 255) {
                return -1;
            }
        }
        return parts == 4 && digits > 0 ? address << 8 | value : -1;
    }

    /// The sixteen bytes of an address, an IPv4 address as an IPv4-mapped IPv6 address; null when the text is none.
    static byte @Nullable [] address(byte[] bytes, int from, int to) {
        return parse(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
    }

    private static byte @Nullable [] parse(String text) {
        return text.indexOf(':') < 0 ? parseFour(text) : parseSix(text);
    }

    private static byte @Nullable [] parseFour(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return null;
        }
        byte[] address = new byte[16];
        address[10] = (byte) 0xff;
        address[11] = (byte) 0xff;
        for (int i = 0; i < 4; i++) {
            if (parts[i].isEmpty() || parts[i].length() > 3 || !parts[i].chars().allMatch(c -> c >= '0' && c <= '9')
                    || Integer.parseInt(parts[i]) > 255) {
                return null;
            }
            address[12 + i] = (byte) Integer.parseInt(parts[i]);
        }
        return address;
    }

    private static byte @Nullable [] parseSix(String text) {
        int gap = text.indexOf("::");
        if (gap != text.lastIndexOf("::")) {
            return null;
        }
        byte[] head = groups(gap < 0 ? text : text.substring(0, gap));
        byte[] tail = gap < 0 ? new byte[0] : groups(text.substring(gap + 2));
        if (head == null || tail == null || (gap < 0 ? head.length != 16 : head.length + tail.length > 14)) {
            return null;
        }
        byte[] address = new byte[16];
        System.arraycopy(head, 0, address, 0, head.length);
        System.arraycopy(tail, 0, address, 16 - tail.length, tail.length);
        return address;
    }

    private static byte @Nullable [] groups(String text) {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] parts = text.split(":", -1);
        byte[] bytes = new byte[parts.length * 2 + 2];
        int length = 0;
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            if (i == parts.length - 1 && part.indexOf('.') >= 0) {
                byte[] four = parseFour(part);
                if (four == null) {
                    return null;
                }
                System.arraycopy(four, 12, bytes, length, 4);
                length += 4;
                continue;
            }
            if (part.isEmpty() || part.length() > 4 || !part.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128)) {
                return null;
            }
            int value = Integer.parseInt(part, 16);
            bytes[length++] = (byte) (value >> 8);
            bytes[length++] = (byte) value;
        }
        return java.util.Arrays.copyOf(bytes, length);
    }
}
