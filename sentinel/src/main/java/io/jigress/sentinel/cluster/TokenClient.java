package io.jigress.sentinel.cluster;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A client of a token server, with one connection. One thread connects and reads; requests are written by the threads that make them,
/// without blocking. While there is no connection, [#answerNow] reports that no decision is available.
public final class TokenClient implements TokenService, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TokenClient.class);
    private static final long MILLI_NANOS = 1_000_000;
    private static final long CONNECT_NANOS = 3_000 * MILLI_NANOS;
    /// A server that has not answered anything for so long, and was asked, is disconnected.
    private static final long SILENCE_NANOS = 1_000 * MILLI_NANOS;
    private static final long TICK_MILLIS = 250;
    private static final Duration CLOSING = Duration.ofSeconds(2);
    private static final long SHORTEST_DELAY_NANOS = 100 * MILLI_NANOS;
    private static final long LONGEST_DELAY_NANOS = 10_000 * MILLI_NANOS;

    private final Server server;
    private final long timeoutMillis;
    private final LongSupplier clock;
    private final Selector selector;
    private final Thread thread;
    /// The connection whose server has answered the first message; null while there is none.
    private @Nullable volatile TokenConnection ready;
    private volatile boolean closed;
    /// On the thread, as are the following fields.
    private long delayNanos = SHORTEST_DELAY_NANOS;
    private String logged = "";

    /// A token server.
    ///
    /// @param namespace the name under which it counts this client
    public record Server(String host, int port, String namespace) {
        @Override
        public String toString() {
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }

    private TokenClient(Server server, long timeoutMillis, LongSupplier clock) throws IOException {
        this.server = server;
        this.timeoutMillis = timeoutMillis;
        this.clock = clock;
        selector = Selector.open();
        thread = Thread.ofPlatform().daemon().name("sentinel-token-client").unstarted(this::run);
    }

    /// @param timeoutMillis how long an answer is waited for
    /// @param clock nanoseconds, monotonic
    public static TokenClient start(Server server, long timeoutMillis, LongSupplier clock) throws IOException {
        TokenClient client = new TokenClient(server, timeoutMillis, clock);
        client.thread.start();
        return client;
    }

    @Override
    public @Nullable TokenAnswer answerNow(TokenRequest request) {
        return ready == null ? TokenAnswer.UNAVAILABLE : null;
    }

    @Override
    public void ask(TokenRequest request, Consumer<TokenAnswer> listener) {
        TokenConnection connection = ready;
        if (connection == null) {
            listener.accept(TokenAnswer.UNAVAILABLE);
        } else {
            connection.ask(request, listener);
        }
    }

    @Override
    public long timeoutMillis() {
        return timeoutMillis;
    }

    public Server server() {
        return server;
    }

    /// Whether the server is connected.
    public boolean isReady() { return ready != null; }

    private void run() {
        while (!closed) {
            long begun = clock.getAsLong();
            String end;
            try {
                end = session();
            } catch (IOException | TokenFrames.BrokenFrame e) {
                end = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            } catch (RuntimeException e) {
                log.error("the client of the token server {} failed", server, e);
                end = e.toString();
            }
            if (closed) {
                return;
            }
            if (clock.getAsLong() - begun > 2 * LONGEST_DELAY_NANOS) {
                delayNanos = SHORTEST_DELAY_NANOS;
            }
            tell("the token server " + server + " is not available, and cluster rules are applied locally: " + end, true);
            pause();
        }
    }

    /// Waits before the next attempt, each time twice as long, with some randomness so that gateways do not come all at once.
    private void pause() {
        long end = clock.getAsLong() + ThreadLocalRandom.current().nextLong(delayNanos / 2, delayNanos);
        delayNanos = Math.min(2 * delayNanos, LONGEST_DELAY_NANOS);
        try {
            for (long left = end - clock.getAsLong(); left > 0 && !closed; left = end - clock.getAsLong()) {
                selector.select(Math.max(1, left / MILLI_NANOS));
            }
        } catch (IOException e) {
            log.error("waiting for the token server {} failed", server, e);
        }
    }

    /// One connection, from its start to its end.
    ///
    /// @return why it ended
    private String session() throws IOException, TokenFrames.BrokenFrame {
        InetSocketAddress address = new InetSocketAddress(server.host(), server.port());
        if (address.isUnresolved()) {
            return "its name is unknown";
        }
        try (SocketChannel channel = SocketChannel.open()) {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
            TokenConnection connection = new TokenConnection(channel, timeoutMillis * MILLI_NANOS, clock);
            try {
                channel.connect(address);
                if (!connected(channel)) {
                    return "it does not accept connections";
                }
                key.interestOps(SelectionKey.OP_READ);
                connection.greet(server.namespace());
                return talk(connection);
            } finally {
                ready = null;
                connection.end();
                key.cancel();
                selector.selectNow();
            }
        }
    }

    private boolean connected(SocketChannel channel) throws IOException {
        long deadline = clock.getAsLong() + CONNECT_NANOS;
        while (!closed && clock.getAsLong() - deadline < 0) {
            selector.select(TICK_MILLIS);
            selector.selectedKeys().clear();
            if (channel.finishConnect()) {
                return true;
            }
        }
        return false;
    }

    private String talk(TokenConnection connection) throws IOException, TokenFrames.BrokenFrame {
        long expired = clock.getAsLong();
        while (!closed) {
            selector.select(TICK_MILLIS);
            selector.selectedKeys().clear();
            long now = clock.getAsLong();
            if (now - expired > TICK_MILLIS * MILLI_NANOS) {
                connection.expire();
                expired = now;
            }
            if (!connection.read()) {
                return "it has closed the connection";
            }
            if (ready == null && connection.isGreeted()) {
                ready = connection;
                tell("the token server " + server + " decides on cluster rules", false);
            }
            if (connection.isSilent(SILENCE_NANOS)) {
                return "it does not answer";
            }
        }
        return "closed";
    }

    private void tell(String words, boolean fault) {
        if (words.equals(logged)) {
            return;
        }
        logged = words;
        if (fault) {
            log.warn(words);
        } else {
            log.info(words);
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        try {
            // It may be asking a name server; then it ends later.
            thread.join(CLOSING);
            selector.close();
        } catch (IOException e) {
            log.warn("closing the client of the token server {}", server, e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
