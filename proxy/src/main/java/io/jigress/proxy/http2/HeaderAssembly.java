package io.jigress.proxy.http2;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/// The parts of a header block that came in several frames (RFC 9113, 4.3). It holds memory only between the first and the last of them.
/// Event loop only.
final class HeaderAssembly {
    private static final byte[] NONE = {};

    private byte[] bytes = NONE;
    private int length;
    private int streamId;
    private boolean endStream;
    private int frames;

    /// Whether the next frame must be a CONTINUATION.
    boolean isOpen() { return streamId != 0; }

    int streamId() {
        return streamId;
    }

    boolean endStream() {
        return endStream;
    }

    /// How many frames the block has so far.
    int frames() {
        return frames;
    }

    void begin(int stream, boolean last) {
        streamId = stream;
        endStream = last;
        length = 0;
        frames = 0;
    }

    void append(ByteBuf from, int at, int part) {
        frames++;
        if (length + part > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + part));
        }
        from.getBytes(at, bytes, length, part);
        length += part;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void end() {
        streamId = 0;
        bytes = NONE;
        length = 0;
    }
}
