package io.jigress.proxy.listen;

import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.http1.HeadPools;
import io.jigress.proxy.http1.Http1ServerConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All Netty handlers of a client's connection, of every protocol, in one place.
@Sharable
final class ListenerPipeline extends ChannelInitializer<Channel> {
    private final Map<EventLoop, ExchangeContext> contexts;
    private final HeadPools heads;
    private final ChannelGroup connections;
    private final int maxConnections;
    /// Set when the port is known, before the first connection is accepted.
    private @Nullable Frontend frontend;

    ListenerPipeline(Map<EventLoop, ExchangeContext> contexts, HeadPools heads, ChannelGroup connections, int maxConnections) {
        this.contexts = contexts;
        this.heads = heads;
        this.connections = connections;
        this.maxConnections = maxConnections;
    }

    void serve(Frontend frontend) {
        this.frontend = frontend;
    }

    @Override
    protected void initChannel(Channel channel) {
        ExchangeContext context = contexts.get(channel.eventLoop());
        Frontend serving = frontend;
        if (context == null || serving == null) {
            throw new IllegalStateException(context == null
                    ? "a connection on a loop of another gateway"
                    : "a connection before there is somebody to serve it");
        }
        // Loops that accept at the same time may exceed the limit by one each.
        if (connections.size() >= maxConnections) {
            context.loop().metrics().connectionsRefused++;
            channel.close();
            return;
        }
        connections.add(channel);
        channel.pipeline().addLast(new Http1ServerConnection(context, heads.of(context.loop()), serving, channel));
    }
}
