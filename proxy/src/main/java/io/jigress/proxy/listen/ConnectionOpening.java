package io.jigress.proxy.listen;

import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.loop.BufferOwner;
import io.jigress.proxy.loop.Timeout;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Stands on a client's connection until its first bytes tell what it speaks, then has the handlers added that serve it, gives them these bytes,
/// and goes. Event loop only.
///
/// A connection on which nothing has been sent, or nothing but a header of the PROXY protocol, is idle: it is closed after the idle timeout, and soon when its
/// listener drains.
final class ConnectionOpening extends ChannelInboundHandlerAdapter implements BufferOwner {

    /// What is to be done with a connection.
    enum Verdict {
        /// More bytes are needed to choose.
        WAIT,
        /// Handlers were added that serve it.
        SERVE,
        /// It is being closed; what still comes is dropped.
        REFUSE
    }

    /// Chooses what serves a connection.
    interface Choice {
        /// Adds the handlers that serve the connection; they are not told that the channel is active.
        ///
        /// @param first never [FirstBytes#UNDECIDED]
        /// @param peek what has arrived, to look at
        /// @param deadline of the first bytes, on the loop's clock
        Verdict choose(FirstBytes first, ByteBuf peek, long deadline);

        /// The header of the PROXY protocol has been read, or there is none although there may be one. May add the handlers that serve the connection, where
        /// they need not know its first bytes.
        default Verdict headerRead() {
            return Verdict.WAIT;
        }

        /// The connection is closed since it took too long, sent too much, or ended, after its first byte and before a choice.
        default void gaveUp(boolean timedOut) {}
    }

    private final class Expiry extends Timeout {
        @Override
        protected void expired() {
            giveUp(true);
        }
    }

    private final ExchangeContext context;
    private final Frontend frontend;
    private final Channel channel;
    private final Duration longest;
    private final int maxBytes;
    private final Choice choice;
    /// Null where there is no header of the PROXY protocol, or when it has been read.
    private @Nullable ProxyHeaderReader header;
    private final Expiry expiry = new Expiry();
    private @Nullable ByteBuf collected;
    private long deadline;
    private boolean refused;

    /// @param longest how long the first bytes may take, from the first of them on
    /// @param maxBytes how many of them may be needed
    /// @param header reads the header of the PROXY protocol; null where none is looked for
    ConnectionOpening(ExchangeContext context, Frontend frontend, Channel channel, Duration longest, int maxBytes,
            @Nullable ProxyHeaderReader header, Choice choice) {
        this.header = header;
        this.context = context;
        this.frontend = frontend;
        this.channel = channel;
        this.longest = longest;
        this.maxBytes = maxBytes;
        this.choice = choice;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context.loop().memory().add(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        context.loop().memory().remove(this);
        context.loop().timers().remove(expiry);
        ByteBuf rest = collected;
        if (rest != null) {
            collected = null;
            rest.release();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context.loop().metrics().connectionsAccepted++;
        becomeIdle();
        if (header != null && header.refuses()) {
            refused = true;
            channel.close();
        }
    }

    private void becomeIdle() {
        expireAfter(frontend.draining()
                ? frontend.settings().connections().quiet()
                : frontend.settings().timeouts().idle());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context.loop().metrics().connectionsClosed++;
        giveUp(false);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (refused) {
            bytes.release();
            return;
        }
        ByteBuf before = collected;
        if (before == null) {
            collected = bytes;
            deadline = context.loop().nanoTime() + longest.toNanos();
            context.loop().timers().set(expiry, deadline);
        } else {
            bytes = before.writeBytes(bytes);
            ((ByteBuf) message).release();
        }
        if (header != null && !readHeader(ctx, header, bytes)) {
            return;
        }
        FirstBytes first = FirstBytes.of(bytes);
        switch (first == FirstBytes.UNDECIDED ? Verdict.WAIT : choice.choose(first, bytes, deadline)) {
            case SERVE -> {
                collected = null;
                ctx.pipeline().remove(this);
                ctx.pipeline().fireChannelRead(bytes);
            }
            case WAIT -> {
                if (bytes.readableBytes() >= maxBytes) {
                    giveUp(false);
                }
            }
            case REFUSE -> refused = true;
        }
    }

    /// @return whether there are bytes to look at, which follow the header
    private boolean readHeader(ChannelHandlerContext ctx, ProxyHeaderReader reader, ByteBuf bytes) {
        switch (reader.read(bytes)) {
            case WAIT -> {
                return false;
            }
            case REFUSE -> {
                refused = true;
                channel.close();
                return false;
            }
            case DONE -> header = null;
        }
        Verdict verdict = choice.headerRead();
        if (verdict == Verdict.WAIT && bytes.isReadable()) {
            return true;
        }
        collected = null;
        switch (verdict) {
            case WAIT -> becomeIdle();
            case SERVE -> ctx.pipeline().remove(this);
            case REFUSE -> refused = true;
        }
        if (verdict == Verdict.SERVE && bytes.isReadable()) {
            ctx.pipeline().fireChannelRead(bytes);
        } else {
            bytes.release();
        }
        return false;
    }

    private void giveUp(boolean timedOut) {
        if (collected != null && !refused) {
            refused = true;
            if (header == null || !header.gaveUp(timedOut)) {
                choice.gaveUp(timedOut);
            }
        }
        channel.close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Frontend.Event.DRAINING) {
            if (frontend.draining() && collected == null) {
                expireAfter(frontend.settings().connections().quiet());
            }
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            giveUp(false);
        }
    }

    /// As a rule a connection that was reset.
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        channel.close();
    }

    private void expireAfter(Duration time) {
        context.loop().timers().set(expiry, context.loop().nanoTime() + time.toNanos());
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
        ByteBuf bytes = collected;
        return bytes == null ? 0 : bytes.readableBytes();
    }

    @Override
    public void shed() {
        channel.close();
    }
}
