package io.jigress.proxy.http2;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/// Room for one header block to decode, one to encode, and one line, shared by the connections of an event loop. Between two frames of a header block that has
/// several, the connection keeps the bytes itself. Event loop only.
final class HpackScratch {
    private static final int FIRST_BYTES = 4 * 1024;
    private static final int KEPT_BYTES = 64 * 1024;
    private static final int SENT_LINES = 256;

    private byte[] block = new byte[FIRST_BYTES];
    private byte[] line = new byte[FIRST_BYTES];
    private byte[] out = new byte[FIRST_BYTES];
    /// Hashes of lines that an encoder has sent: a line that comes again is worth an entry of a table.
    private final int[] sent = new int[SENT_LINES];

    /// Copies a header block out of a buffer.
    byte[] block(ByteBuf from, int at, int length) {
        byte[] to = block(length);
        from.getBytes(at, to, 0, length);
        return to;
    }

    /// Room for a header block of this length.
    byte[] block(int length) {
        if (block.length < length || block.length > KEPT_BYTES && length <= FIRST_BYTES) {
            block = new byte[Math.max(FIRST_BYTES, length)];
        }
        return block;
    }

    /// Room for a line of this length, with what was in it.
    byte[] line(int length) {
        if (line.length < length) {
            line = Arrays.copyOf(line, Math.max(2 * line.length, length));
        }
        return line;
    }

    /// Room for a header block to send, with what was in it.
    byte[] out(int length) {
        if (out.length < length) {
            out = Arrays.copyOf(out, Math.max(2 * out.length, length));
        }
        return out;
    }

    /// A header block was sent.
    void trimOut() {
        if (out.length > KEPT_BYTES) {
            out = new byte[FIRST_BYTES];
        }
    }

    /// Whether a line with this hash was sent lately, by any connection.
    boolean wasSent(int lineHash) {
        int slot = lineHash & SENT_LINES - 1;
        boolean known = sent[slot] == lineHash;
        sent[slot] = lineHash;
        return known;
    }

    /// A line has been taken.
    void trim() {
        if (line.length > KEPT_BYTES) {
            line = new byte[FIRST_BYTES];
        }
    }
}
