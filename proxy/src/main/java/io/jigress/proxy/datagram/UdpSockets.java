package io.jigress.proxy.datagram;

import io.netty.channel.IoEventLoop;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Opens the UDP sockets of one event loop, in the kind that its transport can watch.
final class UdpSockets {
    private final IoEventLoop loop;
    private final boolean ring;
    /// Null for the JDK's channels.
    private final @Nullable DatagramCalls calls;

    /// @param transport `epoll`, `io_uring` or `nio`
    UdpSockets(IoEventLoop loop, String transport) {
        this.loop = loop;
        this.ring = transport.equals("io_uring");
        this.calls = transport.equals("nio") ? null : new DatagramCalls();
    }

    /// A socket that receives from everybody. Any thread.
    ///
    /// @param address port 0 for any free one
    /// @param shared whether further sockets may be bound to the same port, among which the system distributes the clients
    /// @throws IOException with the system's message
    UdpSocket bound(InetSocketAddress address, boolean shared) throws IOException {
        DatagramCalls kernel = calls;
        return kernel == null
                ? ChannelDatagramSocket.bound(loop, address)
                : KernelDatagramSocket.bound(loop, ring, kernel, address, shared);
    }

    /// The same with a socket that another process has bound; not for the JDK's channels. Any thread.
    UdpSocket adopted(FileDescriptor descriptor) {
        DatagramCalls kernel = calls;
        if (kernel == null) {
            throw new IllegalStateException("a channel of the JDK cannot be made from a descriptor");
        }
        return KernelDatagramSocket.adopted(loop, ring, kernel, descriptor);
    }

    /// A socket that receives from this peer only.
    ///
    /// @throws IOException with the system's message
    UdpSocket connected(InetSocketAddress peer) throws IOException {
        DatagramCalls kernel = calls;
        return kernel == null
                ? ChannelDatagramSocket.connected(loop, peer)
                : KernelDatagramSocket.connected(loop, ring, kernel, peer);
    }
}
