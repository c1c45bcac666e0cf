package io.jigress.sources.nacos;

import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.api.remote.request.Request;
import com.alibaba.nacos.api.remote.response.Response;
import com.alibaba.nacos.common.remote.client.Connection;
import com.alibaba.nacos.common.remote.client.ConnectionEventListener;
import com.alibaba.nacos.common.remote.client.ServerListFactory;
import com.alibaba.nacos.common.remote.client.grpc.DefaultGrpcClientConfig;
import com.alibaba.nacos.common.remote.client.grpc.GrpcClientConfig;
import com.alibaba.nacos.common.remote.client.grpc.GrpcSdkClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/// The gRPC connection to one of a list of Nacos servers; it reconnects when it breaks.
///
/// It uses only the lowest layer of Nacos' library, without its copy of the instances, its files and its polling. It needs four threads;
/// the threads of the library's gRPC are shared by all connections.
final class NacosConnection implements AutoCloseable {
    /// The offset of the gRPC port to the port of the address.
    static final int GRPC_OFFSET = 1000;
    /// The id of the namespace that has no name.
    static final String PUBLIC = "public";
    private static final long REQUEST_MILLIS = 3_000;

    /// The library's gRPC logs to the JDK's logger, which prints to standard error and not to the gateway's log. The reference is kept, since a logger
    /// without references loses its level.
    private static final Logger GRPC_LOG = Logger.getLogger("com.alibaba.nacos.shaded");
    private static final int PROBE_MILLIS = 1000;
    /// A connection without traffic is checked every 5 seconds; one that does not answer is given up after 4 more.
    private static final int CHECK_MILLIS = 2000;
    private static final int CHECK_RETRIES = 1;
    private static final long CLOSE_SECONDS = 5;

    private final List<String> servers;
    private final @Nullable NacosTls tls;
    private final Client client;

    /// @param servers `host:port`, the port being that of HTTP
    /// @param tls null for connections without TLS; is closed with the connection
    /// @param module the type of this connection for the server: `naming` or `config`
    /// @param connected called on a thread of the library whenever there is a new connection, which has no subscriptions yet
    /// @param pushed returns the response to a request of the server; null for one that is not understood
    NacosConnection(String name, List<String> servers, @Nullable NacosTls tls, String module, Runnable connected,
            Function<Request, @Nullable Response> pushed) {
        GRPC_LOG.setLevel(Level.OFF);
        this.servers = List.copyOf(servers);
        this.tls = tls;
        Map<String, String> labels = new HashMap<>(Map.of("source", "sdk", "module", module, "AppName", "jigress"));
        DefaultGrpcClientConfig.Builder config = DefaultGrpcClientConfig.newBuilder().setName(name).setRetryTimes(0)
                .setThreadPoolCoreSize(2).setThreadPoolMaxSize(2).setLabels(labels).setHealthCheckTimeOut(CHECK_MILLIS)
                .setHealthCheckRetryTimes(CHECK_RETRIES);
        client = new Client((tls == null ? config : config.setTlsConfig(tls.config())).build());
        client.serverListFactory(new Servers(this.servers));
        client.registerConnectionListener(new ConnectionEventListener() {
            @Override
            public void onConnected(Connection connection) {
                connected.run();
            }

            @Override
            public void onDisConnect(Connection connection) {
                // The library calls this only when the next connection exists; see #connected.
            }
        });
        client.registerServerRequestHandler((request, _) -> pushed.apply(request));
    }

    /// Starts to connect; waits for the end of the first attempt, successful or not. Further attempts are made in the background.
    void start() throws NacosException {
        client.start();
    }

    boolean connected() {
        return client.isRunning();
    }

    /// Sends a request and waits up to three seconds for the response.
    ///
    /// @throws NacosException with the server's message when it refuses, or when there is no connection
    <T extends Response> T request(Request request, Class<T> type) throws NacosException {
        Response response = client.request(request, REQUEST_MILLIS);
        if (!response.isSuccess()) {
            throw new NacosException(response.getErrorCode(), response.getMessage());
        }
        if (!type.isInstance(response)) {
            throw new NacosException(NacosException.SERVER_ERROR, "answered with " + response.getClass().getSimpleName());
        }
        return type.cast(response);
    }

    /// Why there is no connection, found by connecting. Blocks for up to a second for each server.
    String diagnosis() {
        List<String> words = new ArrayList<>();
        for (String server : servers) {
            int colon = server.lastIndexOf(':');
            String host = server.substring(0, colon).replaceAll("[\\[\\]]", "");
            int port = Integer.parseInt(server.substring(colon + 1)) + GRPC_OFFSET;
            String where = host + " port " + port + " (gRPC: " + GRPC_OFFSET + " above the port of the address): ";
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(host, port), PROBE_MILLIS);
                if (tls != null) {
                    tls.handshake(socket, host, port, PROBE_MILLIS);
                }
                words.add(where + "accepts connections" + (tls == null ? "" : " with TLS")
                        + " and does not answer as a Nacos server of version 2 or later");
            } catch (IOException | IllegalArgumentException e) {
                String what = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
                words.add(where + (e instanceof java.net.UnknownHostException || what.equals(host) ? "no such host" : what));
            }
        }
        return String.join("; ", words);
    }

    /// Closes the connection and its threads; waits for them for some seconds.
    @Override
    public void close() {
        client.end();
        if (tls != null) {
            tls.close();
        }
    }

    private static final class Client extends GrpcSdkClient {

        Client(GrpcClientConfig config) {
            super(config);
        }

        /// The library's reconnecting thread may complete a connection during the shutdown, and then keeps running with it: so the shutdown is
        /// repeated until the thread has ended.
        void end() {
            try {
                for (int i = 0; i < CLOSE_SECONDS; i++) {
                    shutdown();
                    if (clientEventExecutor == null || clientEventExecutor.awaitTermination(1, TimeUnit.SECONDS)) {
                        return;
                    }
                }
            } catch (NacosException | InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static final class Servers implements ServerListFactory {
        private final List<String> servers;
        private final AtomicInteger next;

        Servers(List<String> servers) {
            this.servers = servers;
            // Shuffled, so that not all gateways begin with the same server.
            this.next = new AtomicInteger((int) (System.nanoTime() >>> 10) & 0xffff);
        }

        @Override
        public String genNextServer() {
            return servers.get(Math.floorMod(next.incrementAndGet(), servers.size()));
        }

        @Override
        public String getCurrentServer() { return servers.get(Math.floorMod(next.get(), servers.size())); }

        @Override
        public List<String> getServerList() { return servers; }
    }
}
