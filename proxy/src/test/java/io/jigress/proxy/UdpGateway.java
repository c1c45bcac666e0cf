package io.jigress.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.EndpointRef;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.LoadBalancing;
import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute;
import io.jigress.config.Traffic;
import io.jigress.proxy.exchange.UdpSettings;
import io.jigress.proxy.listen.Transport;
import io.jigress.proxy.telemetry.AccessLogSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/// A gateway with one UDP listener, an access log that tests can read, and endpoints by name.
final class UdpGateway implements AutoCloseable {
    static final String LISTENER = "udp";

    final TestDirectory directory = new TestDirectory();
    final Gateway gateway;
    private final Path log;
    private String address = "127.0.0.1";
    private int fixed;
    private GatewayConfig config = GatewayConfig.EMPTY;

    UdpGateway(String transport) {
        this(transport, 1, UdpSettings.DEFAULT);
    }

    UdpGateway(String transport, int loops, UdpSettings udp) {
        try {
            Transport.choose(transport);
        } catch (IllegalArgumentException e) {
            throw new TestAbortedException(e.getMessage(), e);
        }
        try {
            log = Files.createTempFile("access", ".log");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ProxySettings settings = ProxySettings.DEFAULT.withTransport(transport).withEventLoops(loops)
                .withAccessLog(
                        new AccessLogSettings(true, log.toString(), AccessLogSettings.Format.JSON, AccessLogSettings.RING_BYTES));
        gateway = Gateway.start(
                settings.withClients(settings.clients().withConnections(settings.clients().connections().with(udp))), List.of(),
                List.of(), directory);
    }

    static Cluster cluster(String name, InetSocketAddress... endpoints) {
        return GatewayUnderTest.cluster(name, "udp", Json.Obj.EMPTY, ConnectionLimits.DEFAULT, endpoints);
    }

    static Cluster cluster(String name, EndpointRef endpoints) {
        return new Cluster(name, "Backend test/" + name, "udp", Json.Obj.EMPTY, endpoints, LoadBalancing.ROUND_ROBIN,
                ConnectionLimits.DEFAULT);
    }

    static StreamRoute route(StreamOptions options, StreamRoute.WeightedCluster... clusters) {
        return new StreamRoute("all", "UDPRoute test/all", List.of(clusters), options);
    }

    static StreamRoute route(String cluster) {
        return route(StreamOptions.DEFAULT, new StreamRoute.WeightedCluster(cluster, 1));
    }

    UdpGateway with(Cluster cluster) {
        config = config.with(cluster);
        return this;
    }

    UdpGateway route(StreamRoute route) {
        return listener(route);
    }

    UdpGateway withoutRoute() {
        return listener(null);
    }

    private UdpGateway listener(@Nullable StreamRoute route) {
        config = config.with(new Listener(LISTENER, address, fixed, new Traffic.Udp(route)));
        return this;
    }

    UdpGateway on(String listened) {
        address = listened;
        return this;
    }

    /// Listens here instead of on a free port.
    UdpGateway port(int port) {
        fixed = port;
        return this;
    }

    UdpGateway withoutListener() {
        config = new GatewayConfig(config.listeners().without(LISTENER), config.clusters());
        return this;
    }

    UdpGateway apply() {
        ApplyReport report = gateway.apply(config);
        if (!report.problems().isEmpty() || !report.faults().isEmpty()) {
            throw new AssertionError(report.toString());
        }
        return this;
    }

    /// Whether the listener could be opened.
    boolean tryApply() {
        return gateway.apply(config).problems().isEmpty();
    }

    /// Drains as SIGTERM does.
    CompletableFuture<Void> drain(Duration delay) {
        return CompletableFuture.runAsync(() -> {
            try {
                gateway.drain(delay, Duration.ofSeconds(10));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    int port() {
        return gateway.boundPort(LISTENER);
    }

    /// A socket that is connected to the listener; it waits ten seconds for a datagram.
    DatagramSocket connect() throws IOException {
        return connect(InetAddress.getLoopbackAddress());
    }

    DatagramSocket connect(InetAddress to) throws IOException {
        DatagramSocket socket = new DatagramSocket();
        socket.setSoTimeout(10_000);
        socket.connect(to, port());
        return socket;
    }

    static void send(DatagramSocket socket, String text) throws IOException {
        byte[] data = UdpPeer.bytes(text);
        socket.send(new DatagramPacket(data, data.length));
    }

    static String receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        socket.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), ISO_8859_1);
    }

    static String exchange(DatagramSocket socket, String text) throws IOException {
        send(socket, text);
        return receive(socket);
    }

    double metric(String series) {
        return gateway.metrics().lines().filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ')))).findFirst().orElse(0);
    }

    void awaitMetric(String series, double value) {
        GatewayUnderTest.await(() -> metric(series) == value, () -> series + " to be " + value + "; it is " + metric(series));
    }

    double dropped(String reason) {
        return metric(series("dropped", reason));
    }

    void awaitDropped(String reason, int count) {
        awaitMetric(series("dropped", reason), count);
    }

    void awaitEnded(String reason, int count) {
        awaitMetric("jigress_stream_udp_sessions_ended_total{route=\"UDPRoute test/all\",reason=\"" + reason + "\"}", count);
    }

    void awaitOpen(int count) {
        awaitMetric("jigress_stream_sessions_open{route=\"UDPRoute test/all\",protocol=\"udp\"}", count);
    }

    private static String series(String what, String reason) {
        return "jigress_stream_datagrams_" + what + "_total{route=\"UDPRoute test/all\",reason=\"" + reason + "\"}";
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
