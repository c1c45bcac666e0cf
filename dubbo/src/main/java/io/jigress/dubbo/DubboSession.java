package io.jigress.dubbo;

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
import io.jigress.dubbo.mapping.Answer;
import io.jigress.dubbo.mapping.CompiledService;
import io.jigress.dubbo.mapping.HttpCall;
import io.jigress.dubbo.wire.Frame;
import io.jigress.dubbo.wire.Reply;
import io.jigress.dubbo.wire.ReplyReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One connection to a provider. It carries many calls, which are identified by number and answered in any order.
final class DubboSession implements UpstreamSession {
    private static final HeaderName EXPECT = HeaderName.of("expect");
    private static final HeaderName CONTENT_TYPE = HeaderName.of("content-type");
    private static final byte[] NO_BODY = {};
    /// A message that belongs to no call is skipped if it is at most this many times as long as the longest message that is read; a longer one
    /// ends the connection.
    private static final int SKIPPED_FRAMES = 8;
    /// The least interval between two checks for late calls.
    private static final long LEAST_WATCH_NANOS = Duration.ofMillis(10).toNanos();

    private static final ProxyFailure TOO_LARGE = new ProxyFailure(Kind.BODY_TOO_LARGE, Origin.CLIENT, false,
            "request_over_frame");
    private static final ProxyFailure RESPONSE_TOO_LARGE = bad("response_over_frame");
    private static final ProxyFailure OTHER_SERIALIZATION = bad("other_serialization");
    private static final ProxyFailure MALFORMED = bad("malformed_response");
    private static final ProxyFailure NO_FRAME = bad("no_frame");
    private static final ProxyFailure LOST = reset("connection_lost");
    private static final ProxyFailure SILENT = reset("no_heartbeat");

    private final DubboProtocol protocol;
    private final UpstreamChannel channel;
    private final AtomicReference<@Nullable CompiledService> service;
    private final Map<Long, Call> calls = new HashMap<>();
    private final ByteBuf header = Unpooled.buffer(Frame.HEADER, Frame.HEADER);
    private final Heartbeat heartbeat;
    private ProxyFailure fate = LOST;
    private long lastCall;
    private boolean readOnly;
    private boolean broken;
    private boolean changed;
    /// Whether a check for late calls is scheduled.
    private boolean watching;

    /// The message being received, once its header is complete.
    private @Nullable Frame frame;
    private int left;
    /// Null while the body is not needed.
    private @Nullable ByteBuf received;

    DubboSession(DubboProtocol protocol, UpstreamChannel channel) {
        this.protocol = protocol;
        this.channel = channel;
        service = protocol.services().place(protocol.service());
        heartbeat = Heartbeat.begin(channel, protocol.heartbeat(), () -> heartbeat(true, ++lastCall), () -> giveUp(SILENT));
    }

    private static ProxyFailure bad(String detail) {
        return new ProxyFailure(Kind.UPSTREAM_BAD_RESPONSE, Origin.UPSTREAM, false, detail);
    }

