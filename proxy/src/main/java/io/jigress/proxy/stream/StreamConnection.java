package io.jigress.proxy.stream;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.ProxyFailure;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.CompiledStream;
import io.jigress.proxy.exchange.Deadlines;
import io.jigress.proxy.exchange.Failures;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.Peer;
import io.jigress.proxy.exchange.TunnelSettings;
import io.jigress.proxy.loop.BufferOwner;
import io.jigress.proxy.loop.SendQueue;
import io.jigress.proxy.telemetry.ClosedBy;
import io.jigress.proxy.tls.TlsChannels;
import io.jigress.proxy.tls.TlsConnection;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client's connection that carries no HTTP: passes its bytes to an endpoint and those of the endpoint back, until both directions have ended. It
/// holds no routes, so that it may outlast its listener. Event loop only.
///
/// The end of one direction (FIN, with TLS a close_notify) is passed on, and a reset by the endpoint resets the client's connection.
public final class StreamConnection extends ChannelInboundHandlerAdapter implements BufferOwner, Deadlines.Expiry {
    private static final Logger LOG = LoggerFactory.getLogger(StreamConnection.class);
    private static final ProxyFailure IDLE = new ProxyFailure(ProxyFailure.Kind.UPSTREAM_TIMEOUT, ProxyFailure.Origin.GATEWAY,
            false, "idle_timeout");
    private static final ProxyFailure DRAINED = new ProxyFailure(ProxyFailure.Kind.DRAINING, ProxyFailure.Origin.GATEWAY, false,
            "draining");

    private final StreamContext context;
    private final Channel channel;
    private final StreamRecord record;
    private final @Nullable TlsConnection tls;
    private final TunnelSettings settings;
    private final long idleNanos;
    private final Deadlines deadlines;
    private Frontend frontend;
    /// Until the endpoint is connected, or cannot be; null afterwards.
    private @Nullable EndpointConnect connect;
    /// While the endpoint is connected.
    private @Nullable UpstreamCall call;
    /// What the client sent before the endpoint was connected.
    private final EarlyBytes early = new EarlyBytes();
    /// The unacknowledged bytes of both sides at the last look.
    private long untaken;
    private long endNanos;
    private boolean clientEnded;
    private boolean endpointEnded;
    private boolean clientPaused;
    private boolean endpointPaused;

    /// @param frontend of the listener
    /// @param route where it goes
    /// @param tls null where no engine of TLS is before this handler
    public StreamConnection(StreamContext context, Frontend frontend, Channel channel, StreamOrigin origin, CompiledStream route,
            @Nullable TlsConnection tls) {
        this.context = context;
        this.frontend = frontend;
        this.channel = channel;
        this.record = new StreamRecord(context, origin, route);
        this.tls = tls;
        this.settings = frontend.settings().connections().tunnels();
        Duration idle = route.options().idleTimeout();
        this.idleNanos = (idle == null ? settings.idle() : idle).toNanos();
        this.deadlines = new Deadlines(context.loop(), this);
    }

    /// Connects to an endpoint. To be called once this handler is in the pipeline.
    public void begin(CompiledStream by) {
        deadlines.begin(record.startNanos(), 0, idleNanos);
        CompiledRoute.Target target = by.draw(context.loop());
        Upstream upstream = target == null ? null : target.upstream();
        if (target == null || upstream == null) {
            end(ClosedBy.GATEWAY, target == null ? Failures.NO_TARGET : Failures.MISCONFIGURED);
            channel.close();
            return;
        }
        record.cluster(upstream.cluster().origin());
        EndpointConnect next = new EndpointConnect(context, this, target, upstream, by.options().connectAttempts());
        connect = next;
        next.begin();
    }

    // ---- the endpoint

    void connected(UpstreamSession session) {
        EndpointConnect by = connect;
        UpstreamEndpoint to = by == null ? null : by.endpoint();
        if (by == null || to == null) {
            return;
        }
        connect = null;
        record.endpoint(to.text(), by.attempts());
        UpstreamCall opened = session.open(TcpProtocol.STREAM, false, new EndpointSink(this, context.loop(), by.upstream(), to));
        call = opened;
        ByteBuf data = early.take();
        if (data.isReadable() || clientEnded) {
            opened.body(data, clientEnded);
        } else {
            data.release();
        }
        resumeClient();
    }

    /// No endpoint could be connected.
    void failed(ProxyFailure failure) {
        EndpointConnect by = connect;
        if (by != null) {
            connect = null;
            UpstreamEndpoint last = by.endpoint();
            record.endpoint(last == null ? "" : last.text(), by.attempts());
        }
        end(failure.origin() == ProxyFailure.Origin.UPSTREAM ? ClosedBy.UPSTREAM : ClosedBy.GATEWAY, failure);
        channel.close();
    }

    /// The endpoint has sent something; takes ownership.
    void fromEndpoint(ByteBuf data, boolean last) {
        if (record.isEnded()) {
            data.release();
            return;
        }
        int length = data.readableBytes();
        record.sent(length);
        deadlines.touch();
        if (length > 0) {
            channel.writeAndFlush(data, channel.voidPromise());
        } else {
            data.release();
        }
        if (last) {
            endpointEnded();
        } else if (!channel.isWritable() && !endpointPaused) {
            endpointPaused = true;
            reading(false);
        }
    }

    boolean isUnanswered() { return record.isUnanswered(); }

    boolean isEnded() { return record.isEnded(); }

    /// For an endpoint that is told of it.
    ConnectionFacts client() {
        return Peer.of(channel, context.newConnectionId(), frontend.proxies(), tls);
    }

