package io.jigress.testkit.kubernetes;

import java.net.BindException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assumptions;

/// A TCP relay to a server on loopback that a test can interrupt: connections are broken, or refused until they are let through again. Thread-safe.
public final class TcpRelay implements AutoCloseable {
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private final InetAddress address;
    private final int port;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private ServerSocket server;
    /// Has the port, without listening, while connections are refused: it is one of those that the system gives to connections.
    private @Nullable Socket keeper;

    /// @param target a port on loopback
    public TcpRelay(int target) throws IOException {
        this(InetAddress.getLoopbackAddress(), target);
    }

    /// @param address of this machine, on which the relay listens
    public TcpRelay(InetAddress address, int target) throws IOException {
        this.address = address;
        this.target = target;
        server = new ServerSocket(0, 100, address);
        port = server.getLocalPort();
        Thread.ofVirtual().start(() -> accept(server));
    }

    public int port() {
        return port;
    }

    /// An address of this machine that is not a loopback one, as API servers want it for endpoints; skips the test where there is none.
    public static InetAddress ownAddress() throws IOException {
        Optional<InetAddress> own = NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                .filter(each -> each instanceof Inet4Address && !each.isLoopbackAddress() && !each.isLinkLocalAddress())
                .findFirst();
        Assumptions.assumeTrue(own.isPresent(), "no address but the loopback one");
        return own.orElseThrow();
    }

    /// Breaks all connections; new ones are let through.
    public synchronized void cut() {
        sockets.forEach(TcpRelay::closeQuietly);
    }

    /// Breaks all connections and refuses new ones.
    public synchronized void down() {
        stop();
        try {
            if (keeper == null) {
                keep();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void stop() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    private void keep() throws IOException {
        Socket kept = new Socket();
        kept.setReuseAddress(true);
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!kept.isBound()) {
            try {
                kept.bind(new InetSocketAddress(address, port));
            } catch (BindException e) {
                if (System.nanoTime() > end) {
                    kept.close();
                    throw e;
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
        keeper = kept;
    }

    /// Lets connections through again.
    public synchronized void up() throws IOException {
        ServerSocket again = new ServerSocket();
        again.setReuseAddress(true);
        again.bind(new InetSocketAddress(address, port), 100);
        letGo();
        serve(again);
    }

    private void letGo() {
        Socket kept = keeper;
        if (kept != null) {
            keeper = null;
            closeQuietly(kept);
        }
    }

    private void serve(ServerSocket again) {
        server = again;
        Thread.ofVirtual().start(() -> accept(again));
    }

    private void accept(ServerSocket from) {
        while (true) {
            try {
                Socket client = from.accept();
                if (!take(client, from)) {
                    closeQuietly(client);
                    return;
                }
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException _) {
                return;
            }
        }
    }

    /// Whether a connection is served. A thread that waits in `accept` may still get one while the server socket is being closed.
    private synchronized boolean take(Socket client, ServerSocket from) {
        return !from.isClosed() && sockets.add(client);
    }

    private void serve(Socket client) {
        try (client; Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target)) {
            sockets.add(upstream);
            Thread back = Thread.ofVirtual().start(() -> copy(upstream, client));
            copy(client, upstream);
            back.join();
            sockets.remove(upstream);
        } catch (IOException _) {
            // When one of the two is closed, the other is closed too.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(client);
        }
    }

    private static void copy(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
        } catch (IOException _) {
            // Then the other direction ends as well.
        } finally {
            closeQuietly(from);
            closeQuietly(to);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // It is not used any more.
        }
    }

    @Override
    public synchronized void close() {
        stop();
        letGo();
    }
}
