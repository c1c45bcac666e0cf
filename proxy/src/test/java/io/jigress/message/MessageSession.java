package io.jigress.message;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.Heartbeat;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One connection to a server of messages: many calls, distinguished by their numbers and answered in any order.
final class MessageSession implements UpstreamSession {
    private static final HeaderName EXPECT = HeaderName.of("expect");

    private static final ProxyFailure TOO_LARGE = new ProxyFailure(Kind.BODY_TOO_LARGE, Origin.CLIENT, false,
            "request_over_frame");
    private static final ProxyFailure RESPONSE_TOO_LARGE = bad("response_over_frame");
    private static final ProxyFailure MALFORMED = bad("malformed_response");
    private static final ProxyFailure NO_FRAME = bad("no_frame");
    private static final ProxyFailure LOST = reset("connection_lost");
    private static final ProxyFailure SILENT = reset("no_heartbeat");

    private final MessageProtocol protocol;
    private final UpstreamChannel channel;
    private final Map<Long, Call> calls = new HashMap<>();
    private final ByteBuf header = Unpooled.buffer(Frame.HEADER_BYTES, Frame.HEADER_BYTES);
    private final Heartbeat heartbeat;
    private ProxyFailure fate = LOST;
    private long lastCall;
    private boolean goingAway;
    private boolean broken;
    private boolean changed;

    // The frame that is being received, once its header is complete.
    private boolean inBody;
    private int flags;
    private int status;
    private long number;
    private int left;
    /// Null while the body is discarded.
    private @Nullable CompositeByteBuf parts;

    MessageSession(MessageProtocol protocol, UpstreamChannel channel) {
        this.protocol = protocol;
        this.channel = channel;
        heartbeat = Heartbeat.begin(channel, protocol.heartbeat(),
                () -> heartbeat(Frame.REQUEST | Frame.ANSWER_WANTED | Frame.EVENT, ++lastCall), () -> giveUp(SILENT));
    }

