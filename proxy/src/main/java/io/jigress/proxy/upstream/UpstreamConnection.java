package io.jigress.proxy.upstream;

import io.jigress.api.Services.Cancellable;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.loop.BufferOwner;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.ScheduledTasks;
import io.jigress.proxy.loop.SendQueue;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.tls.TlsChannels;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection to an endpoint: between Netty's channel and the protocol's session. Event loop only.
final class UpstreamConnection extends ChannelInboundHandlerAdapter implements LoopChannel, BufferOwner {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamConnection.class);
    /// How long the end of a tunnel may take to be sent after its exchange is over.
    private static final long LINGER_NANOS = 60_000_000_000L;
    static final int QUEUE_BYTES = 64 * 1024;
    /// The cause for an end without a close_notify, which an attacker can forge.
    private static final String CUT_OFF = "ended without close_notify";

    private final EndpointPool pool;
    private final Idle timeout = new Idle();
    private final UnsentBytes unsent = new UnsentBytes();
    private @Nullable ChannelHandlerContext context;
    private UpstreamProtocol protocol;
    /// Null in the clear.
    private @Nullable UpstreamHandshake tls;
    private @Nullable UpstreamSession session;
    private @Nullable ScheduledTasks tasks;
    private String cause = UpstreamSession.ENDED;
    private long idleNanos;
    private boolean inRead;
    private boolean gone;
    private boolean inputEnded;
    /// Nothing can be sent any more: as asked for, or because a write failed.
    private boolean outputEnded;
    private boolean endingOutput;

    // The pool's notes.
    /// Connections of a pool are numbered as they are made, from 1.
    long number;
    int calls;
    /// Takes no more calls, and is closed when it carries none.
    boolean draining;
    private boolean used;
    boolean ready;
    boolean idle;

    UpstreamConnection(EndpointPool pool, long idleNanos) {
        this.pool = pool;
        this.protocol = pool.destination().protocol();
        this.idleNanos = idleNanos;
    }

    /// The handshake has succeeded.
    ///
    /// @param chosen what is spoken
    void begin(UpstreamProtocol chosen, UpstreamHandshake tls) {
        this.protocol = chosen;
        this.tls = tls;
    }

    UpstreamSession session() {
        if (session == null) {
            throw new IllegalStateException("not connected");
        }
        return session;
    }

    /// Whether it was closed or is about to be.
    boolean gone() {
        return gone;
    }

    boolean usable() {
        return !gone && context().channel().isActive();
    }

    String protocol() { return protocol.name(); }

    boolean hasRoom() {
        return !gone && !draining && !outputEnded && session().concurrency() > calls;
    }

    /// A call is about to be opened; returns whether there were others before.
    boolean use(long idleNanos) {
        boolean before = used;
        used = true;
        this.idleNanos = idleNanos;
        if (idle) {
            idle = false;
            pool.idle(-1);
            pool.loop().timers().clear(timeout);
        }
        return before;
    }

    /// Sends what is queued in a later task of the loop, so that the start of a body goes in one send with its head.
    void flushLater() {
        if (!inRead) {
            unsent.flushLater();
        }
    }

    /// Carries nothing: waits for a call until the idle timeout.
    void becomeIdle() {
        idle = true;
        Loop loop = pool.loop();
        loop.timers().set(timeout, loop.recentNanos() + idleNanos);
    }

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("not connected");
        }
        return context;
    }

    private void leavePool() {
        if (!gone) {
            gone = true;
            pool.loop().timers().remove(timeout);
            pool.drop(this);
        }
    }

    // ---- callbacks of Netty

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
        unsent.begin(context);
        SendQueue.bound(context.channel());
        pool.loop().memory().add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        pool.loop().memory().remove(this);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        try {
            session = protocol.session(this);
        } catch (RuntimeException e) {
            LOG.error("the protocol {} failed to begin with {}: a bug", protocol.name(), this, e);
            context.close();
            pool.failed(EndpointPool.BROKEN);
            return;
        }
        pool.connected(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            inRead = true;
            session().read(bytes);
        } finally {
            bytes.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        session().readComplete();
        inRead = false;
        unsent.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (!context.channel().isWritable()) {
            pool.loop().memory().queueIsFull();
        } else if (session != null) {
            session.writable();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        // After the gateway's own close_notify, BoringSSL reports a close for every record: then only the end of the socket counts.
        if (event == ChannelInputShutdownEvent.INSTANCE || event == SslCloseCompletionEvent.SUCCESS && !endingOutput) {
            inputEnded(tls == null || event == SslCloseCompletionEvent.SUCCESS);
        } else if (event == ChannelOutputShutdownEvent.INSTANCE) {
            outputEnded = true;
            cause = endingOutput || !cause.equals(UpstreamSession.ENDED) ? cause : "a write failed";
            // After a failed write, the response that has already arrived is still read.
            if (gone || inputEnded || session != null && session.active() == 0) {
                close();
            }
        }
    }

    private void inputEnded(boolean complete) {
        if (!inputEnded) {
            inputEnded = true;
            // Behind an error, the end is that of a reset.
            boolean reset = !cause.equals(UpstreamSession.ENDED);
            cause = complete || gone ? cause : CUT_OFF;
            if (session == null || gone || reset || !session.inputEnded() || outputEnded) {
                close();
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        pool.loop().timers().remove(timeout);
        if (session != null) {
            leavePool();
            if (tasks != null) {
                tasks.close();
            }
            session.closed(cause);
        }
    }

    /// Tells the session at once, since the exchange whose data could not be passed on is on the stack.
    void outOfMemory(OutOfMemoryError error) {
        pool.loop().metrics().outOfMemory(error);
        shed();
    }

    @Override
    public Channel channel() {
        return context().channel();
    }

    @Override
    public int queueBytes() {
        return QUEUE_BYTES;
    }

    @Override
    public long held() {
        return BufferOwner.unsent(channel());
    }

    @Override
    public void shed() {
        if (session != null) {
            leavePool();
            session.closed(UpstreamSession.OUT_OF_MEMORY);
        }
        TlsChannels.abort(channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable raised) {
        if (raised instanceof OutOfMemoryError error) {
            outOfMemory(error);
            return;
        }
        Throwable thrown = TlsChannels.cause(raised);
        if (tls != null && thrown instanceof SSLException && !gone) {
            tls.broken(thrown);
        }
        if (!(thrown instanceof IOException)) {
            LOG.error("a bug: the connection to {} by {} is closed", this, protocol.name(), thrown);
        }
        if (!gone) {
            cause = String.valueOf(thrown.getMessage());
        }
        // When a write failed, reading goes on to the end: the peer may have answered before it reset the connection. When reading
        // fails, Netty ends the input.
        if (!(thrown instanceof IOException) || context.channel().unsafe().outboundBuffer() != null) {
            close();
        }
    }

    // ---- UpstreamChannel

    @Override
    public ByteBufAllocator allocator() {
        return context().alloc();
    }

    @Override
    public void write(ByteBuf bytes) {
        unsent.write(bytes);
    }

    @Override
    public void flushSoon(int bytes) {
        unsent.flushSoon(bytes);
    }

    @Override
    public void flush() {
        unsent.flush();
    }

    @Override
    public boolean writable() {
        return context().channel().isWritable();
    }

    @Override
    public long untaken() {
        return SendQueue.unacknowledged(context().channel());
    }

    @Override
    public void reading(boolean on) {
        context().channel().config().setAutoRead(on);
    }

    @Override
    public void shutdownOutput() {
        endingOutput = true;
        flush();
        TlsChannels.endOutput(context().channel()).addListener(_ -> {
            if (!outputEnded && context().channel() instanceof DuplexChannel channel) {
                channel.shutdownOutput();
            }
        });
    }

    @Override
    public void close() {
        unsent.flushDelayed();
        if (session != null) {
            leavePool();
        }
        if (endingOutput && !outputEnded && context().channel().isActive()) {
            reading(false);
            pool.loop().timers().set(timeout, nanoTime() + LINGER_NANOS);
        } else if (session != null && session.active() > 0) {
            TlsChannels.abort(channel());
        } else {
            context().close();
        }
    }

    @Override
    public void changed() {
        pool.callsChanged(this);
    }

    @Override
    public long nanoTime() {
        return pool.loop().nanoTime();
    }

    @Override
    public Cancellable schedule(Duration delay, Runnable task) {
        ScheduledTasks own = tasks;
        if (own == null) {
            own = new ScheduledTasks(pool.loop());
            tasks = own;
        }
        return own.schedule(delay, () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                exceptionCaught(context(), e);
            }
        });
    }

    @Override
    public Loop loop() {
        return pool.loop();
    }

    @Override
    public String toString() {
        return pool.destination().text();
    }

    private final class Idle extends Timeout {
        @Override
        protected void expired() {
            if (gone) {
                context().close();
            } else {
                close();
            }
        }
    }
}
