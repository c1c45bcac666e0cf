package io.jigress.proxy.listen;

import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import org.jspecify.annotations.Nullable;

/// The I/O interface of the process to the kernel's sockets; chosen at start.
///
/// @param name `epoll`, `io_uring` or `nio`
/// @param adoption creates a listening channel from a socket that another process has bound; null where that is not supported
/// @param reusePort whether each loop has a listening socket of its own
public record Transport(String name, IoHandlerFactory handlers, Class<? extends ServerChannel> server,
        @Nullable Adoption adoption,
        ChannelFactory<? extends SocketChannel> client,
        ChannelFactory<? extends DatagramChannel> datagrams,
        boolean reusePort) {
    static final String EPOLL = "epoll";

    /// Whether listening sockets can be handed over to another process: see [Handover].
    boolean handsOver() {
        return adoption != null;
    }

    /// @param wanted a name, or `auto`: epoll where it is available, else NIO
    /// @throws IllegalArgumentException when the machine does not support this transport; the message says why
    public static Transport choose(String wanted) {
        return switch (wanted) {
            case "auto" -> Epoll.isAvailable() ? epoll() : nio();
            case EPOLL -> {
                need(wanted, Epoll.isAvailable(), Epoll.unavailabilityCause());
                yield epoll();
            }
            case "io_uring" -> {
                need(wanted, IoUring.isAvailable(), IoUring.unavailabilityCause());
                yield ioUring();
            }
            case "nio" -> nio();
            default ->
                throw new IllegalArgumentException("transport: \"" + wanted + "\" (expected: auto, epoll, io_uring or nio)");
        };
    }

    private static Transport ioUring() {
        return new Transport("io_uring", IoUringIoHandler.newFactory(), IoUringServerSocketChannel.class, Adoption::byIoUring,
                IoUringSocketChannel::new, IoUringDatagramChannel::new, true);
    }

    private static Transport epoll() {
        return new Transport(EPOLL, new EpollHandlers(), EpollServerSocketChannel.class, Adoption::byEpoll,
                EpollSocketChannel::new, EpollDatagramChannel::new, true);
    }

    private static Transport nio() {
        return new Transport("nio", NioIoHandler.newFactory(), NioServerSocketChannel.class, null, NioSocketChannel::new,
                NioDatagramChannel::new, false);
    }

    private static void need(String name, boolean available, Throwable cause) {
        if (!available) {
            throw new IllegalArgumentException("transport: this machine has no " + name + " (" + cause + ")");
        }
    }
}
