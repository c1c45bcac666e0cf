package io.jigress.proxy.http2;

/// The Huffman code of HPACK (RFC 7541, 5.2 and Appendix B). It is canonical: the lengths of the codes determine the codes.
final class Huffman {
    private static final int SYMBOLS = 257;
    private static final int EOS = 256;
    private static final int LONGEST = 30;
    /// Codes of up to this length, which almost all octets of real fields have, are found by one look-up.
    private static final int QUICK = 9;

    private static final byte[] LENGTHS = {13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28,
        30,
        28, 28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6,
        7,
        8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15,
        5,
        6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22,
        23,
        22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23,
        23,
        21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22,
        23,
        22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21,
        22,
        21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30};

    private static final int[] CODES = new int[SYMBOLS];
    /// The symbols by code.
    private static final short[] ORDER = new short[SYMBOLS];
    /// For each length: the first code, the place of its symbol in [#ORDER], and how many codes there are.
    private static final int[] FIRST = new int[LONGEST + 1];
    private static final int[] PLACE = new int[LONGEST + 1];
    private static final int[] COUNT = new int[LONGEST + 1];
    /// By the next bits: symbol and length of the code, 0 for a longer one.
    private static final short[] BY_BITS = new short[1 << QUICK];
    private static final int SYMBOL_SHIFT = 4;

    static {
        int code = 0;
        int place = 0;
        for (int length = 1; length <= LONGEST; length++) {
            code <<= 1;
            FIRST[length] = code;
            PLACE[length] = place;
            for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                if (LENGTHS[symbol] != length) {
                    continue;
                }
                CODES[symbol] = code;
                ORDER[place++] = (short) symbol;
                if (length <= QUICK) {
                    int from = code << (QUICK - length);
                    for (int i = 0; i < 1 << (QUICK - length); i++) {
                        BY_BITS[from + i] = (short) (symbol << SYMBOL_SHIFT | length);
                    }
                }
                code++;
            }
            COUNT[length] = place - PLACE[length];
        }
    }

    private Huffman() {}

    /// The most that a text of this length decodes to.
    static int decodedLimit(int length) {
        return length * 8 / 5 + 1;
    }

    /// Decodes `in[from..to)` to `out`, from `at` on; `out` has room for [#decodedLimit].
    ///
    /// @return where the text ends; -1 when the range is not a text in this code
    static int decode(byte[] in, int from, int to, byte[] out, int at) {
        long bits = 0;
        int held = 0;
        int next = from;
        int end = at;
        while (true) {
            while (held <= Long.SIZE - 16 && next < to) {
                bits = bits << 8 | in[next++] & 0xff;
                held += 8;
            }
            if (held < QUICK && next == to) {
                break;
            }
            int found = BY_BITS[(int) (bits >>> (held - QUICK)) & (1 << QUICK) - 1];
            if (found != 0) {
                held -= found & (1 << SYMBOL_SHIFT) - 1;
                out[end++] = (byte) (found >> SYMBOL_SHIFT);
                continue;
            }
            int length = longCode(bits, held);
            if (length == 0) {
                return padding(bits, held) ? end : -1;
            }
            int symbol = symbol(bits, held, length);
            if (symbol == EOS) {
                return -1;
            }
            held -= length;
            out[end++] = (byte) symbol;
        }
        // Fewer bits than one look-up takes: codes as long as they fit, then padding.
        while (held > 0) {
            int found = BY_BITS[(int) (bits << (QUICK - held)) & (1 << QUICK) - 1];
            int length = found & (1 << SYMBOL_SHIFT) - 1;
            if (found == 0 || length > held) {
                break;
            }
            if (padding(bits, held)) {
                return end;
            }
            held -= length;
            out[end++] = (byte) (found >> SYMBOL_SHIFT);
        }
        return padding(bits, held) ? end : -1;
    }

    /// The length of the code that the next bits start with, when it is longer than [#QUICK]; 0 when they are too few.
    private static int longCode(long bits, int held) {
        for (int length = QUICK + 1; length <= Math.min(LONGEST, held); length++) {
            int code = (int) (bits >>> (held - length)) & (1 << length) - 1;
            if (code - FIRST[length] < COUNT[length]) {
                return length;
            }
        }
        return 0;
    }

    private static int symbol(long bits, int held, int length) {
        int code = (int) (bits >>> (held - length)) & (1 << length) - 1;
        return ORDER[PLACE[length] + code - FIRST[length]];
    }

    /// RFC 7541, 5.2: fewer than eight bits, all of them ones.
    private static boolean padding(long bits, int held) {
        int mask = (1 << held) - 1;
        return held < 8 && ((int) bits & mask) == mask;
    }

    /// How many bytes a text takes in this code.
    static int encodedLength(byte[] text, int from, int to) {
        long bits = 0;
        for (int i = from; i < to; i++) {
            bits += LENGTHS[text[i] & 0xff];
        }
        return (int) (bits + 7 >>> 3);
    }

    /// Encodes `text[from..to)` to `out`, from `at` on, which has room for [#encodedLength]; returns where it ends.
    static int encode(byte[] text, int from, int to, byte[] out, int at) {
        long bits = 0;
        int held = 0;
        int end = at;
        for (int i = from; i < to; i++) {
            int symbol = text[i] & 0xff;
            bits = bits << LENGTHS[symbol] | CODES[symbol];
            held += LENGTHS[symbol];
            while (held >= 8) {
                held -= 8;
                out[end++] = (byte) (bits >>> held);
            }
        }
        if (held > 0) {
            out[end++] = (byte) (bits << (8 - held) | 0xff >>> held);
        }
        return end;
    }
}
