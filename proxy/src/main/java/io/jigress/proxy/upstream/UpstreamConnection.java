package io.jigress.proxy.upstream;

import io.jigress.api.Services.Cancellable;
import io.jigress.api.UpstreamProtocol;
import io.jigress.api.UpstreamSession;
import io.jigress.proxy.loop.BufferOwner;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.ScheduledTasks;
import io.jigress.proxy.loop.SendQueue;
import io.jigress.proxy.loop.Timeout;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection to an endpoint: between Netty's channel and the protocol's session. Event loop only.
final class UpstreamConnection extends ChannelInboundHandlerAdapter implements LoopChannel, BufferOwner {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamConnection.class);
    /// How long the end of a tunnel may take to be sent after its exchange is over.
    private static final long LINGER_NANOS = 60_000_000_000L;
    private static final int QUEUE_BYTES = 64 * 1024;

    private final EndpointPool pool;
    private final Idle timeout = new Idle();
    private final Runnable flush = this::flush;
    private @Nullable ChannelHandlerContext context;
    private @Nullable UpstreamSession session;
    private @Nullable ScheduledTasks tasks;
    private String cause = UpstreamSession.ENDED;
    private long idleNanos;
    private boolean inRead;
    private boolean unflushed;
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
    boolean leaving;
    private boolean used;
    boolean ready;
    boolean idle;

    UpstreamConnection(EndpointPool pool, long idleNanos) {
        this.pool = pool;
        this.idleNanos = idleNanos;
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

    boolean hasRoom() {
        return !gone && !leaving && !outputEnded && session().concurrency() > calls;
    }

    UpstreamProtocol protocol() {
        return pool.destination().protocol();
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
        if (unflushed && !inRead) {
            context().channel().eventLoop().execute(flush);
        }
    }

    /// Carries nothing: waits for a call until the idle timeout.
    void rest() {
        idle = true;
        Loop loop = pool.loop();
        loop.timers().set(timeout, loop.nanoTime() + idleNanos);
    }

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("not connected");
        }
        return context;
    }

    private void leave() {
        if (!gone) {
            gone = true;
            pool.loop().timers().remove(timeout);
            pool.drop(this);
        }
    }

    // ---- what Netty tells

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
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
            session = protocol().session(this);
        } catch (RuntimeException e) {
            LOG.error("the protocol {} failed to begin with {}: a bug", protocol().name(), this, e);
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
        if (unflushed) {
            flush();
        }
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
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            if (session == null || gone || !session.inputEnded() || outputEnded) {
                close();
            }
        } else if (event == ChannelOutputShutdownEvent.INSTANCE) {
            outputEnded = true;
            // After a failed write what has arrived is still read; whoever waits for an answer gets it.
            if (gone || inputEnded || session != null && session.active() == 0) {
                close();
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        pool.loop().timers().remove(timeout);
        if (session != null) {
            leave();
            if (tasks != null) {
                tasks.close();
            }
            session.closed(cause);
        }
    }

    /// Tells the session at once, since the exchange whose data could not be passed on is the one that runs now.
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
            leave();
            session.closed(UpstreamSession.OUT_OF_MEMORY);
        }
        context().close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
        if (thrown instanceof OutOfMemoryError error) {
            outOfMemory(error);
            return;
        }
        if (!(thrown instanceof IOException)) {
            LOG.error("a bug: the connection to {} by {} is closed", this, protocol().name(), thrown);
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
        ChannelHandlerContext to = context();
        unflushed = true;
        to.write(bytes, to.voidPromise());
    }

    @Override
    public void flush() {
        if (unflushed) {
            unflushed = false;
            context().flush();
        }
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
        context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> {
            if (!outputEnded && context().channel() instanceof DuplexChannel channel) {
                channel.shutdownOutput();
            }
        });
    }

    @Override
    public void close() {
        if (session != null) {
            leave();
        }
        if (endingOutput && !outputEnded && context().channel().isActive()) {
            reading(false);
            pool.loop().timers().set(timeout, nanoTime() + LINGER_NANOS);
        } else {
            context().close();
        }
    }

    @Override
    public void changed() {
        pool.settle(this);
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
