package io.jigress.proxy.tls;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import javax.net.ssl.SSLException;

/// Ways to end a connection, which differ between TLS and cleartext. Event loop only.
public final class TlsChannels {
    private TlsChannels() {}

    /// Sends what is queued, and with TLS a close_notify behind it, which tells the peer that nothing was truncated.
    ///
    /// @return done when it has been sent; the sending direction of the socket is still open then
    public static ChannelFuture endOutput(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        return tls == null ? channel.writeAndFlush(Unpooled.EMPTY_BUFFER) : tls.closeOutbound();
    }

    /// Closes at once: with TLS without a close_notify, which would say that all has been sent and would wait behind what is queued.
    public static void abort(Channel channel) {
        ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
        if (tls == null) {
            channel.close();
        } else {
            tls.close();
        }
    }

    /// Closes at once with a reset (RST): the peer does not take what it has received for complete.
    public static void reset(Channel channel) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        abort(channel);
    }

    /// The exception of the engine if it is wrapped in that of a channel; else the same.
    public static Throwable cause(Throwable thrown) {
        return thrown instanceof DecoderException && thrown.getCause() instanceof SSLException fault ? fault : thrown;
    }
}
