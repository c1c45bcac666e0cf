package io.jigress.proxy.http1;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.ProxySettings;
import io.jigress.proxy.exchange.ClientStream;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.HttpExchange;
import io.jigress.proxy.exchange.LocalHead;
import io.jigress.proxy.exchange.Peer;
import io.jigress.proxy.exchange.Replies;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.loop.BufferOwner;
import io.jigress.proxy.loop.SendQueue;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.telemetry.AccessRecord;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client's HTTP/1 connection: requests one after another, answered in order. While one is under way, what follows it waits unread.
///
/// Idle, it holds neither head nor exchange nor buffer. Event loop only.
public final class Http1ServerConnection extends ChannelInboundHandlerAdapter implements ClientStream, BufferOwner {
    private static final Logger LOG = LoggerFactory.getLogger(Http1ServerConnection.class);
    private static final HeaderName EXPECT = HeaderName.of("expect");
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    /// How much of an unwanted request body is read and dropped for the connection's sake.
    private static final long DISCARDED_BYTES = 256 * 1024;
    private static final long LINGER_NANOS = 2_000_000_000L;
    private static final ProxyFailure SLOW_HEAD = new ProxyFailure(Kind.REQUEST_TIMEOUT, Origin.CLIENT, false, "slow_header");
    private static final ProxyFailure CONNECT = new ProxyFailure(Kind.METHOD_NOT_ALLOWED, Origin.CLIENT, false,
            "connect_refused");

    private enum State {
        IDLE, HEAD, BODY, ANSWERING, TUNNEL, LINGERING, CLOSED
    }

    private final ExchangeContext context;
    private Frontend frontend;
    private final BodyDecoder decoder;
    private final Http1ResponseWriter writer = new Http1ResponseWriter();
    private final ConnectionTimeout timeout = new ConnectionTimeout();
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable Peer peer;

    private State state = State.IDLE;
    private @Nullable Http1RequestHead head;
    private @Nullable HttpExchange exchange;
    private @Nullable ByteBuf pending;
    private long startNanos;
    private long received;
    private long discarded;
    /// What the client had not taken when somebody looked last; without limit when nobody has.
    private long left;
    private boolean keepAlive;
    private boolean continued;
    private boolean processing;
    private boolean paused;
    /// The client has ended its sending direction (FIN).
    private boolean inputEnded;
    private boolean outputEnded;

    public Http1ServerConnection(ExchangeContext context, Frontend frontend) {
        this.context = context;
        this.frontend = frontend;
        this.decoder = new BodyDecoder(context.loop().heads());
    }

