package io.jigress.proxy.upstream;

import io.jigress.api.ProxyFailure;
import io.jigress.api.UpstreamProtocol;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.telemetry.UpstreamTlsFailure;
import io.jigress.proxy.tls.TlsChannels;
import io.jigress.proxy.tls.UpstreamTlsFaults;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// The handler between the TLS engine and the [UpstreamConnection] until the handshake with the endpoint is over. A failed handshake is reported to the
/// [EndpointPool] as a failed connect. Event loop only.
final class UpstreamHandshake extends ChannelInboundHandlerAdapter {
    private final EndpointPool pool;
    private final UpstreamTransport transport;
    private final UpstreamConnection connection;
    private final Upstream upstream;
    private final UpstreamEndpoint endpoint;
    /// Of connect and handshake together, on the loop's clock.
    private final long deadline;
    private final Expiry expiry = new Expiry();
    private State state = State.CONNECTING;

    private enum State {
        /// Failures are those of the connect; the connect reports them to the pool.
        CONNECTING, HANDSHAKE, OVER
    }

    UpstreamHandshake(EndpointPool pool, UpstreamTransport transport, UpstreamConnection connection, Upstream upstream,
            UpstreamEndpoint endpoint, long deadline) {
        this.pool = pool;
        this.transport = transport;
        this.connection = connection;
        this.upstream = upstream;
        this.endpoint = endpoint;
        this.deadline = deadline;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        // Behind the handler that sends a header of the PROXY protocol in the clear.
        Destination peer = pool.destination();
        context.pipeline().addBefore(context.name(), null,
                transport.context().handler(context.alloc(), peer.peer(), peer.address().getPort()));
        context.pipeline().addLast(connection);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        pool.loop().timers().remove(expiry);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (state == State.CONNECTING) {
            state = State.HANDSHAKE;
            expiry.context = context;
            pool.loop().timers().set(expiry, deadline);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslHandshakeCompletionEvent end) {
            if (!end.isSuccess()) {
                failed(context, end.cause());
            } else if (state == State.HANDSHAKE) {
                succeeded(context);
            }
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            failed(context, UpstreamTlsFailure.CLOSED_BY_UPSTREAM, "");
        }
    }

    private void succeeded(ChannelHandlerContext context) {
        String chosen = context.pipeline().get(SslHandler.class).applicationProtocol();
        UpstreamProtocol protocol = transport.protocol(chosen);
        if (protocol == null) {
            failed(context, UpstreamTlsFailure.NO_SHARED_PROTOCOL, chosen == null || chosen.isEmpty()
                    ? "the endpoint chose no protocol (expected: one of " + transport.offered().keySet() + ")"
                    : "the endpoint chose " + chosen);
            return;
        }
        state = State.OVER;
        pool.loop().metrics().upstreamHandshakes++;
        connection.begin(protocol, this);
        context.pipeline().remove(this);
        context.fireChannelActive();
    }

    /// The engine still has to send the alert that tells the endpoint why, in this task of the loop.
    private void failed(ChannelHandlerContext context, Throwable thrown) {
        Channel channel = context.channel();
        if (isDone(channel)) {
            return;
        }
        fail(ConnectFault.TLS_FAILED, UpstreamTlsFaults.of(thrown), UpstreamTlsFaults.message(thrown));
        try {
            channel.eventLoop().execute(() -> TlsChannels.abort(channel));
        } catch (RejectedExecutionException _) {
            TlsChannels.abort(channel);
        }
    }

    private void failed(ChannelHandlerContext context, UpstreamTlsFailure reason, String detail) {
        if (!isDone(context.channel())) {
            fail(ConnectFault.TLS_FAILED, reason, detail);
            TlsChannels.abort(context.channel());
        }
    }

    /// Whether the outcome is known; a failed connect is told to the pool by itself.
    private boolean isDone(Channel channel) { return state == State.OVER || state == State.CONNECTING && !channel.isActive(); }

    private void fail(ProxyFailure failure, UpstreamTlsFailure reason, String detail) {
        state = State.OVER;
        pool.loop().timers().remove(expiry);
        transport.handshakes().failed(pool.loop().metrics(), reason, upstream.cluster().origin(), endpoint.text(),
                transport.context().settings().serverName(), detail);
        pool.connectFailed(failure, upstream, endpoint);
    }

    /// The engine broke off after the handshake: with TLS 1.3 that is where an endpoint says that it does not accept the gateway's
    /// certificate.
    void broken(Throwable thrown) {
        transport.handshakes().brokenOff(pool.loop().metrics(), UpstreamTlsFaults.of(thrown), upstream.cluster().origin(),
                endpoint.text(), transport.context().settings().serverName(), UpstreamTlsFaults.message(thrown));
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (state == State.HANDSHAKE) {
            failed(context, UpstreamTlsFailure.CLOSED_BY_UPSTREAM, "");
        }
        context.fireChannelInactive();
    }

    /// Exceptions of the engine were already reported by the event at the end of the handshake.
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
        if (thrown instanceof OutOfMemoryError error) {
            pool.loop().metrics().outOfMemory(error);
            failed(context, UpstreamTlsFailure.OTHER, "out of memory");
        } else {
            failed(context, thrown);
        }
    }

    // A connection without a session has no use for these.

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {}

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {}

    private final class Expiry extends Timeout {
        private @Nullable ChannelHandlerContext context;

        @Override
        protected void expired() {
            if (context != null) {
                fail(ConnectFault.TLS_TIMEOUT, UpstreamTlsFailure.TIMEOUT, "");
                TlsChannels.abort(context.channel());
            }
        }
    }
}
