package io.jigress.filters.iprestriction;

import io.jigress.api.IpLiteral;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// A block of addresses, as 128-bit numbers; IPv4 addresses are in `::ffff:0:0/96`, so that all addresses have one order.
///
/// @param high the upper 64 bits of the first address
/// @param low its lower 64 bits
/// @param prefix how many of the 128 bits are fixed
/// @param exact whether the text had no bits beyond its prefix
record Cidr(long high, long low, int prefix, boolean exact) {

    /// An address or `address/prefix`, or null when the text is neither.
    static @Nullable Cidr parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        byte[] bytes = address.getAddress();
        // An IPv4-mapped IPv6 address: its prefix is of 128 bits.
        boolean mapped = bytes.length == 4 && text.indexOf(':') >= 0;
        int width = bytes.length == 4 && !mapped ? 32 : 128;
        int prefix = slash < 0 ? width : number(text.substring(slash + 1));
        if (prefix < 0 || prefix > width || mapped && prefix < 96) {
            return null;
        }
        int fixed = prefix + 128 - width;
        long high = high(bytes);
        long low = low(bytes);
        long maskedHigh = high & mask(fixed);
        long maskedLow = low & mask(fixed - 64);
        return new Cidr(maskedHigh, maskedLow, fixed, high == maskedHigh && low == maskedLow);
    }

    static long high(byte[] address) {
        return address.length == 4 ? 0 : bits(address, 0, 8);
    }

    static long low(byte[] address) {
        return address.length == 4 ? 0xffff_0000_0000L | bits(address, 0, 4) : bits(address, 8, 16);
    }

    long lastHigh() {
        return high | ~mask(prefix);
    }

    long lastLow() {
        return low | ~mask(prefix - 64);
    }

    /// The upper `bits` of 64 set; all for more, none for less than 1.
    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << (64 - bits);
    }

    private static long bits(byte[] address, int from, int to) {
        long bits = 0;
        for (int i = from; i < to; i++) {
            bits = bits << 8 | address[i] & 0xff;
        }
        return bits;
    }

    private static int number(String digits) {
        return digits.matches("0|[1-9][0-9]{0,2}") ? Integer.parseInt(digits) : -1;
    }
}
