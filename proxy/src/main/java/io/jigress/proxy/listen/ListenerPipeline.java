package io.jigress.proxy.listen;

import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.http1.Http1ServerConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import java.util.Map;

/// Every Netty handler of every protocol that stands on a client's connection, in one place.
@Sharable
final class ListenerPipeline extends ChannelInitializer<Channel> {
    private final Frontend frontend;
    private final Map<EventLoop, ExchangeContext> contexts;
    private final ChannelGroup connections;

    ListenerPipeline(Frontend frontend, Map<EventLoop, ExchangeContext> contexts, ChannelGroup connections) {
        this.frontend = frontend;
        this.contexts = contexts;
        this.connections = connections;
    }

    @Override
    protected void initChannel(Channel channel) {
        ExchangeContext context = contexts.get(channel.eventLoop());
        if (context == null) {
            throw new IllegalStateException("a connection on a loop of another gateway");
        }
        connections.add(channel);
        channel.pipeline().addLast(new Http1ServerConnection(context, frontend));
    }
}
