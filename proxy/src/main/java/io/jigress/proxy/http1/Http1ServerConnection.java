package io.jigress.proxy.http1;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Failures;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.HttpExchange;
import io.jigress.proxy.exchange.Peer;
import io.jigress.proxy.exchange.RefusedRequest;
import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.proxy.http1.Http1RequestReader.State;
import io.jigress.proxy.loop.BufferOwner;
import io.jigress.proxy.loop.SendQueue;
import io.jigress.proxy.tls.TlsChannels;
import io.jigress.proxy.tls.TlsConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client's HTTP/1 connection: what Netty tells of it, its timeouts, and its end. An [Http1RequestReader] reads the requests and
/// gives each to an exchange; the responses go out through the [Http1ClientStream].
///
/// Idle, it holds neither head nor exchange nor buffer. Event loop only.
public final class Http1ServerConnection extends ChannelInboundHandlerAdapter implements BufferOwner {
    private static final Logger LOG = LoggerFactory.getLogger(Http1ServerConnection.class);
    private static final ProxyFailure SLOW_HEAD = new ProxyFailure(Kind.REQUEST_TIMEOUT, Origin.CLIENT, false, "slow_header");

    private final ExchangeContext context;
    private final Channel channel;
    private final Http1ResponseWriter writer = new Http1ResponseWriter();
    private final Http1ClientStream stream;
    private final ReadPause pause;
    private final Http1RequestReader reader;
    private final ConnectionTimer timer;
    private final SendProgress progress;
    private final LingeringClose close;
    private final @Nullable TlsConnection tls;
    private Frontend frontend;
    private @Nullable Peer peer;

    /// @param heads of the channel's event loop
    /// @param tls null for a connection in the clear
    public Http1ServerConnection(ExchangeContext context, HeadPool heads, Frontend frontend, Channel channel,
            @Nullable TlsConnection tls) {
        this.context = context;
        this.channel = channel;
        this.frontend = frontend;
        this.tls = tls;
        this.stream = new Http1ClientStream(this, channel, heads, writer, tls == null ? "http" : "https");
        this.pause = new ReadPause(channel);
        this.timer = new ConnectionTimer(context.loop(), this::expired);
        this.reader = new Http1RequestReader(context, heads, this, channel, stream, pause, timer);
        this.progress = new SendProgress(channel);
        this.close = new LingeringClose(channel, timer, progress);
    }

    Frontend frontend() {
        return frontend;
    }

    ClientTimeouts timeouts() {
        return frontend.settings().timeouts();
    }

    private Duration quiet() {
        return frontend.settings().connections().quiet();
    }

