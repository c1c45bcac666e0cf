package io.jigress.proxy.http1;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.HttpExchange;
import io.jigress.proxy.exchange.Peer;
import io.jigress.proxy.http.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// Reads requests off a client's connection, one after another, and gives each to an exchange of its own. While a request is in flight,
/// those that follow it stay unread in the [ReadPause]. Event loop only.
final class Http1RequestReader {
    private static final ProxyFailure CONNECT = new ProxyFailure(Kind.METHOD_NOT_ALLOWED, Origin.CLIENT, false,
            "connect_refused");

    /// There is an exchange in BODY, RESPONDING and TUNNEL, and a head from HEAD until the exchange is over.
    enum State {
        IDLE,
        /// A head is being read.
        HEAD,
        /// A request's body is being read.
        BODY,
        /// The exchange is over; the rest of its request's body is read and dropped.
        DISCARDING,
        /// The request has been read, its response is not complete.
        RESPONDING,
        /// Bytes pass as they come, both ways.
        TUNNEL,
        /// The sending direction is being ended; what still comes is dropped.
        LINGERING,
        /// Closed, or about to be.
        CLOSED
    }

    private final ExchangeContext context;
    private final Http1ServerConnection connection;
    private final Channel channel;
    private final Http1ClientStream stream;
    private final BodyDecoder decoder;
    private final ReadPause pause;
    private final ConnectionTimer timer;
    private @Nullable Peer peer;

    private State state = State.IDLE;
    private @Nullable HttpExchange exchange;
    /// Bytes dropped of the request's body.
    private long discarded;
    /// Whether [#process] is on the stack: then it goes on by itself with what is left.
    private boolean processing;

    /// @param heads of the channel's event loop
    Http1RequestReader(ExchangeContext context, HeadPool heads, Http1ServerConnection connection, Channel channel,
            Http1ClientStream stream, ReadPause pause, ConnectionTimer timer) {
        this.context = context;
        this.connection = connection;
        this.channel = channel;
        this.stream = stream;
        this.decoder = new BodyDecoder(heads);
        this.pause = pause;
        this.timer = timer;
    }

    void from(Peer client) {
        peer = client;
    }

    State state() {
        return state;
    }

    /// The connection leaves HTTP, or ends.
    void state(State next) {
        state = next;
    }

    boolean isProcessing() { return processing; }

    /// The exchange in flight.
    ///
    /// @throws IllegalStateException when there is none
    HttpExchange exchange() {
        HttpExchange current = exchange;
        if (current == null) {
            throw new IllegalStateException("no exchange in state " + state);
        }
        return current;
    }

    /// The exchange in flight, if there is one.
    @Nullable HttpExchange current() {
        return exchange;
    }

    /// The exchange is over.
    void forgetExchange() {
        exchange = null;
    }

    /// The connection is gone.
    void release() {
        stream.releaseHead();
        decoder.reset();
        pause.releaseUnread();
    }

    /// Bytes have come; takes ownership.
    void read(ByteBuf in) {
        if (state == State.TUNNEL) {
            stream.received(in.readableBytes());
            exchange().requestBody(in, false);
        } else if (!pause.append(in)) {
            process(in);
        }
    }

    private Frontend frontend() {
        return connection.frontend();
    }

    /// Takes ownership.
    private void process(ByteBuf in) {
        processing = true;
        try {
            while (in.isReadable() && step(in)) {
                // each step takes bytes or changes the state
            }
        } catch (OutOfMemoryError e) {
            in.release();
            connection.outOfMemory(e);
            return;
        } catch (RuntimeException | Error e) {
            in.release();
            connection.bug(e);
            return;
        } finally {
            processing = false;
        }
        if (!in.isReadable()) {
            in.release();
            return;
        }
        switch (state) {
            case IDLE, BODY, DISCARDING, RESPONDING -> pause.begin(in);
            case TUNNEL -> exchange().requestBody(in, false);
            case HEAD, LINGERING, CLOSED -> in.release();
        }
    }

    private boolean step(ByteBuf in) {
        return switch (state) {
            case IDLE -> {
                if (!channel.isWritable()) {
                    // A client that does not read its responses gets no more of them: small ones would pile up without limit.
                    yield false;
                }
                stream.begin(frontend().settings().heads(), context.loop().nanoTime());
                state = State.HEAD;
                yield true;
            }
            case HEAD -> head(in);
            case BODY -> !pause.isOn() && body(in, exchange());
            case DISCARDING -> discard(in);
            case LINGERING -> {
                in.skipBytes(in.readableBytes());
                yield false;
            }
            case RESPONDING, TUNNEL, CLOSED -> false;
        };
    }

