package io.jigress.proxy.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The octet classes of RFC 9110 and 9112, and the scan for the end of a line, eight octets at a time.
@SuppressWarnings("MutablePublicArray") // tables that the codecs' inner loops index
public final class Octets {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;

    private static final byte[] TOKEN = new byte[256];

    /// Bits of [#target]: an octet that does not occur in a path in normal form, a slash, a dot.
    private static final int ORDINARY = 1;
    private static final int NOTABLE = 2;
    private static final int SLASH = 4;
    private static final int DOT = 8;

    private static final byte[] TARGET = new byte[256];

    /// The lower-case form of an octet of a host name: letters, digits and `-._~`. RFC 3986 also allows sub-delims and percent-encoding;
    /// no name that resolves has them, and `*` or `,` could be mistaken for a pattern or a list where hosts are matched.
    private static final byte[] HOST = new byte[256];

    /// The value of each hexadecimal digit; -1 for any other octet.
    private static final byte[] HEX = new byte[256];

    static {
        for (int c = 0; c < 256; c++) {
            boolean upper = c >= 'A' && c <= 'Z';
            boolean digit = c >= '0' && c <= '9';
            boolean alphanumeric = upper || digit || c >= 'a' && c <= 'z';
            byte lower = (byte) (upper ? c | 0x20 : c);
            TOKEN[c] = alphanumeric || "!#$%&'*+-.^_`|~".indexOf(c) >= 0 ? lower : 0;
            TARGET[c] = (byte) (c > 0x20 && c < 0x7f && c != '#' ? ORDINARY | mark(c) : 0);
            HOST[c] = alphanumeric || "-._~".indexOf(c) >= 0 ? lower : 0;
            HEX[c] = (byte) (c < 128 ? Character.digit(c, 16) : -1);
        }
    }

    private Octets() {}

    private static int mark(int octet) {
        return switch (octet) {
            case '%', '\\', ';' -> NOTABLE;
            case '/' -> SLASH;
            case '.' -> DOT;
            default -> 0;
        };
    }

    /// Whether octets are a text, of one octet for each character.
    static boolean equal(byte[] bytes, int from, int to, String text) {
        if (to - from != text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if ((bytes[from + i] & 0xff) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// The lower-case form of a token character; 0 for any other octet.
    public static byte token(int octet) {
        return TOKEN[octet & 0xff];
    }

    /// Not 0 for an octet that is allowed in a request target: visible ASCII except `#`, which starts a fragment and is never sent.
    public static byte target(int octet) {
        return TARGET[octet & 0xff];
    }

    /// Not 0 when an octet of a path, given as [#target] and after the one before it, may be a place where the path is not in normal form: an
    /// escape, a backslash, a parameter, or a slash or dot behind a slash.
    public static int mark(int before, int octet) {
        return octet & (NOTABLE | (before & SLASH) * 3);
    }

    /// The lower-case form of an octet of a host name; 0 for any other octet.
    public static byte host(int octet) {
        return HOST[octet & 0xff];
    }

    /// The value of a hexadecimal digit; -1 for any other octet.
    public static byte hex(int octet) {
        return HEX[octet & 0xff];
    }

    /// The eight octets at `i`, the first in the lowest bits.
    public static long word(byte[] bytes, int i) {
        return (long) LONG.get(bytes, i);
    }

    /// The index of the first control character (below 0x20, or 0x7f) in a range, else `to`.
    public static int control(byte[] bytes, int from, int to) {
        int i = from;
        for (; i + 8 <= to; i += 8) {
            long word = word(bytes, i);
            long delete = word ^ 0x7f * ONES;
            // A borrow can cause a false hit only above a true one; the lowest hit is always true.
            long hits = ((word - 0x20 * ONES) & ~word | (delete - ONES) & ~delete) & HIGH;
            if (hits != 0) {
                return i + (Long.numberOfTrailingZeros(hits) >>> 3);
            }
        }
        for (; i < to; i++) {
            byte b = bytes[i];
            if (b >= 0 && b < 0x20 || b == 0x7f) {
                return i;
            }
        }
        return to;
    }

    public static boolean blank(byte b) {
        return b == ' ' || b == '\t';
    }
}