    // ---- the channel

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        this.ctx = ctx;
        writer.attach(ctx);
        SendQueue.bound(ctx.channel());
        context.loop().memory().add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        context.loop().memory().remove(this);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context.loop().metrics().connectionsAccepted++;
        peer = new Peer(((InetSocketAddress) ctx.channel().remoteAddress()).getAddress(), frontend.proxies());
        context.loop().timers().set(timeout, context.loop().nanoTime() + timeouts().head().toNanos());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (state == State.TUNNEL) {
            received += in.readableBytes();
            HttpExchange current = exchange;
            if (current != null) {
                current.requestBody(in, false);
            } else {
                in.release();
            }
            return;
        }
        ByteBuf before = pending;
        if (before != null) {
            CompositeByteBuf both = before instanceof CompositeByteBuf composite
                    ? composite
                    : before.alloc().compositeBuffer(Integer.MAX_VALUE).addComponent(true, before);
            pending = both.addComponent(true, in);
            return;
        }
        process(in);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        writer.readComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        HttpExchange current = exchange;
        if (!ctx.channel().isWritable()) {
            context.loop().memory().queueIsFull();
            return;
        }
        if (current != null) {
            current.clientWritable();
        } else if (state == State.IDLE && !processing) {
            resume();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context.loop().metrics().connectionsClosed++;
        state = State.CLOSED;
        context.loop().timers().remove(timeout);
        HttpExchange current = exchange;
        exchange = null;
        if (current != null) {
            current.clientGone();
        }
        releaseHead();
        decoder.reset();
        pending = release(pending);
        writer.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Frontend.Event.DRAINING && frontend.draining() && state == State.IDLE) {
            rest(frontend.settings().connections().quiet());
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            checkEnd();
        }
    }

    /// Acts on the client's FIN once all that came before it has been read.
    private void checkEnd() {
        if (pending != null || processing) {
            return;
        }
        HttpExchange current = exchange;
        switch (state) {
            case HEAD -> ctx().close();
            case IDLE -> {
                if (unsent() > 0) {
                    linger();
                } else {
                    ctx().close();
                }
            }
            case BODY -> {
                if (current == null) {
                    linger();
                } else {
                    ctx().close();
                }
            }
            case ANSWERING -> {
                if (current != null && !current.clientEnded()) {
                    ctx().close();
                }
            }
            case TUNNEL -> {
                if (current != null) {
                    current.requestBody(Unpooled.EMPTY_BUFFER, true);
                }
            }
            case LINGERING -> {
                if (outputEnded) {
                    ctx().close();
                }
            }
            case CLOSED -> {}
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof OutOfMemoryError error) {
            outOfMemory(error);
            return;
        }
        if (!(cause instanceof IOException)) {
            LOG.error("a bug: the connection of {} is closed", peer == null ? "-" : peer.text(), cause);
        }
        // A reset connection, as a rule; what it means for the exchange is said by channelInactive.
        ctx.close();
    }

    /// `memory.direct` is used up: whoever wants more of it pays for that, the others go on.
    private void outOfMemory(OutOfMemoryError error) {
        context.loop().metrics().outOfMemory(error);
        keepAlive = false;
        HttpExchange current = exchange;
        if (current != null) {
            current.requestFailed(Http1Session.NO_MEMORY);
        }
        if (state != State.LINGERING) {
            ctx().close();
        }
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext known = ctx;
        if (known == null) {
            throw new IllegalStateException("no channel yet");
        }
        return known;
    }

    private ProxySettings.ClientTimeouts timeouts() {
        return frontend.settings().timeouts();
    }

    // ---- BufferOwner

    @Override
    public Channel channel() {
        return ctx().channel();
    }

    @Override
    public int queueBytes() {
        return frontend.settings().connections().queues().bytes();
    }

    @Override
    public long held() {
        HttpExchange current = exchange;
        ByteBuf unread = pending;
        return BufferOwner.unsent(channel()) + (unread == null ? 0 : unread.readableBytes())
                + (current == null ? 0 : current.held());
    }

    @Override
    public void shed() {
        keepAlive = false;
        boolean lingering = state == State.LINGERING;
        HttpExchange current = exchange;
        if (current != null) {
            current.requestFailed(Http1Session.NO_MEMORY);
        }
        if (lingering || state != State.LINGERING) {
            ctx().close();
        }
    }

    // ---- requests

    /// Takes ownership.
    private void process(ByteBuf in) {
        processing = true;
        try {
            while (in.isReadable() && step(in)) {
                // each step takes bytes or changes the state
            }
        } catch (OutOfMemoryError e) {
            in.release();
            outOfMemory(e);
            return;
        } catch (RuntimeException | Error e) {
            LOG.error("a bug: the connection of {} is closed", peer == null ? "-" : peer.text(), e);
            in.release();
            ctx().close();
            return;
        } finally {
            processing = false;
        }
        if (in.isReadable()
                && (state == State.IDLE || state == State.ANSWERING || state == State.BODY || state == State.TUNNEL)) {
            if (state == State.TUNNEL && exchange != null) {
                exchange.requestBody(in, false);
                return;
            }
            pending = in;
            pause(true);
        } else {
            in.release();
        }
    }

    private boolean step(ByteBuf in) {
        return switch (state) {
            case IDLE -> {
                if (!writable()) {
                    // Who does not take a response gets no other, or small ones would pile up without limit.
                    yield false;
                }
                startNanos = context.loop().nanoTime();
                received = 0;
                writer.begin();
                head = context.loop().heads().request(frontend.settings().heads(), "http");
                state = State.HEAD;
                yield true;
            }
            case HEAD -> head(in);
            case BODY -> body(in);
            case LINGERING -> {
                in.skipBytes(in.readableBytes());
                yield false;
            }
            case ANSWERING, TUNNEL, CLOSED -> false;
        };
    }

    private boolean head(ByteBuf in) {
        Http1RequestHead reading = head;
        if (reading == null) {
            throw new IllegalStateException("no head is being read");
        }
        int before = in.readerIndex();
        HeadState progress = reading.append(in);
        received += in.readerIndex() - before;
        return switch (progress) {
            case NEED_MORE -> {
                context.loop().timers().set(timeout, startNanos + timeouts().head().toNanos());
                yield false;
            }
            case REFUSED -> {
                refuse(reading.fault().ofClient());
                yield false;
            }
            case COMPLETE -> {
                if (reading.isConnect()) {
                    refuse(CONNECT);
                    yield false;
                }
                begin(reading);
                yield true;
            }
        };
    }

    private void begin(Http1RequestHead request) {
        context.loop().timers().clear(timeout);
        keepAlive = request.keepAlive();
        long declared = request.framing();
        boolean last = declared == Framing.NONE || declared == 0;
        if (request.upgrade() && last) {
            // What follows an upgrade request is the new protocol's, if the upstream agrees.
            state = State.ANSWERING;
        } else if (last) {
            state = State.ANSWERING;
        } else {
            state = State.BODY;
            discarded = 0;
            continued = false;
            decoder.start(declared, frontend.settings().heads());
        }
        HttpExchange next = context.take();
        exchange = next;
        Peer by = peer;
        if (by == null) {
            throw new IllegalStateException("no peer yet");
        }
        next.begin(this, frontend, by, request, last, startNanos);
    }

    private boolean body(ByteBuf in) {
        if (paused && exchange != null) {
            return false;
        }
        int before = in.readerIndex();
        BodyStep found = decoder.decode(in);
        HttpExchange current = exchange;
        switch (found) {
            case DATA -> {
                int length = decoder.dataLength();
                boolean last = decoder.ended();
                if (current == null) {
                    in.skipBytes(length);
                    discarded += length;
                    if (discarded > DISCARDED_BYTES) {
                        linger();
                        return false;
                    }
                } else {
                    if (last) {
                        state = State.ANSWERING;
                    }
                    ByteBuf data = in.readRetainedSlice(length);
                    received += in.readerIndex() - before;
                    current.requestBody(data, last);
                    return true;
                }
                if (last) {
                    idle();
                }
            }
            case NEED_MORE -> {
                received += in.readerIndex() - before;
                return false;
            }
            case TRAILERS, END -> {
                state = State.ANSWERING;
                if (current == null) {
                    idle();
                } else if (found == BodyStep.TRAILERS) {
                    current.requestTrailers(decoder.trailers());
                } else {
                    current.requestBody(Unpooled.EMPTY_BUFFER, true);
                }
            }
            case REFUSED -> {
                keepAlive = false;
                if (current == null) {
                    linger();
                } else {
                    current.requestFailed(decoder.fault().ofClient());
                }
                return false;
            }
        }
        received += in.readerIndex() - before;
        return true;
    }

    /// Answers what is no request, records it, and closes.
    private void refuse(ProxyFailure failure) {
        context.loop().timers().clear(timeout);
        AccessRecord record = new AccessRecord();
        record.begin(startNanos, System.currentTimeMillis());
        Peer by = peer;
        if (by != null) {
            record.client(by.text());
        }
        record.failure(failure);
        String id = context.newRequestId();
        record.requestId(id);
        LocalReply reply = Replies.refusal(failure, frontend.errorPage(), id);
        record.status(reply.status());
        releaseHead();
        keepAlive = false;
        writer.head(LocalHead.of(reply, context.date()), reply.body().length, ConnectionField.CLOSE, false);
        writer.body(Unpooled.wrappedBuffer(reply.body()), true);
        record.bytesReceived(received);
        record.bytesSent(writer.sent());
        record.end(context.loop().nanoTime());
        context.loop().metrics().exchange(context.loop().metrics().route("-"), record);
        context.loop().accessLog().write(record);
        linger();
    }

    /// The connection is free for the next request.
    private void idle() {
        state = State.IDLE;
        decoder.reset();
        left = Long.MAX_VALUE;
        rest(frontend.draining() ? frontend.settings().connections().quiet() : timeouts().idle());
    }

    private void rest(Duration longest) {
        context.loop().timers().set(timeout, context.loop().nanoTime() + longest.toNanos());
    }

    private void releaseHead() {
        Http1RequestHead used = head;
        if (used != null) {
            head = null;
            used.release();
        }
    }

    /// Ends our side, and reads on for a moment: closing with bytes unread would reset the connection before the client has
    /// seen the answer (RFC 9112, 9.6).
    private void linger() {
        if (state == State.CLOSED || state == State.LINGERING) {
            return;
        }
        state = State.LINGERING;
        pending = release(pending);
        flush();
        pause(false);
        left = Long.MAX_VALUE;
        rest(timeouts().idle());
        endOutput();
    }

    /// Ends our side when all that is queued has been sent.
    private void endOutput() {
        ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> {
            if (!outputEnded && ctx().channel() instanceof DuplexChannel duplex && duplex.isActive()) {
                outputEnded = true;
                duplex.shutdownOutput();
            }
            if (state == State.LINGERING) {
                if (inputEnded) {
                    ctx().close();
                } else {
                    context.loop().timers().set(timeout, context.loop().nanoTime() + LINGER_NANOS);
                }
            }
        });
    }

    /// What was written and the client has not taken.
    private long unsent() {
        return SendQueue.unacknowledged(ctx().channel());
    }

    /// Whether a slow client still takes what it was sent: as long as it does, it may.
    private boolean takes() {
        long before = left;
        left = unsent();
        return left > 0 && left < before;
    }

    private void pause(boolean yes) {
        if (paused != yes) {
            paused = yes;
            ctx().channel().config().setAutoRead(!yes);
        }
    }

    // ---- ClientStream

    @Override
    public void informational(ResponseHead informational) {
        if (state == State.CLOSED || head == null || head.versionMinor() == 0) {
            return;
        }
        continued |= informational.status() == 100;
        writer.informational(informational);
    }

    @Override
    public void proceed() {
        Http1RequestHead request = head;
        if (request != null && request.expectContinue()) {
            continued = true;
            request.headers().remove(EXPECT);
            writer.write(ctx().alloc().directBuffer(CONTINUE.length).writeBytes(CONTINUE));
            writer.flush();
        }
    }

    @Override
    public void head(ResponseHead response, long declared, boolean last) {
        Http1RequestHead request = head;
        boolean old = request == null || request.versionMinor() == 0;
        boolean never = request != null && request.isHead() || response.status() == 204 || response.status() == 304;
        long outgoing = declared;
        if (response.status() == 204) {
            outgoing = Framing.NONE;
        } else if (last && !never && declared < 0) {
            // Without a field it would last until the connection ends.
            outgoing = 0;
        } else if (!last && (declared == Framing.CHUNKED || declared == Framing.UNTIL_CLOSE)) {
            // A response that ends with its connection becomes chunked, but for those who do not know chunks.
            outgoing = old ? Framing.UNTIL_CLOSE : Framing.CHUNKED;
        }
        if (outgoing == Framing.UNTIL_CLOSE || frontend.draining() || inputEnded && pending == null
                || state == State.BODY && (refusedUnseen() || response instanceof LocalHead && unwanted(response.status()))) {
            keepAlive = false;
        }
        ConnectionField field = !keepAlive ? ConnectionField.CLOSE : old ? ConnectionField.KEEP_ALIVE : ConnectionField.NONE;
        writer.head(response, outgoing, field, last || never);
    }

    /// Whether the client was never told to send its body: then nobody knows if what comes next is that body or a request.
    private boolean refusedUnseen() {
        Http1RequestHead request = head;
        return request != null && request.expectContinue() && !continued;
    }

    /// Whether the rest of the request's body is too much to be read for the connection's sake, or has stopped coming.
    private boolean unwanted(int status) {
        Http1RequestHead request = head;
        return request == null || status == 408 || request.contentLength() < 0
                || request.contentLength() > DISCARDED_BYTES;
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        writer.body(data, last);
        if (last && state == State.TUNNEL) {
            endOutput();
        }
    }

    @Override
    public void trailers(Headers trailers) {
        writer.trailers(trailers);
    }

    @Override
    public void tunnel(ResponseHead response) {
        state = State.TUNNEL;
        frontend = frontend.detached();
        keepAlive = false;
        writer.tunnel(response);
        releaseLater();
    }

    /// The request's head is not needed any more, but callers up the stack still look at it.
    private void releaseLater() {
        ctx().executor().execute(() -> {
            if (state == State.TUNNEL) {
                releaseHead();
                ByteBuf more = pending;
                pending = null;
                pause(false);
                HttpExchange current = exchange;
                if (more != null && current != null) {
                    current.requestBody(more, false);
                } else if (more != null) {
                    more.release();
                }
                if (inputEnded) {
                    checkEnd();
                }
            }
        });
    }

    @Override
    public void flush() {
        writer.flush();
    }

    @Override
    public boolean writable() {
        return ctx().channel().isWritable();
    }

    @Override
    public boolean awaitsContinue() {
        return refusedUnseen();
    }

    @Override
    public long untaken() {
        return unsent();
    }

    @Override
    public void reading(boolean on) {
        if (state == State.CLOSED) {
            return;
        }
        pause(!on);
        if (on && !processing) {
            resume();
        }
    }

    /// Goes on with what was left unread.
    private void resume() {
        ByteBuf more = pending;
        if (more != null) {
            pending = null;
            pause(false);
            process(more);
            if (inputEnded) {
                checkEnd();
            }
        }
    }

    @Override
    public long bytesReceived() {
        return received;
    }

    @Override
    public long bytesSent() {
        return writer.sent();
    }

    @Override
    public void completed() {
        exchange = null;
        if (state == State.CLOSED) {
            return;
        }
        flush();
        if (state == State.TUNNEL) {
            linger();
            return;
        }
        releaseHead();
        if (!keepAlive) {
            linger();
            return;
        }
        if (state == State.ANSWERING) {
            idle();
        } else if (state == State.BODY) {
            context.loop().timers().set(timeout, context.loop().nanoTime() + timeouts().idle().toNanos());
        }
        if (!processing) {
            // From the loop's queue: a long pipeline must not grow the stack.
            if (pending != null) {
                ctx().executor().execute(() -> {
                    if (state == State.IDLE || state == State.BODY && exchange == null) {
                        resume();
                    }
                });
            } else {
                pause(false);
                if (inputEnded) {
                    checkEnd();
                }
            }
        }
    }

    @Override
    public void abort() {
        exchange = null;
        writer.drop();
        Channel channel = ctx().channel();
        if (writer.isUntilClose() && channel instanceof io.netty.channel.socket.SocketChannel socket) {
            // An orderly end would pass for the end of the response.
            socket.config().setSoLinger(0);
        }
        ctx().close();
    }

    private static @Nullable ByteBuf release(@Nullable ByteBuf data) {
        if (data != null) {
            data.release();
        }
        return null;
    }

    private final class ConnectionTimeout extends Timeout {
        @Override
        protected void expired() {
            switch (state) {
                case HEAD -> {
                    if (head != null && head.started()) {
                        refuse(SLOW_HEAD);
                    } else {
                        ctx().close();
                    }
                }
                case IDLE -> {
                    if (takes()) {
                        rest(timeouts().idle());
                    } else {
                        // The next request may be on its way: it finds an end of the stream, not a reset.
                        linger();
                    }
                }
                case LINGERING -> {
                    if (takes()) {
                        rest(timeouts().idle());
                    } else {
                        ctx().close();
                    }
                }
                case BODY -> {
                    if (exchange == null) {
                        ctx().close();
                    }
                }
                case ANSWERING, TUNNEL, CLOSED -> {}
            }
        }
    }
}