    private boolean head(ByteBuf in) {
        return switch (stream.read(in)) {
            case NEED_MORE -> {
                timer.startAt(stream.startNanos() + connection.timeouts().head().toNanos());
                yield false;
            }
            case REFUSED -> {
                connection.refuse(stream.head().fault().ofClient());
                yield false;
            }
            case COMPLETE -> {
                if (stream.head().isConnect()) {
                    connection.refuse(CONNECT);
                    yield false;
                }
                begin(stream.head());
                yield true;
            }
        };
    }

    private void begin(Http1RequestHead request) {
        timer.stop();
        stream.persistent(request.keepAlive());
        long framing = request.framing();
        // What follows an upgrade request without a body is the new protocol's, if the upstream agrees.
        boolean last = framing == Framing.NONE || framing == 0;
        if (last) {
            state = State.RESPONDING;
        } else {
            state = State.BODY;
            decoder.start(framing, frontend().settings().heads());
        }
        Peer by = peer;
        if (by == null) {
            throw new IllegalStateException("no peer yet");
        }
        HttpExchange next = context.take();
        exchange = next;
        next.begin(stream, frontend(), by, request, last, stream.startNanos());
    }

    private boolean body(ByteBuf in, HttpExchange current) {
        int before = in.readerIndex();
        BodyStep found = decoder.decode(in);
        switch (found) {
            case DATA -> {
                boolean last = decoder.ended();
                if (last) {
                    state = State.RESPONDING;
                }
                ByteBuf data = in.readRetainedSlice(decoder.dataLength());
                stream.received(in.readerIndex() - before);
                current.requestBody(data, last);
                return true;
            }
            case NEED_MORE -> {}
            case TRAILERS -> {
                state = State.RESPONDING;
                current.requestTrailers(decoder.trailers());
            }
            case END -> {
                state = State.RESPONDING;
                current.requestBody(Unpooled.EMPTY_BUFFER, true);
            }
            case REFUSED -> {
                stream.persistent(false);
                current.requestFailed(decoder.fault().ofClient());
                return false;
            }
        }
        stream.received(in.readerIndex() - before);
        return found != BodyStep.NEED_MORE;
    }

    private boolean discard(ByteBuf in) {
        switch (decoder.decode(in)) {
            case DATA -> {
                in.skipBytes(decoder.dataLength());
                discarded += decoder.dataLength();
                if (discarded > Http1ClientStream.DISCARDED_BYTES) {
                    connection.linger();
                    return false;
                }
                if (decoder.ended()) {
                    idle();
                }
            }
            case NEED_MORE -> {
                return false;
            }
            case TRAILERS, END -> idle();
            case REFUSED -> {
                connection.linger();
                return false;
            }
        }
        return true;
    }

    private void idle() {
        state = State.IDLE;
        decoder.reset();
        connection.idle();
    }

    /// The exchange is over and the connection can be used again: reads the next request.
    void next() {
        if (state == State.BODY) {
            state = State.DISCARDING;
            discarded = 0;
            timer.start(connection.timeouts().idle());
        } else {
            idle();
        }
        if (processing) {
            return;
        }
        if (pause.hasUnread()) {
            // From the loop's queue: a long pipeline must not grow the stack.
            channel.eventLoop().execute(this::resumeUnlessBusy);
        } else {
            pause.end();
            connection.endOfInput();
        }
    }

    private void resumeUnlessBusy() {
        if (state == State.IDLE || state == State.DISCARDING) {
            resume();
        }
    }

    /// The exchange takes more of the request, or no more for now.
    void reading(boolean on) {
        if (state == State.CLOSED) {
            return;
        }
        if (!on) {
            pause.begin();
            return;
        }
        pause.end();
        if (!processing) {
            resume();
        }
    }

    /// Goes on with what was left unread.
    void resume() {
        ByteBuf more = pause.take();
        if (more != null) {
            pause.end();
            process(more);
            connection.endOfInput();
        }
    }

    /// What has arrived behind the request belongs to the tunnel.
    void resumeAsTunnel() {
        ByteBuf more = pause.take();
        pause.end();
        if (more != null) {
            exchange().requestBody(more, false);
        }
        connection.endOfInput();
    }
}
