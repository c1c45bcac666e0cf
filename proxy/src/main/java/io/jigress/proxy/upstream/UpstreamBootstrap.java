package io.jigress.proxy.upstream;

import io.jigress.api.ProxyFailure;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import java.time.Duration;

/// Opens connections to upstreams: their handlers and socket options. Event loop only.
final class UpstreamBootstrap {
    private UpstreamBootstrap() {}

    /// The pool is told of the outcome: by the connection when it stands, else as a failure.
    static void connect(ConnectionPools pools, EndpointPool pool, Upstream upstream, UpstreamEndpoint endpoint) {
        Duration timeout = upstream.cluster().connections().connectTimeout();
        UpstreamConnection connection = new UpstreamConnection(pool, upstream.idleNanos());
        UpstreamTransport transport = pool.destination().transport();
        ChannelHandler first = transport == null
                ? connection
                : new UpstreamHandshake(pool, transport, connection, upstream, endpoint, deadline(pool, timeout));
        byte[] header = pool.header();
        if (header != null) {
            first = new ProxyHeaderSender(header, first);
        }
        String authority = pool.destination().authority();
        if (authority != null) {
            first = new TunnelOpening(pool, authority, first, upstream, endpoint, deadline(pool, timeout));
        }
        of(pools, timeout, first).connect(pool.destination().address())
                .addListener(done -> {
                    if (!done.isSuccess()) {
                        ProxyFailure failure = authority == null
                                ? ConnectFault.of(done.cause())
                                : ConnectFault.ofProxy(done.cause());
                        if (pool.loop().executor().inEventLoop()) {
                            pool.connectFailed(failure, upstream, endpoint);
                        } else {
                            // Netty reports a channel that could not be made on its global executor.
                            pool.run(owner -> owner.connectFailed(failure, upstream, endpoint));
                        }
                    }
                });
    }

    /// Of everything that comes before the connection can be used, together.
    private static long deadline(EndpointPool pool, Duration timeout) {
        return pool.loop().nanoTime() + timeout.toNanos();
    }

    private static Bootstrap of(ConnectionPools pools, Duration timeout, ChannelHandler handler) {
        long millis = Math.max(1, timeout.toMillis());
        return new Bootstrap().group(pools.loop().executor())
                .channelFactory(pools.transport())
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                // So that the end of a tunnel whose peer has died is noticed, by the kernel's clock.
                .option(ChannelOption.SO_KEEPALIVE, true)
                // Neither a failed write nor the end of the input closes by itself: UpstreamConnection does, when all has been read.
                .option(ChannelOption.AUTO_CLOSE, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(Integer.MAX_VALUE, millis))
                .handler(handler);
    }
}
