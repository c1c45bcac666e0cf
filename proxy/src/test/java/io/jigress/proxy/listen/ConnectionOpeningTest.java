package io.jigress.proxy.listen;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.ProxySettings;
import io.jigress.proxy.exchange.ErrorPage;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.RetryMemory;
import io.jigress.proxy.exchange.TrustedProxies;
import io.jigress.proxy.listen.ConnectionOpening.Verdict;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.MemoryBudget;
import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.jigress.proxy.upstream.ConnectionPools;
import io.jigress.proxy.upstream.UpstreamFiles;
import io.jigress.testkit.Poll;
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
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A port that selects the protocol of each connection by its first bytes; the server echoes and names the protocol.
class ConnectionOpeningTest {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int MAX_BYTES = 64;

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Metrics metrics = new Metrics(new MetricsSettings(10, 10), "test", "test");
    private final LoopMetrics numbers = metrics.loop();
    private final AtomicLong aheadNanos = new AtomicLong();
    private final Loop loop = new Loop(0, (EventLoop) group.next(), () -> System.nanoTime() + aheadNanos.get(), 4711, numbers,
            new AccessLog(AccessLogSettings.OFF).writer(numbers), MemoryBudget.ofNetty(256 * 1024, 85, 1, 0));
    private final ExchangeContext context = new ExchangeContext(loop,
            new ConnectionPools(loop, NioSocketChannel::new, new UpstreamFiles(10)), System::currentTimeMillis, 0,
            new RetryMemory(0, 0, 0));
    private final Frontend frontend = new Frontend("test", 0, ProxySettings.DEFAULT.clients(), new TrustedProxies(List.of()),
            new ErrorPage(ProxySettings.ERROR_PAGE));
    private InetSocketAddress address;
    private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();

    @BeforeEach
    void listen() {
        Channel socket = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accepted.add(channel);
                        channel.pipeline().addLast(new ConnectionOpening(context, frontend, channel, Duration.ofSeconds(10),
                                MAX_BYTES, null, (first, peek, _) -> choose(channel, first, peek)));
                    }
                }).bind(InetAddress.getLoopbackAddress(), 0).syncUninterruptibly().channel();
        address = (InetSocketAddress) socket.localAddress();
    }

    @AfterEach
    void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static Verdict choose(Channel channel, FirstBytes first, ByteBuf peek) {
        // In this test a ClientHello ends with a line feed.
        if (first == FirstBytes.CLIENT_HELLO && peek.bytesBefore((byte) '\n') < 0) {
            return Verdict.WAIT;
        }
        if (first == FirstBytes.PROXY_HEADER) {
            channel.writeAndFlush(channel.alloc().buffer().writeByte('!')).addListener(ChannelFutureListener.CLOSE);
            return Verdict.REFUSE;
        }
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext to, Object message) {
                ByteBuf named = to.alloc().buffer().writeBytes((first + ":").getBytes(StandardCharsets.US_ASCII));
                to.write(named);
                to.writeAndFlush(message);
            }
        });
        return Verdict.SERVE;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void expect(Socket socket, String text) throws IOException {
        byte[] received = socket.getInputStream().readNBytes(text.length());
        assertThat(new String(received, StandardCharsets.ISO_8859_1)).isEqualTo(text);
    }

    private void setAhead(Duration time) throws Exception {
        aheadNanos.set(time.toNanos());
        loop.executor().submit(() -> loop.timers().advance(loop.nanoTime())).get(10, TimeUnit.SECONDS);
    }

    /// The connection that was accepted next, once it is active.
    private Channel accepted() throws Exception {
        Channel channel = accepted.poll(10, TimeUnit.SECONDS);
        loop.executor().submit(() -> {}).get(10, TimeUnit.SECONDS);
        return channel;
    }

    /// Returns when so many bytes have been read.
    private void awaitRead(Channel channel, int bytes) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (loop.executor().submit(() -> channel.pipeline().get(ConnectionOpening.class).held()).get(10,
                TimeUnit.SECONDS) < bytes) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Poll.pause();
        }
    }

    @Test
    void theBytesGoToWhatTheyChose() throws Exception {
        try (Socket one = connect(); Socket other = connect()) {
            send(one, "GET / HTTP/1.1\r\n");
            expect(one, "OTHER:GET / HTTP/1.1\r\n");
            send(other, PREFACE + "more");
            expect(other, "HTTP2_PREFACE:" + PREFACE + "more");
            send(one, "again");
            expect(one, "OTHER:again");
        }
    }

    @Test
    void bytesThatComeOneByOneAreKeptTogether() throws Exception {
        try (Socket socket = connect()) {
            Channel channel = accepted();
            for (int i = 0; i < PREFACE.length() - 1; i++) {
                send(socket, PREFACE.substring(i, i + 1));
                awaitRead(channel, i + 1);
            }
            send(socket, PREFACE.substring(PREFACE.length() - 1));
            expect(socket, "HTTP2_PREFACE:" + PREFACE);
        }
    }

    @Test
    void theChoiceMayWaitForMoreBytes() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "\u0016he");
            awaitRead(accepted(), 3);
            send(socket, "llo\n");
            expect(socket, "CLIENT_HELLO:\u0016hello\n");
        }
    }

    @Test
    void aConnectionIsClosedWhenItsLimitOfBytesDoesNotTell() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "\u0016" + "h".repeat(MAX_BYTES - 1));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aRefusedConnectionGetsItsAnswerAndCloses() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "PROXY ");
            expect(socket, "!");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aConnectionIsClosedWhenItsFirstBytesTakeTooLong() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "PRI");
            awaitRead(accepted(), 3);
            setAhead(Duration.ofSeconds(11));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aSilentConnectionIsIdle() throws Exception {
        try (Socket socket = connect()) {
            accepted();
            setAhead(Duration.ofSeconds(70));
            send(socket, "G");
            expect(socket, "OTHER:G");
        }
        try (Socket socket = connect()) {
            accepted();
            setAhead(Duration.ofSeconds(70 + 76));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(numbers.connectionsAccepted).isEqualTo(2);
    }

    @Test
    void aSilentConnectionOfADrainingListenerClosesSoon() throws Exception {
        try (Socket socket = connect()) {
            Channel channel = accepted();
            frontend.drain();
            loop.executor().submit(() -> channel.pipeline().fireUserEventTriggered(Frontend.Event.DRAINING)).get(10,
                    TimeUnit.SECONDS);
            setAhead(Duration.ofSeconds(2));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aClientThatEndsBeforeItIsToldIsClosed() throws Exception {
        try (Socket socket = connect()) {
            send(socket, "PR");
            socket.shutdownOutput();
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }
}
