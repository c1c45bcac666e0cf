package io.jigress.proxy.datagram;

import io.jigress.proxy.compile.CompiledStream;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// A UDP listener: a socket on each event loop, among which the system distributes the clients by their addresses; a client stays with its socket. Sessions
/// outlive every change of the route, and end with the listener. For the applying thread.
public final class UdpListener {
    private final List<ClientSocket> sockets = new ArrayList<>();
    private final InetSocketAddress address;
    private volatile @Nullable CompiledStream route;

    private UdpListener(InetSocketAddress address, @Nullable CompiledStream route) {
        this.address = address;
        this.route = route;
    }

    /// Binds and begins to receive.
    ///
    /// @param loops which receive
    /// @param shared whether each of them has a socket of its own; else the first has the only one
    /// @param address as [#free] has returned it, or port 0 for any free port where sockets are not shared
    /// @param taken sockets of the address that another process has bound; they are closed when this fails
    /// @throws IOException when the address cannot be bound, with the system's message
    public static UdpListener open(List<UdpLoop> loops, boolean shared, InetSocketAddress address, List<FileDescriptor> taken,
            @Nullable CompiledStream route) throws IOException {
        int wanted = Math.max(shared ? loops.size() : 1, taken.size());
        List<UdpSocket> bound = new ArrayList<>();
        boolean open = false;
        try {
            for (int i = 0; i < wanted; i++) {
                UdpSockets sockets = loops.get(i % loops.size()).sockets();
                bound.add(i < taken.size() ? sockets.adopted(taken.get(i)) : sockets.bound(address, shared));
            }
            UdpListener listener = new UdpListener(bound.getFirst().address(), route);
            listener.start(loops, bound);
            open = true;
            return listener;
        } finally {
            if (!open) {
                bound.forEach(UdpSocket::close);
                for (int i = bound.size(); i < taken.size(); i++) {
                    taken.get(i).close();
                }
            }
        }
    }

    private void start(List<UdpLoop> loops, List<UdpSocket> bound) throws IOException {
        for (int i = 0; i < bound.size(); i++) {
            UdpLoop udp = loops.get(i % loops.size());
            UdpSocket socket = bound.get(i);
            Future<ClientSocket> started = udp.loop().executor().submit(() -> {
                ClientSocket made = new ClientSocket(this, udp, socket);
                made.start();
                return made;
            });
            if (!started.awaitUninterruptibly().isSuccess()) {
                close();
                throw new IOException(String.valueOf(started.cause().getMessage()), started.cause());
            }
            sockets.add(started.getNow());
        }
    }

    /// Whether an address is free: with SO_REUSEPORT two processes would share a port unnoticed; without it, this bind fails when another process has the port.
    ///
    /// @param address port 0 for any free port
    /// @return with a port that was free just now
    /// @throws IOException when it cannot be bound, with the system's message
    public static InetSocketAddress free(List<UdpLoop> loops, InetSocketAddress address) throws IOException {
        UdpSocket probe = loops.getFirst().sockets().bound(address, false);
        probe.close();
        return new InetSocketAddress(address.getAddress(), probe.address().getPort());
    }

    /// For another process, which then receives what clients send; empty where the descriptors are not accessible.
    public List<FileDescriptor> descriptors() {
        List<FileDescriptor> all = new ArrayList<>();
        for (ClientSocket socket : sockets) {
            FileDescriptor descriptor = socket.descriptor();
            if (descriptor != null) {
                all.add(descriptor);
            }
        }
        return all;
    }

    /// With the port that was bound.
    public InetSocketAddress address() {
        return address;
    }

    /// Where new sessions go; null when their datagrams are dropped. Any thread.
    @Nullable CompiledStream route() {
        return route;
    }

    /// Used by every session that begins from now on.
    public void route(@Nullable CompiledStream now) {
        route = now;
    }

    /// Ends all sessions and closes the sockets. Returns when that is done. Any thread but the event loops.
    public synchronized void close() {
        List<Future<?>> closing = new ArrayList<>();
        for (ClientSocket socket : sockets) {
            try {
                closing.add(socket.udp().loop().executor().submit(socket::close));
            } catch (RejectedExecutionException _) {
                // The event loop has ended, and has closed what it watched.
            }
        }
        closing.forEach(Future::awaitUninterruptibly);
        sockets.clear();
    }
}
