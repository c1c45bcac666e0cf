package io.jigress.proxy.listen;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a gateway that drains passes its listening sockets to one that starts. Both processes then hold the same sockets and the
/// same queues of connections that wait, so that closing them on one side refuses and resets none.
///
/// They connect through a name in Linux' abstract socket namespace, which belongs to the network namespace as ports do; only processes
/// of the same user are served. The handover has an event loop of its own, with epoll, whatever transport carries the traffic.
final class Handover {
    private static final Logger log = LoggerFactory.getLogger(Handover.class);
    /// How long it may take to receive the sockets of a port from a running process.
    private static final long PATIENCE_SECONDS = 2;

    private Handover() {}

    /// A port number is another port for each of them.
    enum Kind {
        TCP, UDP
    }

    /// Offers the sockets of an address to the first process that asks, until it is closed.
    record Offer(EventLoopGroup loop) implements AutoCloseable {
        @Override
        public void close() {
            end(loop);
        }
    }

    /// @throws IOException for example when another process offers that address already
    static Offer offer(InetSocketAddress address, List<Channel> sockets) throws IOException {
        return offer(Kind.TCP, address, sockets.stream().map(socket -> ((UnixChannel) socket).fd()).toList(), () -> {});
    }

    /// @param given called once another process has the sockets, on any thread
    /// @throws IOException for example when another process offers that address already
    static Offer offer(Kind kind, InetSocketAddress address, List<? extends FileDescriptor> sockets, Runnable given)
            throws IOException {
        EventLoopGroup loop = loop();
        ChannelFuture bound = new ServerBootstrap().group(loop).channel(EpollServerDomainSocketChannel.class)
                .childHandler(new Giver(address.getPort(), sockets, user(), given)).bind(name(kind, address))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            end(loop);
            throw new IOException(String.valueOf(bound.cause().getMessage()), bound.cause());
        }
        return new Offer(loop);
    }

    /// Receives the sockets of an address; none when no process offers them, or they were handed over already.
    static List<FileDescriptor> take(Kind kind, InetSocketAddress address) throws IOException {
        Taker taker = new Taker(user());
        EventLoopGroup loop = loop();
        try {
            ChannelFuture connected = new Bootstrap().group(loop).channel(EpollDomainSocketChannel.class)
                    .option(EpollChannelOption.DOMAIN_SOCKET_READ_MODE, DomainSocketReadMode.FILE_DESCRIPTORS)
                    .handler(taker).connect(name(kind, address)).awaitUninterruptibly();
            if (connected.isSuccess()
                    && !connected.channel().closeFuture().awaitUninterruptibly(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                log.warn("the process that hands over {} did not finish", address);
            }
        } finally {
            end(loop);
        }
        return taker.taken;
    }

    private static EventLoopGroup loop() {
        return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("gateway-handover"), EpollIoHandler.newFactory());
    }

    /// Closes its channels too.
    private static void end(EventLoopGroup loop) {
        loop.shutdownGracefully(0, PATIENCE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static DomainSocketAddress name(Kind kind, InetSocketAddress address) {
        return new DomainSocketAddress("\0jigress/" + address.getAddress().getHostAddress() + ":" + address.getPort()
                + (kind == Kind.UDP ? "/udp" : ""));
    }

    /// The effective user of this process. Not the owner of /proc/self, which is root for a process with file capabilities.
    private static int user() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("Uid:")) {
                return Integer.parseInt(line.split("\\s+")[2]);
            }
        }
        throw new IOException("/proc/self/status names no user");
    }

    /// Every process can connect to a name in the abstract namespace.
    private static boolean isUser(int user, Channel peer) throws IOException {
        int other = ((EpollDomainSocketChannel) peer).peerCredentials().uid();
        if (other != user) {
            log.warn("user {} does not hand listening sockets over to user {}, nor takes them", user, other);
        }
        return other == user;
    }

    @Sharable
    private static final class Giver extends ChannelInboundHandlerAdapter {
        private final int port;
        private final List<? extends FileDescriptor> sockets;
        private final int user;
        private final Runnable whenGiven;
        private boolean given;

        Giver(int port, List<? extends FileDescriptor> sockets, int user, Runnable whenGiven) {
            this.port = port;
            this.sockets = sockets;
            this.user = user;
            this.whenGiven = whenGiven;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) throws IOException {
            // Only one: two processes that start at once would share the port unnoticed.
            if (!given && isUser(user, ctx.channel())) {
                given = true;
                log.info("another gateway takes over port {}", port);
                sockets.forEach(ctx::write);
                ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> whenGiven.run())
                        .addListener(ChannelFutureListener.CLOSE);
                return;
            }
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            log.warn("listening sockets could not be handed over", cause);
            ctx.close();
        }
    }

    private static final class Taker extends ChannelInboundHandlerAdapter {
        private final List<FileDescriptor> taken = new ArrayList<>();
        private final int user;

        Taker(int user) {
            this.user = user;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) throws IOException {
            if (isUser(user, ctx.channel())) {
                ctx.fireChannelActive();
            } else {
                ctx.close();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            taken.add((FileDescriptor) message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            log.warn("listening sockets could not be taken over", cause);
            ctx.close();
        }
    }
}
