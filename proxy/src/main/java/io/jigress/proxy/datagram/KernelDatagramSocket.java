package io.jigress.proxy.datagram;

import io.netty.channel.ChannelException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoOps;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// A socket of Linux, used by recvmmsg(2) and sendmmsg(2) and watched by epoll or io_uring. Netty's own datagram channels take some kilobytes each (with io_uring
/// more than a hundred), which is too much for one per session, and cannot choose the source address of a datagram.
abstract sealed class KernelDatagramSocket extends UdpSocket implements IoHandle {
    private static final int IPPROTO_IP = 0;
    private static final int IP_PKTINFO = 8;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_RECVPKTINFO = 49;
    /// Twice what the system reserves by default, where it allows that: datagrams arrive in bursts.
    private static final int RECEIVE_BUFFER_BYTES = 4 << 20;

    static final class Descriptor extends Socket {
        Descriptor(boolean ipv6) {
            super(newSocketDgram0(ipv6));
        }

        Descriptor(int descriptor) {
            super(descriptor);
        }

        boolean isIpv6() { return ipv6; }
    }

    final Descriptor socket;
    private final IoEventLoop loop;
    private final DatagramCalls calls;
    private final InetSocketAddress address;
    /// Of the addresses in datagrams that are sent; 0 for a connected socket.
    private final int family;
    private @Nullable IoRegistration registration;
    private @Nullable Reader reader;
    private boolean closed;

    private KernelDatagramSocket(Descriptor socket, IoEventLoop loop, DatagramCalls calls, boolean connected) {
        this.socket = socket;
        this.loop = loop;
        this.calls = calls;
        this.address = socket.localAddress();
        this.family = connected ? 0 : socket.isIpv6() ? MessageHeaders.INET6 : MessageHeaders.INET;
    }

    /// Any thread.
    static UdpSocket bound(IoEventLoop loop, boolean ring, DatagramCalls calls, InetSocketAddress address, boolean shared)
            throws IOException {
        boolean any = address.getAddress().isAnyLocalAddress();
        boolean ipv6 = !(address.getAddress() instanceof Inet4Address) || any && Socket.isIPv6Preferred();
        return open(ipv6, socket -> {
            if (shared) {
                socket.setReusePort(true);
            }
            socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
            if (any) {
                socket.setIntOpt(ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_RECVPKTINFO : IP_PKTINFO, 1);
            }
            // Bound to the IPv6 form, it receives IPv4 as well.
            socket.bind(any && ipv6 ? new InetSocketAddress(InetAddress.ofLiteral("::"), address.getPort()) : address);
            return of(socket, loop, ring, calls, false);
        });
    }

    /// One that another process has bound. Any thread.
    static UdpSocket adopted(IoEventLoop loop, boolean ring, DatagramCalls calls, FileDescriptor descriptor) {
        return of(new Descriptor(descriptor.intValue()), loop, ring, calls, false);
    }

    static UdpSocket connected(IoEventLoop loop, boolean ring, DatagramCalls calls, InetSocketAddress peer) throws IOException {
        return open(!(peer.getAddress() instanceof Inet4Address), socket -> {
            socket.connect(peer);
            return of(socket, loop, ring, calls, true);
        });
    }

    private static KernelDatagramSocket of(Descriptor socket, IoEventLoop loop, boolean ring, DatagramCalls calls,
            boolean connected) {
        return ring ? new Ring(socket, loop, calls, connected) : new Epoll(socket, loop, calls, connected);
    }

    @FunctionalInterface
    private interface Setup {
        KernelDatagramSocket apply(Descriptor socket) throws IOException;
    }

    private static UdpSocket open(boolean ipv6, Setup setup) throws IOException {
        Descriptor socket;
        try {
            socket = new Descriptor(ipv6);
        } catch (ChannelException e) {
            throw new IOException(e.getMessage(), e);
        }
        boolean made = false;
        try {
            UdpSocket result = setup.apply(socket);
            made = true;
            return result;
        } finally {
            if (!made) {
                socket.close();
            }
        }
    }

    @Override
    InetSocketAddress address() {
        return address;
    }

    @Override
    void start(Reader reader) {
        this.reader = reader;
        // Complete at once on the loop's own thread.
        IoRegistration made = loop.register(this).syncUninterruptibly().getNow();
        registration = made;
        watch(made);
    }

    @Override
    @Nullable FileDescriptor descriptor() {
        return socket;
    }

    abstract void watch(IoRegistration made);

    /// Ends the watch. Calls [#unregistered] when the event loop does not need the descriptor any more.
    abstract void unwatch(IoRegistration made);

    final void ready() {
        Reader known = reader;
        if (known != null && !closed) {
            known.readable();
        }
    }

    final boolean isOpen() { return !closed; }

    @Override
    int receive(DatagramBatch into, int first, int most) {
        MessageHeaders headers = into.headers();
        headers.beforeReceive(first, most);
        int result = calls.receive(socket.intValue(), headers.receiving(first), most);
        if (result > 0) {
            headers.received(first, result);
        }
        return result;
    }

    @Override
    int send(DatagramBatch from, int first, int count) {
        MessageHeaders headers = from.headers();
        headers.beforeSend(first, count, family);
        return calls.send(socket.intValue(), headers.sending(first), count);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        IoRegistration watched = registration;
        if (watched == null) {
            unregistered();
        } else {
            unwatch(watched);
        }
    }

    @Override
    public void registered() {}

    @Override
    public void unregistered() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a UDP socket could not be closed", e);
        }
    }

    private static final class Epoll extends KernelDatagramSocket implements EpollIoHandle {
        Epoll(Descriptor socket, IoEventLoop loop, DatagramCalls calls, boolean connected) {
            super(socket, loop, calls, connected);
        }

        @Override
        public FileDescriptor fd() {
            return socket;
        }

        @Override
        void watch(IoRegistration made) {
            made.submit(EpollIoOps.EPOLLIN);
        }

        @Override
        void unwatch(IoRegistration made) {
            made.cancel();
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            ready();
        }
    }

    private static final class Ring extends KernelDatagramSocket implements IoUringIoHandle {
        private static final byte POLL_ADD = 6;
        private static final byte ASYNC_CANCEL = 14;
        private static final int POLLIN = 1;

        /// Identifies the poll that is under way.
        private long poll;

        Ring(Descriptor socket, IoEventLoop loop, DatagramCalls calls, boolean connected) {
            super(socket, loop, calls, connected);
        }

        @Override
        void watch(IoRegistration made) {
            poll = made.submit(operation(POLL_ADD, socket.intValue(), 0, POLLIN));
        }

        /// The kernel keeps the socket open until the poll is cancelled.
        @Override
        void unwatch(IoRegistration made) {
            made.submit(operation(ASYNC_CANCEL, -1, poll, 0));
            made.cancel();
        }

        private static IoUringIoOps operation(byte code, int descriptor, long address, int events) {
            return new IoUringIoOps(code, (byte) 0, (short) 0, descriptor, 0, address, 0, events, 0L, (short) 0, (short) 0, 0, 0);
        }

        /// A poll reports once; the next one reports at once when there is more to receive.
        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            if (isOpen() && event instanceof IoUringIoEvent of && of.opcode() == POLL_ADD && of.res() > 0) {
                ready();
                if (isOpen()) {
                    watch(registration);
                }
            }
        }
    }
}