    // ---- the channel

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        writer.attach(ctx);
        SendQueue.bound(channel);
        context.loop().memory().add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        context.loop().memory().remove(this);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context.loop().metrics().connectionsAccepted++;
        begin();
    }

    /// The client may send requests. To be called where this handler was added to a connection that was active already.
    public void begin() {
        Peer client = Peer.of(channel, context.newConnectionId(), frontend.proxies(), tls);
        peer = client;
        reader.from(client);
        timer.start(frontend.draining() ? quiet() : timeouts().idle());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reader.read((ByteBuf) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        writer.readComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!channel.isWritable()) {
            context.loop().memory().queueIsFull();
            return;
        }
        HttpExchange current = reader.current();
        if (current != null) {
            current.clientWritable();
        } else if (reader.state() == State.IDLE && !reader.isProcessing()) {
            reader.resume();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context.loop().metrics().connectionsClosed++;
        reader.state(State.CLOSED);
        timer.remove();
        HttpExchange current = reader.current();
        reader.forgetExchange();
        if (current != null) {
            current.clientGone();
        }
        reader.release();
        writer.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Frontend.Event.DRAINING) {
            HttpExchange current = reader.current();
            if (!frontend.draining()) {
                return;
            }
            if (reader.state() == State.IDLE) {
                timer.start(quiet());
            } else if (current != null) {
                current.draining();
            }
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            close.inputEnded();
            endOfInput();
        }
    }

    /// Acts on the end of the client's sending direction (FIN), if it has come and all that came before it has been read.
    void endOfInput() {
        if (!close.isInputEnded() || pause.hasUnread() || reader.isProcessing()) {
            return;
        }
        switch (reader.state()) {
            case HEAD, BODY -> channel.close();
            case IDLE -> {
                if (unacknowledged() > 0) {
                    linger();
                } else {
                    channel.close();
                }
            }
            case DISCARDING -> linger();
            case RESPONDING -> {
                if (!reader.exchange().clientEnded()) {
                    channel.close();
                }
            }
            case TUNNEL -> reader.exchange().requestBody(Unpooled.EMPTY_BUFFER, true);
            case LINGERING -> close.allRead();
            case CLOSED -> {}
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        switch (cause) {
            case OutOfMemoryError error -> outOfMemory(error);
            // A reset connection, as a rule; channelInactive tells the exchange.
            case IOException _ -> channel.close();
            default -> bug(cause);
        }
    }

    /// `memory.direct` is used up: the exchange that wants more of it fails, the others go on.
    void outOfMemory(OutOfMemoryError error) {
        context.loop().metrics().outOfMemory(error);
        stream.persistent(false);
        HttpExchange current = reader.current();
        if (current != null) {
            current.requestFailed(Failures.NO_MEMORY);
        }
        if (reader.state() != State.LINGERING) {
            channel.close();
        }
    }

    void bug(Throwable thrown) {
        LOG.error("a bug: the connection of {} is closed", peer == null ? "-" : peer.text(), thrown);
        channel.close();
    }

    private void expired() {
        switch (reader.state()) {
            case HEAD -> {
                if (stream.head().started()) {
                    refuse(SLOW_HEAD);
                } else {
                    channel.close();
                }
            }
            case IDLE -> {
                if (progress.advances()) {
                    timer.start(timeouts().idle());
                } else {
                    // The next request may be on its way: it finds an end of the stream, not a reset.
                    linger();
                }
            }
            case LINGERING -> close.expired(timeouts().idle());
            case DISCARDING -> channel.close();
            case BODY, RESPONDING, TUNNEL, CLOSED -> {}
        }
    }

    // ---- BufferOwner

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public int queueBytes() {
        return frontend.settings().connections().queues().bytes();
    }

    @Override
    public long held() {
        HttpExchange current = reader.current();
        return BufferOwner.unsent(channel) + pause.unreadBytes() + (current == null ? 0 : current.held());
    }

    @Override
    public void shed() {
        stream.persistent(false);
        boolean lingering = reader.state() == State.LINGERING;
        HttpExchange current = reader.current();
        if (current != null) {
            current.requestFailed(Failures.NO_MEMORY);
        }
        if (lingering || reader.state() != State.LINGERING) {
            TlsChannels.abort(channel);
        }
    }

    // ---- what the reader asks for

    /// The connection waits for its next request.
    void idle() {
        progress.restart();
        timer.startAt(context.loop().recentNanos() + (frontend.draining() ? quiet() : timeouts().idle()).toNanos());
    }

    /// Answers a head for which no exchange can begin, and ends the connection.
    void refuse(ProxyFailure failure) {
        timer.stop();
        stream.releaseHead();
        stream.persistent(false);
        new RefusedRequest(failure, stream.startNanos(), stream.bytesReceived()).answer(context, frontend, peer,
                (head, length, body) -> {
                    writer.head(head, length, ConnectionField.CLOSE, false);
                    writer.body(body, true);
                    return writer.sent();
                });
        linger();
    }

    /// Ends the connection in order; see [LingeringClose].
    void linger() {
        if (reader.state() == State.CLOSED || reader.state() == State.LINGERING) {
            return;
        }
        reader.state(State.LINGERING);
        pause.releaseUnread();
        writer.flush();
        pause.end();
        close.begin(timeouts().idle());
    }

    // ---- what the stream asks for

    boolean isClosed() { return reader.state() == State.CLOSED; }

    boolean isReadingBody() { return reader.state() == State.BODY; }

    /// Whether no request can follow the one in flight.
    boolean isLastResponse() { return frontend.draining() || close.isInputEnded() && !pause.hasUnread(); }

    long unacknowledged() {
        return progress.unacknowledged();
    }

    void reading(boolean on) {
        reader.reading(on);
    }

    /// The last part of the response's body was written.
    void bodyEnded() {
        if (reader.state() == State.TUNNEL) {
            close.endOutput();
        }
    }

    void beginTunnel() {
        reader.state(State.TUNNEL);
        frontend = frontend.detached();
    }

    /// The tunnel's head has been sent.
    void tunnelBegan() {
        // Not at once: callers up the stack still look at the request's head.
        channel.eventLoop().execute(() -> {
            if (reader.state() == State.TUNNEL) {
                stream.releaseHead();
                reader.resumeAsTunnel();
            }
        });
    }

    /// The response is complete.
    void completed() {
        reader.forgetExchange();
        if (reader.state() == State.CLOSED) {
            return;
        }
        writer.flush();
        if (reader.state() == State.TUNNEL) {
            linger();
            return;
        }
        stream.releaseHead();
        if (stream.isPersistent()) {
            reader.next();
        } else {
            linger();
        }
    }

    /// The response cannot be completed.
    void abort() {
        reader.forgetExchange();
        reader.state(State.CLOSED);
        writer.drop();
        if (writer.isUntilClose() && channel instanceof SocketChannel socket) {
            // An orderly end would pass for the end of the response.
            socket.config().setSoLinger(0);
        }
        TlsChannels.abort(channel);
    }
}