    private static ProxyFailure bad(String detail) {
        return new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false, detail);
    }

    private static ProxyFailure reset(String detail) {
        return new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, true, detail);
    }

    @Override
    public int concurrency() {
        return goingAway || broken ? 0 : protocol.concurrency();
    }

    @Override
    public int active() {
        return calls.size();
    }

    // ---- requests

    @Override
    public UpstreamCall open(RequestHead head, boolean last, ResponseSink sink) {
        Call call = new Call(++lastCall, head.method().equals("HEAD"), sink);
        calls.put(call.number, call);
        call.begin(head, last);
        return call;
    }

    /// A request that is collected, since its length is sent first, and then waits for its response.
    private final class Call implements UpstreamCall {
        private final long number;
        private final boolean head;
        private final ResponseSink sink;
        private @Nullable ByteBuf frame;

        Call(long number, boolean head, ResponseSink sink) {
            this.number = number;
            this.head = head;
            this.sink = sink;
        }

        void begin(RequestHead request, boolean last) {
            if (request.contentLength() > protocol.frameBytes()) {
                refuse();
                return;
            }
            ByteBuf out = channel.allocator().buffer();
            frame = out;
            out.writeZero(Frame.HEADER_BYTES + Integer.BYTES);
            writeHead(out, request);
            out.setInt(Frame.HEADER_BYTES, out.readableBytes() - Frame.HEADER_BYTES - Integer.BYTES);
            if (out.readableBytes() - Frame.HEADER_BYTES > protocol.frameBytes()) {
                refuse();
            } else if (last) {
                send(out);
            } else if (request.headers().equal(EXPECT, "100-continue")) {
                // The upstream cannot ask for the body.
                channel.schedule(Duration.ZERO, () -> {
                    if (frame != null) {
                        sink.informational(ResponseHead.of(100, 0));
                    }
                });
            }
        }

        private static void writeHead(ByteBuf out, RequestHead request) {
            write(out, request.method() + " " + request.target() + "\n");
            write(out, "authority: " + request.authority() + "\n");
            Headers fields = request.headers();
            for (int i = 0; i < fields.size(); i++) {
                if (fields.endToEnd(i) && !fields.isAt(i, HeaderName.HOST) && !fields.isAt(i, EXPECT)) {
                    write(out, fields.nameAt(i) + ": " + fields.valueAt(i) + "\n");
                }
            }
        }

        private static void write(ByteBuf out, String latin1) {
            out.writeCharSequence(latin1, StandardCharsets.ISO_8859_1);
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            ByteBuf out = frame;
            if (out == null) {
                data.release();
                return;
            }
            boolean fits = out.readableBytes() - Frame.HEADER_BYTES + data.readableBytes() <= protocol.frameBytes();
            if (fits) {
                out.writeBytes(data);
            }
            data.release();
            if (!fits) {
                refuse();
            } else if (last) {
                send(out);
                channel.flush();
            }
        }

        @Override
        public void trailers(Headers trailers) {
            // The message format has no trailers.
            body(Unpooled.EMPTY_BUFFER, true);
        }

        private void send(ByteBuf out) {
            frame = null;
            out.setShort(0, Frame.MAGIC);
            out.setByte(2, Frame.REQUEST | Frame.ANSWER_WANTED);
            out.setLong(4, number);
            out.setInt(12, out.readableBytes() - Frame.HEADER_BYTES);
            write(out);
        }

        private void write(ByteBuf out) {
            heartbeat.written();
            channel.write(out);
        }

        private void refuse() {
            drop();
            channel.schedule(Duration.ZERO, () -> fail(TOO_LARGE));
        }

        private void fail(ProxyFailure failure) {
            if (end()) {
                sink.failed(failure);
                channel.changed();
            }
        }

        /// False when the call was over already.
        private boolean end() {
            drop();
            return calls.remove(number, this);
        }

        private void drop() {
            if (frame != null) {
                frame.release();
                frame = null;
            }
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void reading(boolean on) {
            // A response is one message: when it has arrived, there is nothing left to pause.
        }

        @Override
        public void cancel() {
            if (end()) {
                channel.changed();
            }
        }
    }

    // ---- frames

    @Override
    public void read(ByteBuf bytes) {
        heartbeat.received();
        while (bytes.isReadable() && !broken) {
            if (!inBody) {
                bytes.readBytes(header, Math.min(header.writableBytes(), bytes.readableBytes()));
                if (header.isWritable()) {
                    return;
                }
                if (!begin()) {
                    return;
                }
            }
            int length = Math.min(left, bytes.readableBytes());
            left -= length;
            if (parts == null) {
                bytes.skipBytes(length);
            } else if (length > 0) {
                parts.addComponent(true, bytes.readRetainedSlice(length));
            }
            if (inBody && left == 0) {
                inBody = false;
                received();
            }
        }
    }

    /// False when this is not a frame.
    private boolean begin() {
        boolean known = header.readUnsignedShort() == Frame.MAGIC;
        flags = header.readUnsignedByte();
        status = header.readUnsignedByte();
        number = header.readLong();
        left = header.readInt();
        header.clear();
        if (!known || left < 0) {
            giveUp(NO_FRAME);
            return false;
        }
        inBody = true;
        Call call = calls.get(number);
        boolean response = (flags & (Frame.REQUEST | Frame.EVENT)) == 0;
        if (response && call != null && left > protocol.frameBytes()) {
            call.fail(RESPONSE_TOO_LARGE);
        } else if (response ? call != null : (flags & Frame.EVENT) != 0 && left <= protocol.frameBytes()) {
            parts = channel.allocator().compositeBuffer(Integer.MAX_VALUE);
        }
        return true;
    }

    private void received() {
        CompositeByteBuf body = parts;
        parts = null;
        if (body == null) {
            return;
        }
        Call call = calls.get(number);
        if ((flags & Frame.EVENT) != 0) {
            event(body);
        } else if (call == null) {
            body.release();
        } else {
            respond(call, body);
            changed = true;
        }
    }

    private void event(ByteBuf body) {
        int word = body.isReadable() ? body.readByte() : 0;
        body.release();
        if (word == Frame.GOING_AWAY) {
            goingAway = true;
            changed = true;
        } else if (word == Frame.HEARTBEAT && (flags & Frame.ANSWER_WANTED) != 0) {
            heartbeat(Frame.EVENT, number);
        }
    }

    /// Takes ownership of the body.
    private void respond(Call call, ByteBuf body) {
        if (status != Frame.OK) {
            tell(call, ResponseHead.of(httpStatus(status), body.readableBytes()), body);
            return;
        }
        ResponseHead head = readHead(body);
        if (head == null) {
            body.release();
            call.fail(MALFORMED);
        } else {
            tell(call, head, body);
        }
    }

    private static int httpStatus(int status) {
        return switch (status) {
            case Frame.BAD_REQUEST -> 400;
            case Frame.NOT_FOUND -> 404;
            case Frame.FAILED -> 500;
            case Frame.BUSY -> 503;
            case Frame.UPSTREAM_SLOW -> 504;
            default -> 502;
        };
    }

    /// Leaves the payload in the buffer; null when there is no head.
    private static @Nullable ResponseHead readHead(ByteBuf body) {
        if (body.readableBytes() < Integer.BYTES) {
            return null;
        }
        int length = body.readInt();
        if (length < 0 || length > body.readableBytes()) {
            return null;
        }
        String lines = body.readCharSequence(length, StandardCharsets.ISO_8859_1).toString();
        ResponseHead head = ResponseHead.of(200, body.readableBytes());
        for (String line : lines.split("\n")) {
            int colon = line.indexOf(": ");
            if (colon > 0 && HeaderName.isToken(line.substring(0, colon))) {
                head.headers().add(HeaderName.of(line.substring(0, colon)), line.substring(colon + 2));
            } else if (!line.isEmpty()) {
                return null;
            }
        }
        return head;
    }

    private void tell(Call call, ResponseHead head, ByteBuf payload) {
        boolean last = call.head || !payload.isReadable();
        if (last) {
            payload.release();
            call.end();
            call.sink.head(head, true);
            return;
        }
        call.sink.head(head, false);
        // The sink may have cancelled the call.
        if (call.end()) {
            call.sink.body(payload, true);
        } else {
            payload.release();
        }
    }

    @Override
    public void readComplete() {
        if (changed) {
            changed = false;
            channel.changed();
        }
    }

    // ---- heartbeats

    private void heartbeat(int flags, long number) {
        ByteBuf out = channel.allocator().buffer(Frame.HEADER_BYTES + 1);
        out.writeShort(Frame.MAGIC).writeByte(flags).writeByte(Frame.OK).writeLong(number).writeInt(1).writeByte(Frame.HEARTBEAT);
        heartbeat.written();
        channel.write(out);
    }

    // ---- the end

    private void giveUp(ProxyFailure why) {
        fate = why;
        broken = true;
        channel.close();
    }

    @Override
    public void closed(String cause) {
        broken = true;
        if (parts != null) {
            parts.release();
            parts = null;
        }
        List.copyOf(calls.values()).forEach(call -> call.fail(fate));
    }
}
