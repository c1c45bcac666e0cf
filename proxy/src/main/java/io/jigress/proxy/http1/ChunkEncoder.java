package io.jigress.proxy.http1;

import io.jigress.api.Headers;
import io.netty.buffer.ByteBuf;

/// Writes the chunked coding (RFC 9112, 7.1), around data that is sent by reference or together with it.
public final class ChunkEncoder {
    /// The most that one call of [#writeSize], [#writeEnd] or [#writeLast(ByteBuf)] appends.
    public static final int MAX_BYTES = 18;

    private static final int LINE_END = '\r' << 8 | '\n';

    private ChunkEncoder() {}

    /// Appends a chunk's size line; `length` bytes of data and [#writeEnd] must follow.
    ///
    /// @param length at least 1: an empty chunk would be the last
    public static void writeSize(ByteBuf out, long length) {
        if (length < 1) {
            throw new IllegalArgumentException("chunk length: " + length + " (expected: >= 1)");
        }
        int shift = (63 - Long.numberOfLeadingZeros(length)) & ~3;
        for (; shift >= 0; shift -= 4) {
            int digit = (int) (length >>> shift) & 0xf;
            out.writeByte(digit < 10 ? '0' + digit : 'a' - 10 + digit);
        }
        out.writeShort(LINE_END);
    }

    /// Appends the end of a chunk's data.
    public static void writeEnd(ByteBuf out) {
        out.writeShort(LINE_END);
    }

    /// Appends a whole chunk, copying the data; appends nothing when there is none.
    public static void write(ByteBuf out, ByteBuf data) {
        int length = data.readableBytes();
        if (length > 0) {
            out.ensureWritable(length + 2 * MAX_BYTES);
            writeSize(out, length);
            out.writeBytes(data, data.readerIndex(), length);
            writeEnd(out);
        }
    }

    /// Appends the last chunk of a body without trailers.
    public static void writeLast(ByteBuf out) {
        out.writeByte('0').writeShort(LINE_END).writeShort(LINE_END);
    }

    /// Appends the last chunk and the trailers.
    public static void writeLast(ByteBuf out, Headers trailers) {
        out.writeByte('0').writeShort(LINE_END);
        HeadWriter.writeTrailers(out, trailers);
    }
}
