package io.jigress.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.EndpointRef;
import io.jigress.config.Listener;
import io.jigress.config.LoadBalancing;
import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute;
import io.jigress.config.Traffic;
import io.jigress.proxy.exchange.UdpSettings;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A gateway with a UDP listener, and endpoints by name.
final class UdpGateway extends LoggedGateway<UdpGateway> {
    final TestDirectory directory;
    private String address = "127.0.0.1";
    private int fixed;

    UdpGateway(String transport) {
        this(transport, 1, UdpSettings.DEFAULT);
    }

    UdpGateway(String transport, int loops, UdpSettings udp) {
        this(transport, loops, udp, new TestDirectory());
    }

    private UdpGateway(String transport, int loops, UdpSettings udp, TestDirectory directory) {
        super(settings(udp).withTransport(transport).withEventLoops(loops), directory);
        this.directory = directory;
    }

    private static ProxySettings settings(UdpSettings udp) {
        ProxySettings settings = ProxySettings.DEFAULT;
        return settings.withClients(settings.clients().withConnections(settings.clients().connections().with(udp)));
    }

    @Override
    UdpGateway self() {
        return this;
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

    UdpGateway route(StreamRoute route) {
        return listener(route);
    }

    UdpGateway withoutRoute() {
        return listener(null);
    }

    private UdpGateway listener(@Nullable StreamRoute route) {
        return with(new Listener(LISTENER, address, fixed, new Traffic.Udp(route)));
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
}
