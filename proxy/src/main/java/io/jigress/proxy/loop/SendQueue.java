package io.jigress.proxy.loop;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/// The bytes that were written to a connection and that the peer has not acknowledged. Event loop only.
@SuppressWarnings("restricted") // The launcher gives the permission that native calls need.
public final class SendQueue {
    /// For epoll; connections of clients inherit it from their listening socket.
    public static final int NOT_SENT_BYTES = 128 * 1024;
    private static final int SEND_BUFFER_BYTES = 128 * 1024;
    private static final long SIOCOUTQ = 0x5411;
    private static final @Nullable MethodHandle IOCTL = ioctl();

    private SendQueue() {}

    /// Limits what the kernel buffers for a slow peer, so that its progress is visible every few seconds. By default Linux buffers up to
    /// 4 MiB, and accepts more only when a third of that has been sent.
    public static void bound(Channel channel) {
        switch (channel) {
            case EpollSocketChannel socket when socket.parent() != null -> {}
            case EpollSocketChannel socket -> socket.config().setTcpNotSentLowAt(NOT_SENT_BYTES);
            // Not with io_uring: sends of a connection whose input had ended were observed to wait for ever (Linux 6.18). There SIOCOUTQ is used.
            case IoUringSocketChannel _ -> {}
            case SocketChannel socket -> socket.config().setSendBufferSize(SEND_BUFFER_BYTES);
            default -> {}
        }
    }

    /// Bytes that wait to be written, and on epoll and io_uring those that the system holds until the peer acknowledges them. A system
    /// call: for timers, not for requests.
    public static long unacknowledged(Channel channel) {
        ChannelOutboundBuffer queue = channel.unsafe().outboundBuffer();
        long waiting = queue == null ? 0 : queue.totalPendingWriteBytes() - queue.currentProgress();
        return channel instanceof UnixChannel socket && channel.isActive() ? waiting + held(socket.fd().intValue()) : waiting;
    }

    private static int held(int descriptor) {
        MethodHandle ioctl = IOCTL;
        if (ioctl == null) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            int result = (int) ioctl.invokeExact(descriptor, SIOCOUTQ, value);
            return result < 0 ? 0 : value.get(JAVA_INT, 0);
        } catch (Throwable e) {
            throw new AssertionError("a native call throws nothing", e);
        }
    }

    private static @Nullable MethodHandle ioctl() {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup().find("ioctl")
                .map(address -> linker.downcallHandle(address, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                        Linker.Option.firstVariadicArg(2)))
                .orElse(null);
    }
}
