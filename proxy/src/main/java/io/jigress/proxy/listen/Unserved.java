package io.jigress.proxy.listen;

import io.jigress.proxy.exchange.ExchangeContext;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// Counts the end of a connection that is closed since no route serves it.
final class Unserved extends ChannelInboundHandlerAdapter {
    private final @Nullable ExchangeContext context;

    Unserved(@Nullable ExchangeContext context) {
        this.context = context;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (context != null) {
            context.loop().metrics().connectionsClosed++;
        }
    }
}
