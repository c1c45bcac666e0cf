package io.jigress.proxy.datagram;

import io.netty.channel.unix.FileDescriptor;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A non-blocking UDP socket of one event loop. It holds no datagrams: what the system does not accept at once is not sent. Event loop only.
///
/// Results of [#receive] and [#send] above 0 count datagrams; the others are the constants here.
abstract class UdpSocket {
    /// Nothing has arrived, or the socket's send buffer is full.
    static final int NOTHING = 0;
    /// An earlier datagram was answered by ICMP "port unreachable". Connected sockets only.
    static final int REFUSED = -1;
    /// The datagram is longer than the socket can send.
    static final int TOO_LONG = -2;
    /// There is no way to the peer: no route, host or network unreachable.
    static final int UNREACHABLE = -3;
    /// Another error, such as a datagram that a packet filter rejects.
    static final int FAILED = -4;

    /// What is told that a socket has datagrams or an error to receive. Called again and again until all have been received.
    interface Reader {
        void readable();
    }

    /// With the port that was bound.
    abstract InetSocketAddress address();

    /// For another process; null where the system's descriptor is not accessible.
    @Nullable FileDescriptor descriptor() {
        return null;
    }

    /// Begins to watch the socket.
    ///
    /// @throws java.io.UncheckedIOException or another runtime exception when the event loop cannot watch it; the socket is then still open
    abstract void start(Reader reader);

    /// Receives at most `most` datagrams into the slots from `first` on.
    abstract int receive(DatagramBatch into, int first, int most);

    /// Sends `count` datagrams from the slots from `first` on, or some of them: to the peer of a connected socket, else to the address in the slot. An error is
    /// that of the first one.
    abstract int send(DatagramBatch from, int first, int count);

    /// Closes it; no effect on one that is closed. The port may be free only some turns of the event loop later.
    abstract void close();
}
