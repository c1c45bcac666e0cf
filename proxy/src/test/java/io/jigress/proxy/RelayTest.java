package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.CallLimits;
import io.jigress.api.Headers;
import io.jigress.api.Json;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.UpstreamCall;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.proxy.call.LoopFilterServices;
import io.jigress.proxy.compile.FilterServices;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.RetryMemory;
import io.jigress.proxy.http1.HeadPools;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.MemoryBudget;
import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.upstream.ConnectionPools;
import io.jigress.proxy.upstream.DnsDirectory;
import io.jigress.proxy.upstream.DnsSettings;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamFiles;
import io.jigress.proxy.upstream.Upstreams;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A listener that passes the bytes of its connections to connections of a pool, as a TCP proxy does.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class RelayTest {
    private static final int BYTES = 3_000_000;

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop executor = (EventLoop) group.next();
    private final Metrics metrics = new Metrics(ProxySettings.DEFAULT.metrics(), "test", "nio");
    private final DnsDirectory dns = new DnsDirectory(executor, NioDatagramChannel::new, NioSocketChannel::new, null,
            DnsSettings.DEFAULT);
    private final Upstreams upstreams = new Upstreams((_, _) -> {
        throw new AssertionError();
    }, dns, Gateway.withOwn(List.of(), ProxySettings.DEFAULT, new HeadPools(1)));
    private FilterServices.@Nullable OfInstance services;

    @BeforeEach
    void start() {
        LoopMetrics numbers = metrics.loop();
        Loop loop = new Loop(0, executor, System::nanoTime, 1, numbers, new AccessLog(AccessLogSettings.OFF).writer(numbers),
                MemoryBudget.ofNetty(256 * 1024, 85, 8, 0));
        executor.execute(loop::start);
        ExchangeContext context = new ExchangeContext(loop,
                new ConnectionPools(loop, NioSocketChannel::new, new UpstreamFiles(100)), System::currentTimeMillis, 1 << 20,
                new RetryMemory(0, 0, 0));
        services = new LoopFilterServices(List.of(context), Gateway.routeDefaults(ProxySettings.DEFAULT),
                ProxySettings.DEFAULT.filters()).create(loop, "relay", this::upstream);
    }

    private @Nullable Upstream known;

    private @Nullable Upstream upstream(String name) {
        return known;
    }

    @AfterEach
    void stop() {
        upstreams.close();
        dns.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /// A client's connection and its channel to the upstream.
    private final class Relay extends ChannelInboundHandlerAdapter implements ResponseSink {
        private final SocketChannel client;
        private @Nullable UpstreamCall call;

        Relay(SocketChannel client) {
            this.client = client;
        }

        private UpstreamCall call() {
            UpstreamCall open = call;
            if (open == null) {
                throw new IllegalStateException();
            }
            return open;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            FilterServices.OfInstance with = services;
            if (with != null) {
                call = with.callers().channel("raw", CallLimits.NO_DEADLINE, this);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            call().body((ByteBuf) message, false);
            if (!call().writable()) {
                client.config().setAutoRead(false);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                call().body(io.netty.buffer.Unpooled.EMPTY_BUFFER, true);
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            call().reading(client.isWritable());
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            call().cancel();
        }

        @Override
        public void writable() {
            client.config().setAutoRead(true);
        }

        @Override
        public void body(ByteBuf data, boolean last) {
            client.writeAndFlush(data).addListener(_ -> {
                if (last) {
                    client.shutdownOutput().addListener(done -> {
                        if (client.isInputShutdown()) {
                            client.close();
                        }
                    });
                }
            });
        }

        @Override
        public void failed(ProxyFailure failure) {
            client.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }

        @Override
        public void informational(ResponseHead head) {}

        @Override
        public void head(ResponseHead head, boolean last) {}

        @Override
        public void switched(ResponseHead head) {}

        @Override
        public void trailers(Headers trailers) {}
    }

    private Channel listen() {
        return new ServerBootstrap().group(executor, executor).channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline().addLast(new Relay(channel));
                    }
                }).bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly().channel();
    }

    /// Data in both directions at once, more than queues hold, until each side ends its own direction.
    @Test
    void bytesPassBothWaysWithBackpressureAndHalfClose() throws Exception {
        byte[] there = new byte[BYTES];
        byte[] back = new byte[BYTES];
        new Random(1).nextBytes(there);
        new Random(2).nextBytes(back);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        try (TcpServer server = TcpServer.start(socket -> {
            Thread.ofVirtual().start(() -> send(socket, back));
            received.complete(socket.getInputStream().readAllBytes());
        })) {
            Cluster cluster = GatewayUnderTest.cluster("raw", "tcp", Json.Obj.EMPTY, ConnectionLimits.DEFAULT, server.address());
            known = upstreams.acquire(cluster);
            Channel listener = listen();
            try (Socket client = new Socket()) {
                client.connect(listener.localAddress());
                Thread.ofVirtual().start(() -> send(client, there));
                assertThat(client.getInputStream().readAllBytes()).isEqualTo(back);
                assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo(there);
            }
            GatewayUnderTest.await(() -> metrics.text().contains("jigress_pool_connections_open{loop=\"0\"} 0\n"),
                    () -> "the connection to close");
            assertThat(metrics.text()).contains("jigress_upstream_attempts_total{cluster=\"Backend test/raw\"} 1\n");
            listener.close().syncUninterruptibly();
        }
    }

    private static void send(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
