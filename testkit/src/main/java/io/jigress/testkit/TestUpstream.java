package io.jigress.testkit;

import io.jigress.api.Json;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// A scripted HTTP/1.1 upstream on a real socket of the loopback: decides every byte of its answers and keeps what it received.
///
/// ```java
/// try (TestUpstream upstream = TestUpstream.start(call -> { call.request(); call.write(Reply.ok("hello")); })) {
///     … upstream.port() …
///     ReceivedRequest seen = upstream.awaitRequests(1).getFirst();
/// }
/// ```
///
/// Each connection has a thread of its own and answers its requests in order. Thread-safe. Waiting fails after ten
/// seconds with an AssertionError.
public final class TestUpstream implements AutoCloseable {
    private final ServerSocket server;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<ReceivedRequest> requests = new ArrayList<>();
    private final List<Throwable> faults = new ArrayList<>();
    private final Set<Socket> open = new HashSet<>();
    private int opened;
    private int heads;
    private boolean closed;
    private volatile UpstreamHandler handler;

    private TestUpstream(ServerSocket server, UpstreamHandler handler) {
        this.server = server;
        this.handler = handler;
    }

    /// Starts one on a free port.
    public static TestUpstream start(UpstreamHandler handler) {
        return start(0, handler);
    }

    /// Starts one on this port; 0 for a free one.
    public static TestUpstream start(int port, UpstreamHandler handler) {
        try {
            ServerSocket server = new ServerSocket();
            server.setReuseAddress(true);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
            TestUpstream upstream = new TestUpstream(server, handler);
            Thread.ofVirtual().name("upstream-accept").start(upstream::accept);
            return upstream;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Answers every request with these bytes (Latin-1), after it has arrived whole.
    public static TestUpstream answering(String response) {
        return start(call -> {
            call.request();
            call.write(response);
        });
    }

    /// Answers every request with 200, its name in `x-upstream` and as the body.
    public static TestUpstream named(String name) {
        return answering(Reply.ok(name, "x-upstream: " + name));
    }

    /// Answers every request with what it received, as JSON: `{upstream, connection, method, target, headers: [[name, value]…], body,
    /// trailers: [[name, value]…]}`, and its name in `x-upstream`.
    public static TestUpstream echo(String name) {
        return start(call -> {
            String json = echoed(name, call.request()).toString();
            call.write(Reply.ok(json, "x-upstream: " + name, "content-type: application/json"));
        });
    }

    private static Json echoed(String name, ReceivedRequest request) {
        return Json.object()
                .put("upstream", name)
                .put("connection", request.connection())
                .put("method", request.method())
                .put("target", request.target())
                .put("headers", pairs(request.headers()))
                .put("body", request.text())
                .put("trailers", pairs(request.trailers()))
                .build();
    }

    private static Json pairs(Fields fields) {
        return Json.array(
                fields.list().stream().map(field -> Json.array(List.of(Json.of(field.name()), Json.of(field.value())))).toList());
    }

    /// Sets how later requests are answered, on open connections too.
    public void handler(UpstreamHandler next) {
        handler = next;
    }

    public int port() {
        return server.getLocalPort();
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /// `127.0.0.1:port`.
    public String authority() {
        return InetAddress.getLoopbackAddress().getHostAddress() + ":" + port();
    }

    /// The requests received whole so far, in the order of their ends.
    public List<ReceivedRequest> requests() {
        return locked(() -> List.copyOf(requests));
    }

    /// The last request received whole.
    public ReceivedRequest lastRequest() {
        return requests().getLast();
    }

    /// Waits for this many whole requests since the start.
    public List<ReceivedRequest> awaitRequests(int count) {
        await(() -> requests.size() >= count, () -> count + " requests; there are " + requests.size());
        return requests();
    }

    /// Waits until this many request heads have arrived, whole or not.
    public void awaitHeads(int count) {
        await(() -> heads >= count, () -> count + " request heads; there are " + heads);
    }

    /// Connections accepted since the start.
    public int connectionsOpened() {
        return locked(() -> opened);
    }

    /// Connections open now, as far as this side knows.
    public int connectionsOpen() {
        return locked(open::size);
    }

    public void awaitConnectionsOpened(int count) {
        await(() -> opened >= count, () -> count + " connections; there were " + opened);
    }

    public void awaitConnectionsOpen(int count) {
        await(() -> open.size() == count, () -> count + " open connections; there are " + open.size());
    }

    /// Waits until no connection is open.
    public void awaitClosed() {
        awaitConnectionsOpen(0);
    }

    /// Closes all open connections, as a server does whose idle timeout ends; new ones are accepted.
    public void closeConnections() {
        for (Socket socket : locked(() -> List.copyOf(open))) {
            closeQuietly(socket);
        }
        awaitClosed();
    }

    /// Faults of handlers and of reading requests (malformed ones too; not that a peer closed between requests).
    public List<Throwable> faults() {
        return locked(() -> List.copyOf(faults));
    }

    /// Stops accepting and closes all connections.
    @Override
    public void close() {
        locked(() -> closed = true);
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (Socket socket : locked(() -> List.copyOf(open))) {
            closeQuietly(socket);
        }
    }

    void received(ReceivedRequest request) {
        change(() -> requests.add(request));
    }

    private void accept() {
        while (true) {
            Socket socket;
            try {
                socket = server.accept();
            } catch (IOException _) {
                return; // closed
            }
            int[] number = new int[1];
            change(() -> {
                open.add(socket);
                number[0] = ++opened;
            });
            Thread.ofVirtual().name("upstream-" + number[0]).start(() -> serve(socket, number[0]));
        }
    }

    private void serve(Socket socket, int connection) {
        try (socket) {
            socket.setTcpNoDelay(true);
            WireReader reader = new WireReader(new BufferedInputStream(socket.getInputStream()));
            while (!socket.isClosed()) {
                WireReader.Head head = reader.head();
                if (head == null) {
                    return;
                }
                change(() -> heads++);
                ServerCall call = new ServerCall(this, socket, reader, connection, head);
                handler.handle(call);
                if (!socket.isClosed()) {
                    call.request();
                }
            }
        } catch (Exception | AssertionError fault) {
            // A reset by the peer is an exception too; the test decides whether it is a fault.
            change(() -> {
                if (!closed) {
                    faults.add(fault);
                }
            });
        } finally {
            change(() -> open.remove(socket));
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // The socket is closed in either case.
        }
    }

    private void change(Runnable what) {
        lock.lock();
        try {
            what.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private <T> T locked(Supplier<T> what) {
        lock.lock();
        try {
            return what.get();
        } finally {
            lock.unlock();
        }
    }

    private void await(BooleanSupplier condition, Supplier<String> what) {
        lock.lock();
        try {
            long left = Wire.PATIENCE.toNanos();
            while (!condition.getAsBoolean()) {
                if (left <= 0) {
                    throw new AssertionError(
                            "waited " + Wire.PATIENCE + " for " + what.get() + "; faults: " + faults + "; requests: " + requests);
                }
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + what.get(), e);
        } finally {
            lock.unlock();
        }
    }
}
