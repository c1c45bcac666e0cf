package io.jigress.proxy;

import io.jigress.api.FilterFactory;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.GatewayConfig;
import io.jigress.proxy.call.LoopFilterServices;
import io.jigress.proxy.compile.RuntimeCompiler;
import io.jigress.proxy.exchange.ErrorPage;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.RetryMemory;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.TrustedProxies;
import io.jigress.proxy.http1.HeadPools;
import io.jigress.proxy.http2.Http2Limits;
import io.jigress.proxy.http2.Http2Pools;
import io.jigress.proxy.http2.Http2ServerConnection;
import io.jigress.proxy.http2.Http2TestClient;
import io.jigress.proxy.listen.Transport;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.MemoryBudget;
import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.upstream.ConnectionPools;
import io.jigress.proxy.upstream.DnsDirectory;
import io.jigress.proxy.upstream.UpstreamFiles;
import io.jigress.proxy.upstream.Upstreams;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The parts of a [Gateway] from the exchange on, wired in the same way, with a listener whose clients speak HTTP/2.
final class Http2Gateway implements AutoCloseable {
    private static final long CLOSE_SECONDS = 2;

    private final MultiThreadIoEventLoopGroup group;
    private final Metrics metrics;
    private final AccessLog accessLog;
    private final ConnectionPools pools;
    private final DnsDirectory dns;
    private final RuntimeCompiler compiler;
    private final Channel socket;
    private volatile @Nullable Frontend frontend;

    Http2Gateway(ProxySettings settings, List<FilterFactory<?>> filters, EndpointDirectory directory, GatewayConfig config,
            Http2Limits limits) {
        Http2Pools heads = new Http2Pools(1);
        Transport transport = Transport.choose(settings.transport());
        group = new MultiThreadIoEventLoopGroup(1, transport.handlers());
        metrics = new Metrics(settings.metrics(), settings.version(), transport.name());
        accessLog = new AccessLog(settings.accessLog());
        EventLoop executor = (EventLoop) group.next();
        LoopMetrics numbers = metrics.loop();
        Loop loop = new Loop(0, executor, System::nanoTime, 4711, numbers, accessLog.writer(numbers),
                MemoryBudget.ofNetty(256 * 1024, 85, 8, 0));
        pools = new ConnectionPools(loop, transport.client(), new UpstreamFiles(1000));
        ExchangeContext context = new ExchangeContext(loop, pools, System::currentTimeMillis, settings.heldBodyBytes(),
                new RetryMemory(settings.retries().requestBytes(), settings.retries().totalBytes(),
                        settings.retries().mirrors()));
        executor.execute(loop::start);
        dns = Gateway.dns(executor, transport, settings);
        compiler = new RuntimeCompiler(filters,
                new Upstreams(directory, dns, Gateway.withOwn(List.of(), settings, new HeadPools(1))),
                new Loop[] {loop}, Gateway.routeDefaults(settings), settings.warmTimeout(),
                new LoopFilterServices(List.of(context), Gateway.routeDefaults(settings), settings.filters()),
                new ManualUpdates(),
                System::nanoTime);
        RuntimeCompiler.Outcome outcome = compiler.apply(config);
        if (!outcome.faults().isEmpty()) {
            throw new AssertionError(outcome.faults().toString());
        }
        socket = new ServerBootstrap().group(executor, executor).channel(transport.server())
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 * 1024, 256 * 1024))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(
                                new Http2ServerConnection(context, heads, limits, Objects.requireNonNull(frontend), channel,
                                        null));
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly().channel();
        Frontend serving = new Frontend(GatewayUnderTest.LISTENER, port(), settings.clients(),
                new TrustedProxies(settings.trustedProxies()), new ErrorPage(settings.errorPage()));
        serving.routes(compiler.table(GatewayUnderTest.LISTENER));
        frontend = serving;
    }

    int port() {
        return ((InetSocketAddress) socket.localAddress()).getPort();
    }

    /// The thread of its event loop.
    long threadId() {
        return group.next().submit(() -> Thread.currentThread().threadId()).syncUninterruptibly().getNow();
    }

    Http2TestClient connect() {
        return Http2TestClient.connect(port());
    }

    @Override
    public void close() {
        socket.close().awaitUninterruptibly();
        compiler.close();
        pools.closeIdle();
        dns.close();
        group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
        accessLog.close();
    }
}
