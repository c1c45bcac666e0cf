package io.jigress.proxy;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.LoadBalancing;
import io.jigress.config.PersistentMap;
import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute;
import io.jigress.config.TlsSettings;
import io.jigress.config.TlsStreams;
import io.jigress.config.Traffic;
import io.jigress.proxy.telemetry.AccessLogSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A gateway with listeners that carry no HTTP, and an access log that tests can read. By default it has one event loop.
final class StreamGateway implements AutoCloseable {
    static final String LISTENER = "stream";

    final Gateway gateway;
    private final Path log;
    private GatewayConfig config = GatewayConfig.EMPTY;

    StreamGateway(String transport) {
        this(ProxySettings.DEFAULT.withTransport(transport));
    }

    StreamGateway(ProxySettings settings) {
        this(settings, (name, _) -> {
            throw new AssertionError(name);
        });
    }

    StreamGateway(ProxySettings settings, EndpointDirectory directory) {
        try {
            log = Files.createTempFile("access", ".log");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        gateway = Gateway.start(settings.withEventLoops(1).withAccessLog(new AccessLogSettings(true, log.toString(),
                AccessLogSettings.Format.JSON, AccessLogSettings.RING_BYTES)), List.of(), List.of(), directory);
    }

    static Cluster cluster(String name, InetSocketAddress... endpoints) {
        return GatewayUnderTest.cluster(name, "tcp", Json.Obj.EMPTY, ConnectionLimits.DEFAULT, endpoints);
    }

    /// With the endpoints that a directory has under its name.
    static Cluster cluster(String name, EndpointRef endpoints) {
        return new Cluster(name, "Backend test/" + name, "tcp", Json.Obj.EMPTY, endpoints, LoadBalancing.ROUND_ROBIN,
                ConnectionLimits.DEFAULT);
    }

    static StreamRoute route(String cluster) {
        return route(cluster, StreamOptions.DEFAULT);
    }

    static StreamRoute route(String cluster, StreamOptions options) {
        return new StreamRoute("all", "TCPRoute test/" + cluster, List.of(new StreamRoute.WeightedCluster(cluster, 1)), options);
    }

    static PersistentMap<String, StreamRoute> routes(String pattern, String cluster) {
        return PersistentMap.<String, StreamRoute>empty().with(pattern, route(cluster));
    }

    /// Adds or replaces a cluster.
    StreamGateway with(Cluster cluster) {
        config = config.with(cluster);
        return this;
    }

    /// The TCP listener has this route; null for none.
    StreamGateway tcp(@Nullable StreamRoute route) {
        config = config.with(new Listener(LISTENER, "127.0.0.1", 0, new Traffic.Tcp(route)));
        return this;
    }

    /// The listener is one of TLS.
    StreamGateway tls(PersistentMap<String, TlsSettings> tls, PersistentMap<String, TlsStreams> streams, Traffic.Http http) {
        config = config.with(new Listener(LISTENER, "127.0.0.1", 0, new Traffic.Tls(http.hosts(), tls, streams)));
        return this;
    }

    StreamGateway withoutListener() {
        config = new GatewayConfig(config.listeners().without(LISTENER), config.clusters());
        return this;
    }

    StreamGateway apply() {
        ApplyReport report = gateway.apply(config);
        if (!report.problems().isEmpty() || !report.faults().isEmpty()) {
            throw new AssertionError(report.toString());
        }
        return this;
    }

    int port() {
        return gateway.boundPort(LISTENER);
    }

    /// A connection whose reads fail after ten seconds.
    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    double metric(String series) {
        return gateway.metrics().lines().filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).findFirst().orElse(0);
    }

    /// Waits until so many streams of a cluster's route are open.
    void awaitOpen(String cluster, String protocol, int count) {
        String series = "jigress_stream_sessions_open{route=\"TCPRoute test/" + cluster + "\",protocol=\"" + protocol + "\"}";
        GatewayUnderTest.await(() -> metric(series) == count, () -> series + " " + metric(series));
    }

    List<String> closeAndReadLog() {
        gateway.close();
        try {
            return Files.readAllLines(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        gateway.close();
        try {
            Files.deleteIfExists(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
