package io.jigress.proxy.listen;

import io.jigress.proxy.loop.SendQueue;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The listening sockets of one address: one per event loop, or one that distributes its connections to all of them. For the applying
/// thread.
final class ListeningSockets {
    // Options that connections inherit from their listening socket on Linux, so that they need no system call each. Keep-alive: so that the kernel detects
    // a tunnel whose peer has disappeared; TCP_NOTSENT_LOWAT: see SendQueue.
    private static final ChannelOption<Integer> SO_KEEPALIVE = new IntegerUnixChannelOption("SO_KEEPALIVE", 1, 9);
    private static final ChannelOption<Integer> TCP_NOTSENT_LOWAT = new IntegerUnixChannelOption("TCP_NOTSENT_LOWAT", 6, 25);
    private static final Logger log = LoggerFactory.getLogger(ListeningSockets.class);
    /// The length of the accept queue; net.core.somaxconn may allow less.
    private static final int BACKLOG = 4096;
    private static final int ACCEPTED_PER_TURN = 1024;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    private final Transport transport;
    private final List<Channel> sockets;
    private final InetSocketAddress address;

    private ListeningSockets(Transport transport, List<Channel> sockets, InetSocketAddress address) {
        this.transport = transport;
        this.sockets = sockets;
        this.address = address;
    }

    /// Binds; connections wait until [#accept].
    ///
    /// @param loops which accept
    /// @param group of these loops
    /// @param address port 0 means a free port
    /// @param connection the handler of each connection
    /// @throws IOException when the address cannot be bound, or another process has it and does not hand it over
    static ListeningSockets open(Transport transport, List<EventLoop> loops, EventLoopGroup group, InetSocketAddress address,
            ChannelHandler connection) throws IOException {
        Queue<FileDescriptor> taken = new ArrayDeque<>(takeOver(transport, address));
        int wanted = Math.max(transport.reusePort() ? loops.size() : 1, taken.size());
        List<Channel> sockets = new ArrayList<>();
        InetSocketAddress bound = address;
        try {
            while (sockets.size() < wanted) {
                EventLoop loop = loops.get(sockets.size() % loops.size());
                ServerBootstrap bootstrap = bootstrap(transport).group(loop, transport.reusePort() ? loop : group)
                        .childHandler(connection);
                Adoption adoption = transport.adoption();
                FileDescriptor descriptor = taken.poll();
                if (descriptor != null && adoption != null) {
                    sockets.add(adoption.adopt(bootstrap, descriptor));
                    continue;
                }
                Channel socket = channel(bootstrap.channel(transport.server()).bind(bound));
                sockets.add(socket);
                bound = new InetSocketAddress(address.getAddress(), ((InetSocketAddress) socket.localAddress()).getPort());
            }
        } catch (IOException e) {
            sockets.forEach(Channel::close);
            for (FileDescriptor unused : taken) {
                unused.close();
            }
            throw e;
        }
        return new ListeningSockets(transport, sockets, bound);
    }

    private static ServerBootstrap bootstrap(Transport transport) {
        ServerChannelRecvByteBufAllocator accepting = new ServerChannelRecvByteBufAllocator();
        accepting.maxMessagesPerRead(ACCEPTED_PER_TURN);
        accepting.respectMaybeMoreData(false);
        // When the process has no file descriptor left, Netty's acceptor pauses for a second and retries.
        ServerBootstrap bootstrap = new ServerBootstrap()
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                // Without this, epoll accepts one connection per turn of the loop, and of 1,000 simultaneous ones some wait for seconds.
                .option(ChannelOption.RECVBUF_ALLOCATOR, accepting)
                // Not the adaptive allocator: it creates an object for each slice and two for each copy.
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                // TCP_NODELAY is Netty's default.
                // The connection's handler decides what a client's FIN means.
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        if (transport.name().equals(Transport.EPOLL)) {
            bootstrap.option(SO_KEEPALIVE, 1).option(TCP_NOTSENT_LOWAT, SendQueue.NOT_SENT_BYTES);
        } else {
            bootstrap.childOption(ChannelOption.SO_KEEPALIVE, true);
        }
        return transport.reusePort() ? bootstrap.option(UnixChannelOption.SO_REUSEPORT, true) : bootstrap;
    }

    /// @throws IOException when it failed, with the reason
    static Channel channel(ChannelFuture future) throws IOException {
        Throwable cause = future.awaitUninterruptibly().cause();
        if (cause != null) {
            throw new IOException(String.valueOf(cause.getMessage()), cause);
        }
        return future.channel();
    }

    /// The sockets that a gateway which drains on this address hands over; empty when the address is free.
    private static List<FileDescriptor> takeOver(Transport transport, InetSocketAddress address)
            throws IOException {
        if (address.getPort() == 0) {
            return List.of();
        }
        // With SO_REUSEPORT two processes would share the port unnoticed; without it, this bind fails when another process has the port.
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(address);
            return List.of();
        } catch (IOException e) {
            List<FileDescriptor> taken = transport.handsOver() ? Handover.take(Handover.Kind.TCP, address) : List.of();
            if (taken.isEmpty()) {
                throw e;
            }
            log.info("taking over port {} from a gateway that drains", address.getPort());
            return taken;
        }
    }

    /// With the port that was bound.
    InetSocketAddress address() {
        return address;
    }

    void accept() {
        sockets.forEach(socket -> socket.config().setAutoRead(true));
    }

    /// Offers these sockets to another process until the returned object is closed; empty where the transport does not support it.
    Optional<Handover.Offer> offer() throws IOException {
        return transport.handsOver() ? Optional.of(Handover.offer(address, sockets)) : Optional.empty();
    }

    /// Accepts the queued connections, then closes: the kernel resets connections in the queue when their socket closes.
    void closeWhenAccepted() {
        List<Promise<?>> closed = new ArrayList<>();
        for (Channel socket : sockets) {
            if (socket.isOpen()) {
                Promise<?> done = socket.eventLoop().newPromise();
                closed.add(done);
                socket.eventLoop().execute(() -> close(socket, BACKLOG / ACCEPTED_PER_TURN, done));
            }
        }
        closed.forEach(Promise::awaitUninterruptibly);
    }

    /// A task that a loop schedules for itself runs after the loop has polled its sockets once more: in each such turn it accepts queued
    /// connections, and in the turn after the close NIO releases the port.
    private static void close(Channel socket, int turns, Promise<?> done) {
        if (turns == 0) {
            socket.close();
        }
        if (turns < 0) {
            done.setSuccess(null);
        } else {
            socket.eventLoop().schedule(() -> close(socket, turns - 1, done), 1, TimeUnit.MILLISECONDS);
        }
    }

    void close() {
        sockets.forEach(socket -> socket.close().awaitUninterruptibly());
    }
}
