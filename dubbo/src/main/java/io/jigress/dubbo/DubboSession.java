package io.jigress.dubbo;

import io.jigress.api.Heartbeat;
import io.jigress.api.ProxyFailure;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamSession;
import io.jigress.dubbo.mapping.Answer;
import io.jigress.dubbo.mapping.HttpCall;
import io.jigress.dubbo.wire.Frame;
import io.jigress.dubbo.wire.Reply;
import io.jigress.dubbo.wire.ReplyReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One connection to a provider. It carries many calls, which are identified by number and answered in any order.
final class DubboSession implements UpstreamSession {
    /// A message that belongs to no call is skipped if it is at most this many times as long as the longest message that is read; a longer one
    /// ends the connection.
    private static final int SKIPPED_FRAMES = 8;
    private static final ProxyFailure NO_FRAME = MappedCall.badResponse("no_frame");
    private static final ProxyFailure SILENT = MappedCall.reset("no_heartbeat");

    private final UpstreamChannel channel;
    private final OpenCalls<Call> calls;
    private final ByteBuf header = Unpooled.buffer(Frame.HEADER, Frame.HEADER);
    private final Heartbeat heartbeat;
    private ProxyFailure fate = MappedCall.LOST;
    private long lastCall;
    private boolean readOnly;
    private boolean broken;

    /// The message being received, once its header is complete.
    private @Nullable Frame frame;
    private int left;
    /// Null while the body is not needed.
    private @Nullable ByteBuf received;

    DubboSession(DubboProtocol protocol, UpstreamChannel channel) {
        this.channel = channel;
        calls = new OpenCalls<>(channel, protocol.limits(), protocol.services().place(protocol.service()));
        heartbeat = Heartbeat.begin(channel, protocol.heartbeat(), () -> heartbeat(true, ++lastCall), () -> giveUp(SILENT));
    }

    @Override
    public int concurrency() {
        return readOnly || broken ? 0 : calls.limits().concurrency();
    }

    @Override
    public int active() {
        return calls.size();
    }

    // ---- requests

    @Override
    public UpstreamCall open(RequestHead head, boolean last, ResponseSink sink) {
        Call call = new Call(++lastCall, head, sink);
        calls.add(call);
        call.begin(last);
        return call;
    }

    private final class Call extends MappedCall {
        Call(long number, RequestHead head, ResponseSink sink) {
            super(calls, number, head, sink);
        }

        @Override
        void send(HttpCall call, RequestHead request, byte[] json) {
            ByteBuf out = channel.allocator().buffer();
            boolean handed = false;
            try {
                out.writeZero(Frame.HEADER);
                Answer refused = call.write(request, json, calls.limits().json(), out);
                int length = out.readableBytes() - Frame.HEADER;
                if (refused != null) {
                    later(() -> answer(refused));
                } else if (length > calls.limits().frameBytes()) {
                    refuse();
                } else {
                    new Frame(true, false, true, Frame.HESSIAN2, 0, number(), length).write(out, 0);
                    handed = true;
                    write(out);
                    Duration timeout = call.timeout();
                    if (timeout != null) {
                        calls.time(this, timeout);
                    }
                }
            } finally {
                if (!handed) {
                    out.release();
                }
            }
        }

        /// Takes ownership of the body.
        void respond(Frame from, ByteBuf reply) {
            try {
                HttpCall call = mapped();
                if (call == null || from.serialization() != Frame.HESSIAN2) {
                    fail(OTHER_SERIALIZATION);
                    return;
                }
                Reply read = ReplyReader.read(from.status(), reply, calls.limits().hessian());
                if (read instanceof Reply.Malformed) {
                    fail(MALFORMED);
                    return;
                }
                answer(call.answer(read, calls.limits().hessian(), calls.limits().responseChars()));
            } finally {
                reply.release();
            }
        }

        @Override
        void ended() {
            // A late response is skipped by its number.
        }
    }

    private void write(ByteBuf out) {
        heartbeat.written();
        channel.write(out);
    }

    // ---- frames

    @Override
    public void read(ByteBuf bytes) {
        heartbeat.received();
        while (bytes.isReadable() && !broken) {
            Frame current = frame;
            if (current == null) {
                bytes.readBytes(header, Math.min(header.writableBytes(), bytes.readableBytes()));
                if (header.isWritable()) {
                    return;
                }
                current = begin();
                if (current == null) {
                    return;
                }
            }
            int length = Math.min(left, bytes.readableBytes());
            left -= length;
            if (received == null) {
                bytes.skipBytes(length);
            } else {
                received.writeBytes(bytes, length);
            }
            if (left == 0) {
                frame = null;
                ByteBuf body = received;
                received = null;
                if (body != null) {
                    complete(current, body);
                }
            }
        }
    }

    /// Null when this is not a frame, or one that is too long to be skipped.
    private @Nullable Frame begin() {
        Frame begun = Frame.read(header, 0);
        header.clear();
        int most = calls.limits().frameBytes();
        if (begun == null || begun.length() > (long) SKIPPED_FRAMES * most) {
            giveUp(NO_FRAME);
            return null;
        }
        frame = begun;
        left = begun.length();
        Call call = begun.request() || begun.event() ? null : calls.find(begun.id());
        if (call != null && left > most) {
            call.fail(MappedCall.RESPONSE_TOO_LARGE);
        } else if (left <= most && (call != null || begun.event())) {
            // Allocate for the bytes received, not for the announced length.
            received = channel.allocator().buffer(Math.min(left, 4_096), left);
        }
        return begun;
    }

    private void complete(Frame from, ByteBuf body) {
        if (from.event()) {
            event(from, body);
            return;
        }
        Call call = calls.find(from.id());
        if (call == null) {
            body.release();
        } else {
            call.respond(from, body);
        }
    }

    private void event(Frame from, ByteBuf body) {
        String word = from.request() ? ReplyReader.event(body) : null;
        body.release();
        if (!from.request()) {
            return;
        }
        if (Frame.READ_ONLY.equals(word) || Frame.WRITABLE.equals(word)) {
            readOnly = Frame.READ_ONLY.equals(word);
            calls.changed();
        }
        // A peer that asks and does not read gets no more answers than the send queue takes.
        if (from.twoWay() && channel.writable()) {
            heartbeat(false, from.id());
        }
    }

    @Override
    public void readComplete() {
        calls.tellChanges();
    }

    // ---- heartbeats

    private void heartbeat(boolean question, long id) {
        ByteBuf out = channel.allocator().buffer(Frame.HEADER + 1);
        Frame.writeHeartbeat(out, question, id);
        write(out);
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
        if (received != null) {
            received.release();
            received = null;
        }
        calls.all().forEach(call -> call.fail(fate));
        calls.tellChanges();
    }
}
