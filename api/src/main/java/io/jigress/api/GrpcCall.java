package io.jigress.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A gRPC call in progress. Messages go both ways, and each side ends its own direction. Event loop only. Methods of a call that is over have
/// no effect; they still take ownership. Messages are not compressed.
public final class GrpcCall {
    private static final HeaderName TE = HeaderName.of("te");
    private static final HeaderName TIMEOUT = HeaderName.of("grpc-timeout");
    private static final String CONTENT_TYPE = "application/grpc";
    private static final int FRAME_HEAD = 5;
    /// A message up to this size is copied behind the head of its frame, which costs less than a buffer of two parts.
    private static final int COPIED_BYTES = 16 * 1024;
    private static final long MAX_TIMEOUT = 99_999_999;

    private final GrpcSink sink;
    private final Receiver receiver;
    private @Nullable UpstreamCall call;

    private GrpcCall(GrpcSink sink, int maxMessageBytes) {
        this.sink = sink;
        this.receiver = new Receiver(maxMessageBytes);
    }

    static GrpcCall open(UpstreamCallers callers, String cluster, CallRequest request, CallLimits limits, int maxMessageBytes,
            GrpcSink sink) {
        request.with(HeaderName.CONTENT_TYPE, CONTENT_TYPE).with(TE, "trailers");
        if (!limits.deadline().isZero()) {
            request.with(TIMEOUT, timeout(limits.deadline()));
        }
        GrpcCall opened = new GrpcCall(sink, maxMessageBytes);
        opened.call = callers.http(cluster, request, false, limits, opened.receiver);
        return opened;
    }

    /// At most eight digits and a unit.
    private static String timeout(Duration deadline) {
        long millis = Math.max(1, deadline.toMillis());
        return millis <= MAX_TIMEOUT ? millis + "m" : Math.min(MAX_TIMEOUT, deadline.toSeconds()) + "S";
    }

    /// Sends a message; takes ownership.
    public void send(ByteBuf message) {
        UpstreamCall open = call;
        if (open == null) {
            message.release();
            return;
        }
        int length = message.readableBytes();
        boolean copied = length <= COPIED_BYTES;
        ByteBuf head = Unpooled.buffer(copied ? FRAME_HEAD + length : FRAME_HEAD).writeByte(0).writeInt(length);
        if (copied) {
            head.writeBytes(message);
            message.release();
            open.body(head, false);
        } else {
            open.body(Unpooled.wrappedBuffer(head, message), false);
        }
    }

    /// Ends this side: no message follows.
    public void halfClose() {
        UpstreamCall open = call;
        if (open != null) {
            open.body(Unpooled.EMPTY_BUFFER, true);
        }
    }

    /// Whether more messages should be sent now; after false, [GrpcSink#writable] is called when they may. Messages that are sent nevertheless
    /// are buffered up to `limits.held.bytes`; beyond that the call fails.
    public boolean writable() {
        UpstreamCall open = call;
        return open != null && open.writable();
    }

    /// Stops or restarts reading of the response. Messages that are already on their way may still arrive.
    public void reading(boolean on) {
        UpstreamCall open = call;
        if (open != null) {
            open.reading(on);
        }
    }

    /// The call is no longer needed. The sink is not called afterwards.
    public void cancel() {
        UpstreamCall open = call;
        if (open != null) {
            call = null;
            open.cancel();
        }
    }

    private void end(GrpcStatus status) {
        cancel();
        sink.ended(status);
    }

    /// Takes messages out of the body.
    private final class Receiver implements ResponseSink {
        private static final byte[] NONE = {};

        private final int maxBytes;
        private final byte[] frameHead = new byte[FRAME_HEAD];
        private int headBytes;
        /// The message that has arrived in part; empty while there is none.
        private byte[] partial = NONE;
        private int partialBytes;

        Receiver(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        @Override
        public void informational(ResponseHead head) {
            // An informational head does not affect the call.
        }

        @Override
        public void head(ResponseHead head, boolean last) {
            String type = head.headers().first(HeaderName.CONTENT_TYPE);
            GrpcStatus status = GrpcStatus.of(head.headers());
            if (status != null) {
                end(status);
            } else if (head.status() != 200) {
                end(new GrpcStatus(GrpcStatus.ofHttp(head.status()), "HTTP status " + head.status()));
            } else if (type == null || !type.toLowerCase(Locale.ROOT).startsWith(CONTENT_TYPE)) {
                end(new GrpcStatus(GrpcStatus.UNKNOWN, "the response's content type is " + (type == null ? "missing" : type)));
            } else if (last) {
                end(new GrpcStatus(GrpcStatus.UNKNOWN, "the response has no status"));
            } else {
                sink.headers(head.headers());
            }
        }

        @Override
        public void switched(ResponseHead head) {
            throw new IllegalStateException("a call of gRPC does not ask to switch");
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            try {
                while (call != null && (data.isReadable() || isWhole())) {
                    frame(data);
                }
            } finally {
                data.release();
            }
            if (last && call != null) {
                end(new GrpcStatus(GrpcStatus.UNKNOWN, "the response has no trailers"));
            }
        }

        private boolean isWhole() { return headBytes == FRAME_HEAD && length() == 0; }

        private int length() {
            return (frameHead[1] & 0xff) << 24 | (frameHead[2] & 0xff) << 16 | (frameHead[3] & 0xff) << 8 | frameHead[4] & 0xff;
        }

        /// Consumes the bytes that belong to one frame.
        private void frame(ByteBuf data) {
            if (headBytes < FRAME_HEAD) {
                int taken = Math.min(FRAME_HEAD - headBytes, data.readableBytes());
                data.readBytes(frameHead, headBytes, taken);
                headBytes += taken;
                if (headBytes == FRAME_HEAD) {
                    check();
                }
                return;
            }
            int length = length();
            if (partialBytes == 0 && data.readableBytes() >= length) {
                headBytes = 0;
                sink.message(data.readSlice(length));
                return;
            }
            if (partial.length == 0) {
                partial = new byte[length];
            }
            int taken = Math.min(length - partialBytes, data.readableBytes());
            data.readBytes(partial, partialBytes, taken);
            partialBytes += taken;
            if (partialBytes == length) {
                byte[] whole = partial;
                partial = NONE;
                partialBytes = 0;
                headBytes = 0;
                sink.message(Unpooled.wrappedBuffer(whole));
            }
        }

        private void check() {
            if (frameHead[0] != 0) {
                end(new GrpcStatus(GrpcStatus.INTERNAL, "a message is compressed, which was not asked for"));
            } else if (length() < 0 || length() > maxBytes) {
                end(new GrpcStatus(GrpcStatus.RESOURCE_EXHAUSTED,
                        "a message has " + Integer.toUnsignedString(length()) + " bytes, and " + maxBytes + " may be received"));
            }
        }

        @Override
        public void trailers(Headers trailers) {
            GrpcStatus status = GrpcStatus.of(trailers);
            if (status == null) {
                status = new GrpcStatus(GrpcStatus.UNKNOWN, "the response has no status", trailers, null);
            } else if (status.isOk() && headBytes > 0) {
                status = new GrpcStatus(GrpcStatus.INTERNAL, "the response ends within a message", trailers, null);
            }
            end(status);
        }

        @Override
        public void failed(ProxyFailure failure) {
            end(GrpcStatus.of(failure));
        }

        @Override
        public void writable() {
            sink.writable();
        }
    }
}
