package io.jigress.proxy.upstream;

import io.jigress.proxy.loop.Timeout;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The first handler of a connection through an HTTP proxy: asks the proxy for a connection to the endpoint by CONNECT, and when that is open, adds the handlers of a direct connection and goes.
/// A proxy that refuses or does not respond is reported to the [EndpointPool] as a failed connect. Event loop only.
final class TunnelOpening extends ChannelInboundHandlerAdapter {
    private final EndpointPool pool;
    private final String authority;
    private final ChannelHandler next;
    private final Upstream upstream;
    private final UpstreamEndpoint endpoint;
    /// Of everything before the connection can be used, on the loop's clock.
    private final long deadline;
    private final ConnectAnswer answer = new ConnectAnswer();
    private final Expiry expiry = new Expiry();
    private State state = State.CONNECTING;
    /// Whether bytes were passed on since the tunnel is open.
    private boolean passedOn;

    private enum State {
        /// Failures are those of the connect, which reports them to the pool.
        CONNECTING, ASKED, OPEN, FAILED
    }

    /// @param next the first handler of the connection to the endpoint
    TunnelOpening(EndpointPool pool, String authority, ChannelHandler next, Upstream upstream, UpstreamEndpoint endpoint,
            long deadline) {
        this.pool = pool;
        this.authority = authority;
        this.next = next;
        this.upstream = upstream;
        this.endpoint = endpoint;
        this.deadline = deadline;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        pool.loop().timers().remove(expiry);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        state = State.ASKED;
        expiry.context = context;
        pool.loop().timers().set(expiry, deadline);
        byte[] head = ("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        context.writeAndFlush(context.alloc().directBuffer(head.length).writeBytes(head), context.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (state == State.ASKED) {
            switch (answer.read(bytes)) {
                case MORE -> {}
                case OPEN -> open(context);
                case REFUSED -> fail(context, ConnectAnswer.Fault.REFUSED);
                case MALFORMED -> fail(context, ConnectAnswer.Fault.MALFORMED);
            }
        }
        if (state == State.OPEN && bytes.isReadable() && context.channel().isActive()) {
            passedOn = true;
            context.fireChannelRead(bytes);
        } else {
            bytes.release();
        }
    }

    private void open(ChannelHandlerContext context) {
        pool.loop().timers().remove(expiry);
        // A handler that cannot be added is an exception, which fails the attempt.
        context.pipeline().addLast(next);
        if (state == State.ASKED) {
            state = State.OPEN;
            context.fireChannelActive();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (state == State.OPEN) {
            if (passedOn) {
                context.fireChannelReadComplete();
            }
            context.pipeline().remove(this);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (state == State.OPEN) {
            context.fireUserEventTriggered(event);
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            fail(context, ConnectAnswer.Fault.CLOSED);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(context, ConnectAnswer.Fault.CLOSED);
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
        if (state == State.OPEN) {
            context.fireExceptionCaught(thrown);
            return;
        }
        if (thrown instanceof OutOfMemoryError error) {
            pool.loop().metrics().outOfMemory(error);
        }
        fail(context, ConnectAnswer.Fault.CLOSED);
    }

    private void fail(ChannelHandlerContext context, ConnectAnswer.Fault fault) {
        if (state == State.ASKED) {
            state = State.FAILED;
            pool.loop().timers().remove(expiry);
            pool.destination().tunnelFailed(fault, answer.status(), upstream.cluster().origin());
            context.close();
            pool.connectFailed(fault.failure, upstream, endpoint);
        }
    }

    private final class Expiry extends Timeout {
        private @Nullable ChannelHandlerContext context;

        @Override
        protected void expired() {
            if (context != null) {
                fail(context, ConnectAnswer.Fault.TIMEOUT);
            }
        }
    }
}
