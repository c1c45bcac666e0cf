package io.jigress.filters.grpcweb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Decodes base64 that arrives in parts of any length. There may be padding in between, since each message of a stream is encoded separately.
final class Base64Decoder {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private static final byte[] VALUES = new byte[256];

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (int i = 0; i < ALPHABET.length(); i++) {
            VALUES[ALPHABET.charAt(i)] = (byte) i;
        }
    }

    /// The characters of a group of four that is not complete, six bits each.
    private int bits;
    private int count;
    private int pads;

    /// Whether a group is not complete.
    boolean isWithin() { return count > 0; }

    /// The bytes that a part completes; null when it is not base64. The caller keeps ownership of the part.
    @Nullable ByteBuf decode(ByteBuf part) {
        byte[] out = new byte[(part.readableBytes() + 3) / 4 * 3];
        int length = 0;
        for (int i = part.readerIndex(); i < part.writerIndex(); i++) {
            byte c = part.getByte(i);
            if (c == '=') {
                pads++;
                if (count < 2) {
                    return null;
                }
            } else {
                int value = VALUES[c & 0xff];
                if (value < 0 || pads > 0) {
                    return null;
                }
                bits = bits << 6 | value;
                count++;
            }
            if (count + pads == 4) {
                int all = bits << 6 * pads;
                for (int left = count - 1, shift = 16; left > 0; left--, shift -= 8) {
                    out[length++] = (byte) (all >> shift);
                }
                bits = 0;
                count = 0;
                pads = 0;
            }
        }
        return Unpooled.wrappedBuffer(out, 0, length);
    }
}