    private static ProxyFailure reset(String detail) {
        return new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, true, detail);
    }

    @Override
    public int concurrency() {
        return readOnly || broken ? 0 : protocol.limits().concurrency();
    }

    @Override
    public int active() {
        return calls.size();
    }

    // ---- requests

    @Override
    public UpstreamCall open(RequestHead head, boolean last, ResponseSink sink) {
        Call call = new Call(++lastCall, head, sink);
        calls.put(call.number, call);
        call.begin(last);
        return call;
    }

    /// A request whose body is collected, since its JSON must be complete, and which then waits for its response.
    private final class Call implements UpstreamCall {
        private final long number;
        private final RequestHead head;
        private final boolean headOnly;
        private final ResponseSink sink;
        private @Nullable HttpCall mapped;
        private @Nullable ByteBuf body;
        private boolean sent;
        private boolean timed;
        private long deadline;

        Call(long number, RequestHead head, ResponseSink sink) {
            this.number = number;
            this.head = head;
            this.headOnly = head.method().equals("HEAD");
            this.sink = sink;
        }

        void begin(boolean last) {
            switch (HttpCall.begin(service.get(), head)) {
                case HttpCall.Refused refused -> later(() -> answer(refused.answer()));
                case HttpCall.Begun begun -> {
                    mapped = begun.call();
                    if (head.contentLength() > protocol.limits().frameBytes()) {
                        refuse();
                    } else if (last) {
                        send();
                    } else if (head.headers().equal(EXPECT, "100-continue")) {
                        // Nothing else requests the body.
                        later(() -> sink.informational(ResponseHead.of(100, 0)));
                    }
                }
            }
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            HttpCall call = mapped;
            if (call == null || sent) {
                data.release();
                return;
            }
            int length = data.readableBytes() + (body == null ? 0 : body.readableBytes());
            if (length > protocol.limits().frameBytes()) {
                data.release();
                refuse();
                return;
            }
            if (call.readsBody()) {
                keep(data);
            } else {
                data.release();
            }
            if (last) {
                send();
                channel.flush();
            }
        }

        private void keep(ByteBuf data) {
            try {
                if (body == null) {
                    body = channel.allocator().buffer(data.readableBytes());
                }
                body.writeBytes(data);
            } finally {
                data.release();
            }
        }

        @Override
        public void trailers(Headers trailers) {
            // A call cannot carry trailers.
            body(Unpooled.EMPTY_BUFFER, true);
        }

        private void send() {
            HttpCall call = mapped;
            if (call == null) {
                return;
            }
            byte[] json = body == null ? NO_BODY : ByteBufUtil.getBytes(body);
            drop();
            sent = true;
            ByteBuf out = channel.allocator().buffer();
            boolean handed = false;
            try {
                out.writeZero(Frame.HEADER);
                Answer refused = call.write(head, json, protocol.limits().json(), out);
                int length = out.readableBytes() - Frame.HEADER;
                if (refused != null) {
                    later(() -> answer(refused));
                } else if (length > protocol.limits().frameBytes()) {
                    refuse();
                } else {
                    new Frame(true, false, true, Frame.HESSIAN2, 0, number, length).write(out, 0);
                    handed = true;
                    write(out);
                    time(call.timeout());
                }
            } finally {
                if (!handed) {
                    out.release();
                }
            }
        }

        private void time(@Nullable Duration timeout) {
            if (timeout != null) {
                timed = true;
                deadline = channel.nanoTime() + timeout.toNanos();
                watch(timeout.toNanos());
            }
        }

        private void refuse() {
            sent = true;
            drop();
            later(() -> fail(TOO_LARGE));
        }

        /// Results must not be delivered from within `open` or a method of the call.
        private void later(Runnable task) {
            channel.schedule(Duration.ZERO, () -> {
                if (calls.get(number) == this) {
                    task.run();
                    channel.changed();
                }
            });
        }

        private void fail(ProxyFailure failure) {
            if (end()) {
                sink.failed(failure);
                changed = true;
            }
        }

        /// Takes ownership of the body.
        void respond(Frame from, ByteBuf reply) {
            try {
                HttpCall call = mapped;
                if (call == null || from.serialization() != Frame.HESSIAN2) {
                    fail(OTHER_SERIALIZATION);
                    return;
                }
                Reply read = ReplyReader.read(from.status(), reply, protocol.limits().hessian());
                if (read instanceof Reply.Malformed) {
                    fail(MALFORMED);
                    return;
                }
                answer(call.answer(read, protocol.limits().hessian(), protocol.limits().responseChars()));
            } finally {
                reply.release();
            }
        }

        private void answer(Answer answer) {
            byte[] json = answer.json().getBytes(StandardCharsets.UTF_8);
            ResponseHead response = ResponseHead.of(answer.status(), json.length);
            if (json.length > 0) {
                response.headers().add(CONTENT_TYPE, "application/json");
            }
            answer.headers().forEach((name, value) -> response.headers().add(HeaderName.of(name), value));
            changed = true;
            if (headOnly || json.length == 0) {
                if (end()) {
                    sink.head(response, true);
                }
                return;
            }
            sink.head(response, false);
            // The receiver may have cancelled the call.
            if (end()) {
                sink.body(channel.allocator().buffer(json.length).writeBytes(json), true);
            }
        }

        /// False when the call had ended already.
        private boolean end() {
            drop();
            return calls.remove(number, this);
        }

        private void drop() {
            if (body != null) {
                body.release();
                body = null;
            }
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void reading(boolean on) {
            // A response is one message: when it has arrived there is nothing left to pause.
        }

        @Override
        public void cancel() {
            if (end()) {
                channel.changed();
            }
        }
    }

    private void write(ByteBuf out) {
        heartbeat.written();
        channel.write(out);
    }

    // ---- timeouts

    /// Checks all calls in one task, since a timer for each would take more time than the call.
    private void watch(long nanos) {
        if (!watching) {
            watching = true;
            channel.schedule(Duration.ofNanos(Math.max(nanos, LEAST_WATCH_NANOS)), this::endLate);
        }
    }

    private void endLate() {
        watching = false;
        long now = channel.nanoTime();
        long next = Long.MAX_VALUE;
        List<Call> late = new ArrayList<>();
        for (Call call : calls.values()) {
            if (call.timed && call.deadline - now <= 0) {
                late.add(call);
            } else if (call.timed) {
                next = Math.min(next, call.deadline - now);
            }
        }
        if (next != Long.MAX_VALUE) {
            watch(next);
        }
        late.forEach(call -> call.answer(HttpCall.late()));
        if (!late.isEmpty()) {
            readComplete();
        }
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
        int most = protocol.limits().frameBytes();
        if (begun == null || begun.length() > (long) SKIPPED_FRAMES * most) {
            giveUp(NO_FRAME);
            return null;
        }
        frame = begun;
        left = begun.length();
        Call call = begun.request() || begun.event() ? null : calls.get(begun.id());
        if (call != null && left > most) {
            call.fail(RESPONSE_TOO_LARGE);
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
        Call call = calls.get(from.id());
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
            changed = true;
        }
        if (from.twoWay()) {
            heartbeat(false, from.id());
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
        if (!calls.isEmpty()) {
            List.copyOf(calls.values()).forEach(call -> call.fail(fate));
            channel.changed();
        }
    }
}
