package io.jigress.proxy.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import java.time.Duration;

/// The socket options of connections to upstreams.
final class UpstreamBootstrap {
    private UpstreamBootstrap() {}

    static Bootstrap of(ConnectionPools pools, Duration timeout, ChannelHandler handler) {
        long millis = Math.max(1, timeout.toMillis());
        return new Bootstrap().group(pools.loop().executor())
                .channelFactory(pools.transport())
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.TCP_NODELAY, true)
                // So that the end of a tunnel whose peer has died is noticed, by the kernel's clock.
                .option(ChannelOption.SO_KEEPALIVE, true)
                // Neither a failed write nor the end of the input closes by itself: UpstreamConnection does, when all has been read.
                .option(ChannelOption.AUTO_CLOSE, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, millis))
                .handler(handler);
    }
}
