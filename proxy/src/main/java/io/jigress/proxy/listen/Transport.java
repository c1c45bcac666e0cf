package io.jigress.proxy.listen;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.lang.management.ManagementFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How the process speaks to the kernel's sockets; chosen at start.
///
/// @param name `epoll`, `io_uring` or `nio`
/// @param adoption makes a listening channel of a socket that another process bound; null where that cannot be done
/// @param reusePort whether each loop has a listening socket of its own
public record Transport(String name, IoHandlerFactory handlers, Class<? extends ServerChannel> server,
        @Nullable Adoption adoption,
        ChannelFactory<? extends Channel> client,
        ChannelFactory<? extends DatagramChannel> datagrams,
        boolean reusePort) {
    private static final Logger log = LoggerFactory.getLogger(Transport.class);
    /// The Linux from which on io_uring is taken unasked. Before 5.12 rings count against the limit of locked memory.
    private static final int MAJOR = 6;
    private static final int MINOR = 1;

    /// Whether listening sockets can pass from one process to another: see [Handover].
    boolean handsOver() {
        return adoption != null;
    }

    /// @param wanted a name, or `auto`: the first that works here of io_uring (from Linux 6.1 on), epoll and NIO
    /// @throws IllegalArgumentException when the machine has no such transport; the message says why
    public static Transport choose(String wanted) {
        return switch (wanted) {
            case "auto" -> best();
            case "epoll" -> {
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

    private static Transport best() {
        if (!Epoll.isAvailable()) {
            return nio();
        }
        String kernel = ManagementFactory.getOperatingSystemMXBean().getVersion();
        if (!isRecent(kernel)) {
            log.info("transport: epoll, because io_uring is taken from Linux {}.{} on and this is {}", MAJOR, MINOR, kernel);
            return epoll();
        }
        if (!IoUring.isAvailable()) {
            log.info("transport: epoll, because this machine has no io_uring ({})",
                    String.valueOf(IoUring.unavailabilityCause()));
            return epoll();
        }
        return ioUring();
    }

    /// @param kernel such as `6.18.44-generic`
    static boolean isRecent(String kernel) {
        Matcher version = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*").matcher(kernel);
        if (!version.matches()) {
            return false;
        }
        int major = Integer.parseInt(version.group(1));
        return major > MAJOR || major == MAJOR && Integer.parseInt(version.group(2)) >= MINOR;
    }

    private static Transport ioUring() {
        return new Transport("io_uring", IoUringIoHandler.newFactory(), IoUringServerSocketChannel.class, Adoption::byIoUring,
                IoUringSocketChannel::new, IoUringDatagramChannel::new, true);
    }

    private static Transport epoll() {
        return new Transport("epoll", EpollIoHandler.newFactory(), EpollServerSocketChannel.class, Adoption::byEpoll,
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
