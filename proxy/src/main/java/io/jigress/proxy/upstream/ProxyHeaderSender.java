package io.jigress.proxy.upstream;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/// The first handler of a connection to an endpoint that uses the PROXY protocol: sends the header before anything else, also before a TLS handshake, and goes.
/// Event loop only.
final class ProxyHeaderSender extends ChannelInboundHandlerAdapter {
    private final byte[] header;
    private final ChannelHandler next;

    ProxyHeaderSender(byte[] header, ChannelHandler next) {
        this.header = header;
        this.next = next;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.write(context.alloc().directBuffer(header.length).writeBytes(header), context.voidPromise());
        // Not before: the TLS engine sends its first message when it is added to an active channel.
        context.pipeline().addLast(next);
        context.fireChannelActive();
        // Also when nothing follows yet: the endpoint may speak first.
        context.flush();
        context.pipeline().remove(this);
    }
}
