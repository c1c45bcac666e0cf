package io.jigress.grpcjson;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Takes messages out of the frames of a gRPC body, part by part.
final class Frames {
    /// How long the head of a frame is.
    static final int HEAD = 5;

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
        fault = fault(head, maxBytes);
        if (fault == null) {
            message = new byte[(int) length(head)];
        }
        return fault == null;
    }

    private static long length(byte[] head) {
        return (head[1] & 0xffL) << 24 | (head[2] & 0xff) << 16 | (head[3] & 0xff) << 8 | head[4] & 0xff;
    }

    private static @Nullable String fault(byte[] head, int maxBytes) {
        if (head[0] != 0) {
            return "a message of the response is compressed, which was not asked for";
        }
        long length = length(head);
        return length > maxBytes
                ? "a message of the response has " + length + " bytes, and maxMessageBytes is " + maxBytes
                : null;
    }

    /// Why a whole body is not one message in its frame; null when it is.
    static @Nullable String faultOfOne(byte[] body, int maxBytes) {
        if (body.length < HEAD) {
            return body.length == 0 ? "the response has no message" : "the response ends within a message";
        }
        String fault = fault(body, maxBytes);
        if (fault != null) {
            return fault;
        }
        long missing = HEAD + length(body) - body.length;
        return missing == 0 ? null : missing > 0 ? "the response ends within a message" : "the response has several messages";
    }

    /// Why the frames cannot be read; null while they can.
    @Nullable String fault() {
        return fault;
    }

    /// Whether a message has begun and is not complete.
    boolean isWithin() { return headBytes > 0; }
}
