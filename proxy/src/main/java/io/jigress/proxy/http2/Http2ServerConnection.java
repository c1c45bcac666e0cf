package io.jigress.proxy.http2;

import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Failures;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.Peer;
import io.jigress.proxy.loop.BufferOwner;
import io.jigress.proxy.loop.SendQueue;
import io.jigress.proxy.tls.TlsChannels;
import io.jigress.proxy.tls.TlsConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client's HTTP/2 connection: what Netty tells of it, its timeouts, and its end. [ServerStreams] reads the requests and gives each to
/// an exchange. Event loop only.
public final class Http2ServerConnection extends ChannelInboundHandlerAdapter implements BufferOwner, FrameWriter.Wire {
    private static final Logger LOG = LoggerFactory.getLogger(Http2ServerConnection.class);
    /// More answers to frames than this that the client does not read are a flood.
    private static final int UNREAD_BYTES = 64 * 1024;
    /// How much is read of a flooder whose connection is being closed.
    private static final int LINGER_BYTES = 64 * 1024;

    private final ExchangeContext context;
    private final Http2Limits limits;
    private final Channel channel;
    private final FrameWriter writer;
    private final ServerStreams streams;
    private final ServerLifecycle life;
    private final Frontend frontend;
    private final @Nullable TlsConnection tls;
    private @Nullable Peer peer;
    private @Nullable ChannelHandlerContext ctx;
    private boolean flooded;
    private int discarded;

    /// @param pools of the gateway
    /// @param tls of the connection; null in the clear
    public Http2ServerConnection(ExchangeContext context, Http2Pools pools, Http2Limits limits, Frontend frontend,
            Channel channel, @Nullable TlsConnection tls) {
        this.context = context;
        this.limits = limits;
        this.channel = channel;
        this.frontend = frontend;
        this.tls = tls;
        this.writer = new FrameWriter(this);
        this.streams = new ServerStreams(this, context, pools.of(context.loop()), limits, writer,
                new Outflow(writer, channel::isWritable));
        this.life = new ServerLifecycle(streams, writer, channel, frontend, limits, context.loop());
    }

    ServerLifecycle life() {
        return life;
    }

    Frontend frontend() {
        return frontend;
    }

    Peer peer() {
        Peer known = peer;
        if (known == null) {
            throw new IllegalStateException("no peer yet");
        }
        return known;
    }

    String scheme() {
        return tls == null ? "http" : "https";
    }

    // ---- FrameWriter.Wire

    @Override
    public ByteBufAllocator allocator() {
        return channel.alloc();
    }

    private ChannelHandlerContext ctx() {
        ChannelHandlerContext known = ctx;
        if (known == null) {
            throw new IllegalStateException("no channel yet");
        }
        return known;
    }

    @Override
    public void write(ByteBuf bytes) {
        ctx().write(bytes, ctx().voidPromise());
    }

    @Override
    public void flush() {
        ctx().flush();
    }

    @Override
    public void later(Runnable task) {
        ctx().executor().execute(task);
    }

    void flushIfFull() {
        if (!channel.isWritable()) {
            writer.flush();
        }
    }

    // ---- the channel

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        this.ctx = ctx;
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
        peer = Peer.of(channel, context.newConnectionId(), frontend.proxies(), tls);
        writer.settings(Frames.MAX_CONCURRENT_STREAMS, limits.streams(), Frames.INITIAL_WINDOW_SIZE, limits.streamWindow(),
                Frames.MAX_HEADER_LIST_SIZE, frontend.settings().heads().headBytes(), Frames.ENABLE_CONNECT_PROTOCOL, 1);
        streams.inflow.announce();
        life.begin();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (life.isReading()) {
                streams.read(in);
            } else if (flooded) {
                discard(in.readableBytes());
            }
        } catch (OutOfMemoryError e) {
            outOfMemory(e);
        } catch (RuntimeException | Error e) {
            bug(e);
        } finally {
            in.release();
        }
    }

    /// What a flooder still sends is read so that it learns why it is refused, but not for long: reading costs more than the flood.
    private void discard(int bytes) {
        discarded += bytes;
        if (discarded > LINGER_BYTES) {
            TlsChannels.abort(channel);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!life.isReading()) {
            return;
        }
        life.wasRead();
        if (!channel.isWritable() && writer.pending() > UNREAD_BYTES) {
            streams.flood(FloodGuard.Kind.UNREAD_ANSWERS);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            streams.outflow.wireBecameWritable();
        } else {
            context.loop().memory().queueIsFull();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context.loop().metrics().connectionsClosed++;
        life.closed();
        streams.gone();
        streams.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Frontend.Event.DRAINING && frontend.draining()) {
            life.drain();
            streams.draining();
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            // HTTP/2 needs both directions: a client that ends one (FIN) has left.
            streams.gone();
            life.inputEnded();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        switch (cause) {
            case OutOfMemoryError error -> outOfMemory(error);
            // A reset connection, as a rule; channelInactive tells the exchanges.
            case IOException _ -> channel.close();
            default -> bug(cause);
        }
    }

    /// `memory.direct` is used up: the exchanges of this connection fail, those of others go on.
    private void outOfMemory(OutOfMemoryError error) {
        context.loop().metrics().outOfMemory(error);
        shed();
    }

    private void bug(Throwable thrown) {
        LOG.error("a bug: the connection of {} is closed", peer == null ? "-" : peer.text(), thrown);
        TlsChannels.abort(channel);
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
        long[] held = {BufferOwner.unsent(channel) + writer.pending()};
        streams.streams.forEach(stream -> held[0] += stream.held());
        return held[0];
    }

    @Override
    public void shed() {
        streams.failAll(Failures.NO_MEMORY);
        TlsChannels.abort(channel);
    }

    // ---- the end

    /// A rule was broken, or there was a flood.
    void fail(ConnectionError error) {
        LOG.debug("the HTTP/2 connection of {} is closed: {} ({})", peer == null ? "-" : peer.text(), error.reason(),
                error.code());
        flooded = error.code() == ErrorCode.ENHANCE_YOUR_CALM;
        writer.goAway(streams.lastId(), error.code(), error.reason());
        streams.failAll(null);
        life.linger();
    }
}
