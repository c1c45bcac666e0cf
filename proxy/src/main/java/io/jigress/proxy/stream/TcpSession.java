package io.jigress.proxy.stream;

import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamChannel;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.exchange.Failures;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A connection that carries the bytes of one call as they are, and ends with it. Each direction ends by itself (half-close). Event loop only.
final class TcpSession implements UpstreamSession {
    private static final int SWITCHED = 101;
    private static final ProxyFailure LOST = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, false, "connection_lost");
    private static final ProxyFailure NOT_HTTP = new ProxyFailure(Kind.MISCONFIGURED, Origin.GATEWAY, false, "cluster_is_tcp");

    private enum State {
        /// No call has come yet.
        IDLE,
        /// The sink has not been told that the connection stands.
        OPENED, OPEN,
        /// The call is an HTTP request.
        REFUSED, CLOSED
    }

    private final UpstreamChannel channel;
    private State state = State.IDLE;
    private @Nullable ResponseSink sink;
    private boolean outputEnded;
    /// Whether its end before that of the sending direction is a reset.
    private boolean resets;

    /// The call for which it was made is opened in this turn of the event loop, or its caller has gone: then nobody needs the connection.
    TcpSession(UpstreamChannel channel) {
        this.channel = channel;
        channel.schedule(Duration.ZERO, this::stands);
    }

    @Override
    public int concurrency() {
        return state == State.CLOSED ? 0 : 1;
    }

    @Override
    public int active() {
        return state == State.IDLE || state == State.CLOSED ? 0 : 1;
    }

    @Override
    public UpstreamCall open(RequestHead head, boolean last, ResponseSink to) {
        if (state != State.IDLE) {
            throw new IllegalStateException("the connection has a call or is closed: " + state);
        }
        sink = to;
        resets = head == TcpProtocol.STREAM;
        state = resets || head == TcpProtocol.CHANNEL ? State.OPENED : State.REFUSED;
        return new Call();
    }

    private void stands() {
        switch (state) {
            case IDLE -> {
                state = State.CLOSED;
                channel.close();
            }
            case REFUSED -> {
                fail(NOT_HTTP);
                channel.close();
            }
            case OPENED -> announce();
            case OPEN, CLOSED -> {}
        }
    }

    private void announce() {
        ResponseSink to = sink;
        if (state == State.OPENED && to != null) {
            state = State.OPEN;
            to.switched(ResponseHead.of(SWITCHED, -1));
        }
    }

    private void fail(ProxyFailure failure) {
        ResponseSink told = sink;
        sink = null;
        state = State.CLOSED;
        if (told != null) {
            told.failed(failure);
        }
    }

    // ---- what the peer sends

    @Override
    public void read(ByteBuf bytes) {
        announce();
        ResponseSink to = sink;
        if (state == State.OPEN && to != null) {
            to.body(bytes.readRetainedSlice(bytes.readableBytes()), false);
        } else if (state == State.IDLE) {
            // What a peer says to nobody cannot be kept for the next call.
            state = State.CLOSED;
            channel.close();
        }
    }

    @Override
    public void writable() {
        ResponseSink to = sink;
        if (to != null && !outputEnded) {
            to.writable();
        }
    }

    @Override
    public boolean inputEnded() {
        announce();
        ResponseSink to = sink;
        if (state != State.OPEN || to == null) {
            return false;
        }
        to.body(Unpooled.EMPTY_BUFFER, true);
        return state == State.OPEN && !outputEnded;
    }

    @Override
    public void closed(String cause) {
        fail(cause.equals(OUT_OF_MEMORY) ? Failures.NO_MEMORY : LOST);
    }

    // ---- what the caller sends

    private void send(ByteBuf data, boolean last) {
        if (sink == null || outputEnded || state == State.REFUSED) {
            data.release();
            return;
        }
        if (data.isReadable()) {
            channel.write(data);
            channel.flush();
        } else {
            data.release();
        }
        if (last) {
            outputEnded = true;
            channel.shutdownOutput();
        }
    }

    private void cancel() {
        if (sink == null) {
            return;
        }
        sink = null;
        state = State.CLOSED;
        if (outputEnded) {
            channel.close();
        } else if (resets) {
            outputEnded = true;
            channel.reset();
        } else {
            outputEnded = true;
            channel.shutdownOutput();
            channel.close();
        }
    }

    private final class Call implements UpstreamCall {
        @Override
        public void body(ByteBuf data, boolean last) {
            send(data, last);
        }

        @Override
        public void trailers(Headers trailers) {
            send(Unpooled.EMPTY_BUFFER, true);
        }

        @Override
        public boolean writable() {
            return channel.writable();
        }

        @Override
        public long untaken() {
            return channel.untaken();
        }

        @Override
        public void reading(boolean on) {
            if (sink != null) {
                channel.reading(on);
            }
        }

        @Override
        public void cancel() {
            TcpSession.this.cancel();
        }
    }
}
