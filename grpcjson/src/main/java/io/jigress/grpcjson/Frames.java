package io.jigress.grpcjson;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Takes messages out of the frames of a gRPC body, part by part.
final class Frames {
    private static final int HEAD = 5;

    private final int maxBytes;
    private final byte[] head = new byte[HEAD];
    private int headBytes;
    private byte @Nullable [] message;
    private int messageBytes;
    private @Nullable String fault;

    Frames(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /// The next message that is there as a whole; null when more bytes are needed, or the frames are not valid.
    byte @Nullable [] next(ByteBuf data) {
        if (fault != null) {
            return null;
        }
        byte[] open = message;
        if (open == null) {
            int taken = Math.min(HEAD - headBytes, data.readableBytes());
            data.readBytes(head, headBytes, taken);
            headBytes += taken;
            if (headBytes < HEAD || !begin()) {
                return null;
            }
            open = message;
        }
        if (open == null) {
            return null;
        }
        int taken = Math.min(open.length - messageBytes, data.readableBytes());
        data.readBytes(open, messageBytes, taken);
        messageBytes += taken;
        if (messageBytes < open.length) {
            return null;
        }
        message = null;
        headBytes = 0;
        messageBytes = 0;
        return open;
    }

    private boolean begin() {
        long length = (head[1] & 0xffL) << 24 | (head[2] & 0xff) << 16 | (head[3] & 0xff) << 8 | head[4] & 0xff;
        if (head[0] != 0) {
            fault = "a message of the response is compressed, which was not asked for";
        } else if (length > maxBytes) {
            fault = "a message of the response has " + length + " bytes, and maxMessageBytes is " + maxBytes;
        } else {
            message = new byte[(int) length];
        }
        return fault == null;
    }

    /// Why the frames cannot be read; null while they can.
    @Nullable String fault() {
        return fault;
    }

    /// Whether a message has begun and is not complete.
    boolean isWithin() { return headBytes > 0; }
}