    private void reading(boolean on) {
        UpstreamCall open = call;
        if (open != null) {
            open.reading(on);
        }
    }

    private void endpointEnded() {
        endpointEnded = true;
        TlsChannels.endOutput(channel).addListener(_ -> {
            if (clientEnded) {
                channel.close();
            } else if (channel instanceof DuplexChannel socket && channel.isActive()) {
                socket.shutdownOutput();
            }
        });
        directionEnded(ClosedBy.UPSTREAM);
    }

    // ---- the client

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        SendQueue.bound(channel);
        context.loop().memory().add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        context.loop().memory().remove(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf data = (ByteBuf) message;
        if (record.isEnded() || clientEnded) {
            data.release();
            return;
        }
        int length = data.readableBytes();
        record.received(length);
        deadlines.touch();
        UpstreamCall to = call;
        try {
            if (to == null) {
                if (early.addAndCheckFull(data)) {
                    pauseClient();
                }
            } else {
                to.body(data, false);
                if (!record.isEnded() && !to.writable()) {
                    pauseClient();
                }
            }
        } catch (OutOfMemoryError e) {
            outOfMemory(e);
        }
    }

    private void pauseClient() {
        if (!clientPaused) {
            clientPaused = true;
            channel.config().setAutoRead(false);
        }
    }

    void resumeClient() {
        UpstreamCall to = call;
        if (clientPaused && to != null && to.writable()) {
            clientPaused = false;
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!channel.isWritable()) {
            context.loop().memory().queueIsFull();
        } else if (endpointPaused) {
            endpointPaused = false;
            reading(true);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == SslCloseCompletionEvent.SUCCESS || event == ChannelInputShutdownEvent.INSTANCE && tls == null) {
            clientEnded();
        } else if (event == ChannelInputShutdownEvent.INSTANCE && !clientEnded) {
            // Without a close_notify the stream may be truncated: the endpoint must not take it for complete.
            end(ClosedBy.CLIENT, Failures.GONE);
            channel.close();
        } else if (event == Frontend.Event.DRAINING && frontend.draining()) {
            draining();
        }
    }

    private void clientEnded() {
        if (clientEnded || record.isEnded()) {
            return;
        }
        clientEnded = true;
        UpstreamCall to = call;
        if (to != null) {
            to.body(Unpooled.EMPTY_BUFFER, true);
        }
        if (endpointEnded) {
            TlsChannels.endOutput(channel).addListener(_ -> channel.close());
        }
        directionEnded(ClosedBy.CLIENT);
    }

    private void directionEnded(ClosedBy by) {
        if (clientEnded && endpointEnded) {
            end(by == ClosedBy.CLIENT ? ClosedBy.UPSTREAM : ClosedBy.CLIENT, null);
        }
        restart(settings.halfClose().toNanos());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context.loop().metrics().connectionsClosed++;
        end(ClosedBy.CLIENT, Failures.GONE);
        deadlines.remove();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        switch (TlsChannels.cause(cause)) {
            case OutOfMemoryError error -> outOfMemory(error);
            case IOException _ -> {
                end(ClosedBy.CLIENT, Failures.GONE);
                channel.close();
            }
            default -> {
                LOG.error("a bug: the connection of {} is closed", record.origin().client(), cause);
                end(ClosedBy.GATEWAY, Failures.INTERNAL_ERROR);
                TlsChannels.abort(channel);
            }
        }
    }

    private void outOfMemory(OutOfMemoryError error) {
        context.loop().metrics().outOfMemory(error);
        shed();
    }

    // ---- time

    /// The listener drains.
    private void draining() {
        frontend = frontend.detached();
        long within = settings.drain().toNanos();
        if (within > 0 && endNanos == 0 && !record.isEnded()) {
            endNanos = context.loop().nanoTime() + 1 + (long) (within * (context.loop().random(1 << 20) / (double) (1 << 20)));
            restart(clientEnded || endpointEnded ? settings.halfClose().toNanos() : idleNanos);
        }
    }

    private void restart(long silence) {
        long now = context.loop().nanoTime();
        deadlines.begin(now, endNanos == 0 ? 0 : Math.max(1, endNanos - now), silence);
    }

    /// Whether a slow reader has taken something since the last look.
    @Override
    public boolean moved() {
        UpstreamCall to = call;
        long before = untaken;
        untaken = SendQueue.unacknowledged(channel) + (to == null ? 0 : to.untaken());
        return untaken != before;
    }

    @Override
    public void expired(boolean silence) {
        reset(ClosedBy.GATEWAY, silence ? IDLE : DRAINED);
    }

    // ---- the end

    /// Resets the client's connection, so that it does not take what it has for complete.
    void reset(ClosedBy by, ProxyFailure failure) {
        end(by, failure);
        TlsChannels.reset(channel);
    }

    /// Records the end, and lets the endpoint go. Once.
    private void end(ClosedBy by, @Nullable ProxyFailure failure) {
        if (record.isEnded()) {
            return;
        }
        record.end(by, failure);
        early.take().release();
        EndpointConnect waiting = connect;
        if (waiting != null) {
            connect = null;
            waiting.cancel();
        }
        UpstreamCall open = call;
        if (open != null) {
            call = null;
            open.cancel();
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
        return BufferOwner.unsent(channel) + early.bytes();
    }

    @Override
    public void shed() {
        end(ClosedBy.GATEWAY, Failures.NO_MEMORY);
        TlsChannels.abort(channel);
    }
}
