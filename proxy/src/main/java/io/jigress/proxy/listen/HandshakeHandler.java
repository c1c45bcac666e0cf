package io.jigress.proxy.listen;

import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.proxyprotocol.ConnectionAddresses;
import io.jigress.proxy.telemetry.HandshakeFailure;
import io.jigress.proxy.tls.Handshakes;
import io.jigress.proxy.tls.TlsChannels;
import io.jigress.proxy.tls.TlsChoice;
import io.jigress.proxy.tls.TlsConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.function.Consumer;

/// Stands behind the engine until its handshake is over, then has the handlers added that serve the connection, and goes. Event loop
/// only.
final class HandshakeHandler extends ChannelInboundHandlerAdapter {
    private final class Expiry extends Timeout {
        @Override
        protected void expired() {
            failed(HandshakeFailure.TIMEOUT, "");
            TlsChannels.abort(channel);
        }
    }

    private final ExchangeContext context;
    private final Frontend frontend;
    private final Handshakes handshakes;
    private final Channel channel;
    private final TlsChoice.Handshake handshake;
    private final long deadline;
    private final Consumer<TlsConnection> serve;
    private final Expiry expiry = new Expiry();
    private boolean over;

    /// @param handshakes of which this one has begun
    /// @param deadline on the loop's clock
    /// @param serve adds the handlers of what ALPN chose; they are not told that the channel is active
    HandshakeHandler(ExchangeContext context, Frontend frontend, Handshakes handshakes, Channel channel,
            TlsChoice.Handshake handshake, long deadline, Consumer<TlsConnection> serve) {
        this.context = context;
        this.frontend = frontend;
        this.handshakes = handshakes;
        this.channel = channel;
        this.handshake = handshake;
        this.deadline = deadline;
        this.serve = serve;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context.loop().timers().set(expiry, deadline);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }

    private void end() {
        if (!over) {
            over = true;
            context.loop().timers().remove(expiry);
            handshakes.end();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent completion) {
            if (completion.isSuccess()) {
                succeeded(ctx);
            } else if (!over) {
                Throwable cause = completion.cause();
                failed(Handshakes.reason(cause), Handshakes.message(cause));
            }
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            channel.close();
        }
    }

    private void succeeded(ChannelHandlerContext ctx) {
        end();
        context.loop().metrics().handshakes++;
        serve.accept(handshake.connection());
        ctx.pipeline().remove(this);
    }

    private void failed(HandshakeFailure reason, String detail) {
        end();
        handshakes.failed(context.loop().metrics(), reason, frontend.name(),
                ConnectionAddresses.text(channel),
                handshake.serverName(), detail);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context.loop().metrics().connectionsClosed++;
        if (!over) {
            failed(HandshakeFailure.CLOSED_BY_CLIENT, "");
        }
    }

    /// Why the handshake failed has been told by the event of its end.
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        channel.close();
    }
}
