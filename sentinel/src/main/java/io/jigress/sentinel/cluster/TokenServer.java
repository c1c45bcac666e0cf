package io.jigress.sentinel.cluster;

import com.alibaba.csp.sentinel.cluster.flow.statistic.limit.RequestLimiter;
import io.jigress.sentinel.cluster.TokenRules.TokenDecision;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A token server for the cluster rules of this gateway, in the protocol of Sentinel's own. One thread accepts connections; each has a
/// virtual thread.
public final class TokenServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TokenServer.class);
    private static final int MOST_CONNECTIONS = 1_000;
    private static final int BACKLOG = 128;
    /// As Sentinel's own.
    private static final int IDLE_MILLIS = 600_000;
    /// After an error, such as too many open files.
    private static final long PAUSE_NANOS = 100_000_000;
    private static final int IN = 4 << 10;
    private static final int OUT = 8 << 10;
    /// More than any response.
    private static final int RESPONSE = 16;

    private final TokenRules rules;
    private final RequestLimiter limiter = TokenRules.requestLimiter();
    private final ServerSocket listening;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private TokenServer(TokenRules rules, ServerSocket listening) {
        this.rules = rules;
        this.listening = listening;
    }

    /// Listens at an address.
    public static TokenServer start(InetSocketAddress address, TokenRules rules) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(address, BACKLOG);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        TokenServer server = new TokenServer(rules, socket);
        Thread.ofPlatform().daemon().name("sentinel-token-server").start(server::accept);
        log.info("the token server of Sentinel listens on {}", server.address());
        return server;
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(listening.getInetAddress(), listening.getLocalPort());
    }

    private void accept() {
        while (!closed) {
            try {
                Socket socket = listening.accept();
                if (open.size() >= MOST_CONNECTIONS) {
                    log.warn("the token server has {} connections and refuses another", MOST_CONNECTIONS);
                    socket.close();
                    continue;
                }
                open.add(socket);
                Thread.ofVirtual().name("sentinel-token-server").start(() -> serve(socket));
            } catch (IOException e) {
                if (!closed) {
                    log.warn("the token server cannot accept a connection: {}", e.getMessage());
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        }
    }

    private void serve(Socket socket) {
        Client client = new Client();
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(IDLE_MILLIS);
            if (!closed) {
                client.talk(socket);
            }
        } catch (TokenFrames.BrokenFrame e) {
            log.warn("the token server closes the connection of {}: {}", socket.getRemoteSocketAddress(), e.getMessage());
        } catch (SocketTimeoutException _) {
            log.info("the token server closes the connection of {}, which was idle", socket.getRemoteSocketAddress());
        } catch (IOException e) {
            log.debug("a client of the token server has gone: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.error("the token server failed for {}", socket.getRemoteSocketAddress(), e);
        } finally {
            open.remove(socket);
            client.leave();
        }
    }

    /// One connection.
    private final class Client {
        private final ByteBuffer in = ByteBuffer.allocate(IN);
        private final ByteBuffer out = ByteBuffer.allocate(OUT);
        /// Null before the first PING.
        private @Nullable String namespace;
        private int members;

        void talk(Socket socket) throws IOException, TokenFrames.BrokenFrame {
            while (true) {
                int got = socket.getInputStream().read(in.array(), in.position(), in.remaining());
                if (got < 0) {
                    return;
                }
                in.position(in.position() + got).flip();
                for (ByteBuffer message = TokenFrames.nextRequest(in); message != null; message = TokenFrames.nextRequest(in)) {
                    if (out.remaining() < RESPONSE) {
                        send(socket);
                    }
                    answer(message);
                }
                in.compact();
                send(socket);
            }
        }

        private void send(Socket socket) throws IOException {
            socket.getOutputStream().write(out.array(), 0, out.position());
            out.clear();
        }

        private void answer(ByteBuffer message) {
            int id = message.getInt(0);
            byte type = message.get(4);
            TokenFrames.Request request = TokenFrames.request(message);
            if (request == null) {
                TokenFrames.response(out, id, type, TokenFrames.BAD);
            } else if (type == TokenFrames.PING) {
                join(request.namespace());
                TokenFrames.response(out, id, type, TokenFrames.OK, members);
            } else {
                TokenDecision decision = !limiter.tryPass() ? TokenDecision.of(TokenFrames.TOO_MANY)
                        : type == TokenFrames.FLOW ? rules.decide(request.flowId(), request.count(), request.priority())
                        : rules.decide(request.flowId(), request.count(), request.values());
                TokenFrames.response(out, id, type, decision.status(), decision.remaining(), decision.waitMillis());
            }
        }

        private void join(String name) {
            if (!name.equals(namespace)) {
                leave();
                namespace = name;
                members = rules.join(name);
            }
        }

        void leave() {
            String name = namespace;
            if (name != null) {
                namespace = null;
                rules.leave(name);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            listening.close();
        } catch (IOException e) {
            log.warn("closing the token server", e);
        }
        open.forEach(socket -> {
            try {
                socket.close();
            } catch (IOException e) {
                log.debug("closing a connection of the token server: {}", e.getMessage());
            }
        });
    }
}
