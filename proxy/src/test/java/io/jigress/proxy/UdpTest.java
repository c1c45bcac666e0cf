package io.jigress.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute.WeightedCluster;
import io.jigress.config.Traffic;
import io.jigress.proxy.exchange.UdpSettings;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Datagrams through the gateway, with real sockets on both sides.
@EachTransport
@ExtendWith(NoLeaks.class)
class UdpTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final String transport;

    UdpTest(String transport) {
        this.transport = transport;
    }

    private UdpGateway gateway(InetSocketAddress... endpoints) {
        return gateway(UdpSettings.DEFAULT, StreamOptions.DEFAULT, endpoints);
    }

    private UdpGateway gateway(UdpSettings settings, StreamOptions options, InetSocketAddress... endpoints) {
        return new UdpGateway(transport, 1, settings).with(UdpGateway.cluster("up", endpoints))
                .route(UdpGateway.route(options, new WeightedCluster("up", 1))).apply();
    }

    private static StreamOptions answers(int count) {
        return new StreamOptions(null, 1, count, true);
    }

    @Test
    void datagramsPassInBothDirectionsAndAreCounted() throws IOException {
        try (UdpPeer server = UdpPeer.echo(">"); UdpGateway gateway = gateway(server.address())) {
            try (DatagramSocket client = gateway.connect()) {
                for (int i = 0; i < 3; i++) {
                    assertEquals(">ping " + i, UdpGateway.exchange(client, "ping " + i));
                }
            }
            gateway.awaitOpen(1);
            String route = "{route=\"UDPRoute test/all\"";
            gateway.awaitMetric("jigress_stream_datagrams_sent_total" + route + "}", 3);
            assertEquals(3, gateway.metric("jigress_stream_datagrams_received_total" + route + "}"));
            assertEquals(18, gateway.metric("jigress_stream_received_bytes_total" + route + ",protocol=\"udp\"}"));
            assertEquals(21, gateway.metric("jigress_stream_sent_bytes_total" + route + ",protocol=\"udp\"}"));
            assertEquals(1, gateway.metric("jigress_stream_sessions_total" + route + ",protocol=\"udp\"}"));
            List<String> log = gateway.closeAndReadLog();
            assertEquals(1, log.size(), log.toString());
            for (String member : List.of("\"protocol\":\"UDP\"", "\"bytes_received\":18", "\"bytes_sent\":21",
                    "\"client\":\"127.0.0.1\"", "\"route\":\"UDPRoute test/all\"", "\"cluster\":\"Backend test/up\"",
                    "\"endpoint\":\"127.0.0.1:" + server.address().getPort() + "\"", "\"closed_by\":\"gateway\"",
                    "\"reason\":\"listener_closed\"")) {
                assertTrue(log.getFirst().contains(member), member + " in " + log.getFirst());
            }
        }
    }

    @Test
    void datagramsOfAllLengthsPassWhole() throws IOException {
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = gateway(server.address());
                DatagramSocket client = gateway.connect()) {
            for (int length : new int[] {1, 512, 1472, 9000, 65_507}) {
                assertEquals(length, UdpGateway.exchange(client, "x".repeat(length)).length());
            }
        }
    }

    /// With channels, since the sockets of the JDK ignore such datagrams.
    @Test
    @Timeout(60)
    void emptyDatagramsPass() throws IOException {
        InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (DatagramChannel server = DatagramChannel.open().bind(free);
                DatagramChannel client = DatagramChannel.open();
                UdpGateway gateway = gateway((InetSocketAddress) server.getLocalAddress())) {
            client.send(ByteBuffer.allocate(0), new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
            ByteBuffer received = ByteBuffer.allocate(10);
            SocketAddress session = server.receive(received);
            assertEquals(0, received.position());
            server.send(ByteBuffer.allocate(0), session);
            client.receive(received);
            assertEquals(0, received.position());
        }
    }

    @Test
    void datagramsThatAreTooLongAreDropped() throws IOException {
        try (UdpPeer server = UdpPeer.echo(">");
                UdpGateway gateway = gateway(new UdpSettings(10, 100, MINUTE), StreamOptions.DEFAULT,
                        server.address());
                DatagramSocket client = gateway.connect()) {
            UdpGateway.send(client, "x".repeat(101));
            gateway.awaitDropped("too_long", 1);
            UdpGateway.send(client, "x".repeat(100));
            gateway.awaitDropped("too_long", 2);
            assertEquals(">" + "x".repeat(99), UdpGateway.exchange(client, "x".repeat(99)));
        }
    }

    @Test
    void eachClientHasASocketOfItsOwn() throws IOException {
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = gateway(server.address());
                DatagramSocket one = gateway.connect();
                DatagramSocket other = gateway.connect()) {
            for (int i = 0; i < 4; i++) {
                UdpGateway.exchange(one, "a");
                UdpGateway.exchange(other, "b");
            }
            assertEquals(2, server.sources().size());
        }
    }

    /// One read of the listener's socket then has datagrams of several clients in turns.
    @Test
    void burstsOfSeveralClientsArriveInOrder() throws IOException {
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = gateway(server.address());
                DatagramSocket one = gateway.connect();
                DatagramSocket other = gateway.connect()) {
            for (int i = 0; i < 50; i++) {
                UdpGateway.send(one, "a" + i);
                UdpGateway.send(other, "b" + i / 2);
            }
            for (int i = 0; i < 50; i++) {
                assertEquals("a" + i, UdpGateway.receive(one));
                assertEquals("b" + i / 2, UdpGateway.receive(other));
            }
        }
    }

    @Test
    void aSilentSessionEndsAndTheNextDatagramBeginsAnother() throws IOException {
        StreamOptions options = new StreamOptions(Duration.ofMillis(50), 1, 0, true);
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = gateway(UdpSettings.DEFAULT, options, server.address());
                DatagramSocket client = gateway.connect()) {
            UdpGateway.exchange(client, "one");
            gateway.awaitEnded("idle", 1);
            gateway.awaitOpen(0);
            assertEquals("two", UdpGateway.exchange(client, "two"));
            assertEquals(2, server.sources().size());
            gateway.awaitEnded("idle", 2);
            String line = gateway.closeAndReadLog().getFirst();
            assertTrue(line.contains("\"closed_by\":\"gateway\"") && !line.contains("\"reason\""), line);
        }
    }

    @Test
    void aSessionEndsWithTheLastAnswerThatIsExpected() throws IOException {
        try (UdpPeer server = UdpPeer.start((socket, from, data) -> {
            for (int i = 0; i < 4; i++) {
                socket.send(new DatagramPacket(new byte[] {(byte) ('0' + i)}, 1, from));
            }
        });
                UdpGateway gateway = gateway(UdpSettings.DEFAULT, answers(2), server.address());
                DatagramSocket client = gateway.connect()) {
            assertEquals("0", UdpGateway.exchange(client, "?"));
            assertEquals("1", UdpGateway.receive(client));
            gateway.awaitEnded("answered", 1);
            gateway.awaitMetric("jigress_stream_datagrams_sent_total{route=\"UDPRoute test/all\"}", 2);
            client.setSoTimeout(1);
            assertThrows(SocketTimeoutException.class, () -> UdpGateway.receive(client));
        }
    }

    @Test
    void sessionsAreDistributedByWeight() throws IOException {
        try (UdpPeer one = UdpPeer.echo("1");
                UdpPeer other = UdpPeer.echo("2");
                UdpPeer never = UdpPeer.echo("3");
                UdpGateway gateway = new UdpGateway(transport)) {
            gateway.with(UdpGateway.cluster("one", one.address())).with(UdpGateway.cluster("other", other.address()))
                    .with(UdpGateway.cluster("never", never.address()))
                    .route(UdpGateway.route(answers(1), new WeightedCluster("one", 3), new WeightedCluster("other", 1),
                            new WeightedCluster("never", 0)))
                    .apply();
            int first = 0;
            try (DatagramSocket client = gateway.connect()) {
                for (int i = 0; i < 400; i++) {
                    first += UdpGateway.exchange(client, "?").startsWith("1") ? 1 : 0;
                    gateway.awaitOpen(0);
                }
            }
            assertTrue(first > 240 && first < 360, () -> "a share of 3/4: see the weights");
            assertTrue(never.sources().isEmpty());
        }
    }

    // ---- limits

    @Test
    void aFloodOfNewSourcesEndsNoSessionThatIsInUse() throws IOException {
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = gateway(new UdpSettings(8, 1000, MINUTE), StreamOptions.DEFAULT, server.address());
                DatagramSocket client = gateway.connect()) {
            UdpGateway.exchange(client, "a");
            UdpGateway.exchange(client, "b");
            for (int i = 0; i < 100; i++) {
                try (DatagramSocket stranger = gateway.connect()) {
                    UdpGateway.exchange(stranger, "?");
                }
                assertTrue(gateway.metric("jigress_stream_sessions_open{route=\"UDPRoute test/all\",protocol=\"udp\"}") <= 8);
            }
            assertEquals("c", UdpGateway.exchange(client, "c"));
            gateway.awaitEnded("too_many", 93);
            assertEquals(101, server.sources().size());
        }
    }

    @Test
    void theSessionThatIsSilentForTheLongestTimeMakesRoom() throws IOException {
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = gateway(new UdpSettings(3, 1000, MINUTE), StreamOptions.DEFAULT, server.address());
                DatagramSocket a = gateway.connect();
                DatagramSocket b = gateway.connect();
                DatagramSocket c = gateway.connect();
                DatagramSocket d = gateway.connect()) {
            for (DatagramSocket each : List.of(a, b, c, a, b, c, a)) {
                UdpGateway.exchange(each, "x");
            }
            UdpGateway.exchange(d, "x");
            assertEquals(4, server.sources().size());
            UdpGateway.exchange(a, "x");
            UdpGateway.exchange(c, "x");
            assertEquals(4, server.sources().size(), "a and c have kept their sessions");
            UdpGateway.exchange(b, "x");
            assertEquals(5, server.sources().size(), "b has got another one");
        }
    }

    // ---- endpoints

    @Test
    void whenNobodyListensTheSessionEndsAndTheEndpointIsEjected() throws IOException {
        try (UdpPeer server = UdpPeer.echo("")) {
            InetSocketAddress dead = UdpPeer.closed();
            try (UdpGateway gateway = gateway(dead, server.address()); DatagramSocket client = gateway.connect()) {
                client.setSoTimeout(200);
                int answered = 0;
                for (int i = 0; i < 40 && answered < 20; i++) {
                    try {
                        answered += UdpGateway.exchange(client, "x").equals("x") ? 1 : 0;
                    } catch (SocketTimeoutException _) {
                        gateway.awaitOpen(0);
                    }
                }
                assertEquals(20, answered);
                assertTrue(gateway.metric(
                        "jigress_stream_udp_sessions_ended_total{route=\"UDPRoute test/all\",reason=\"port_unreachable\"}") <= 1);
            }
        }
    }

    @Test
    void refusedDatagramsCountAsFailuresOfTheEndpoint() throws IOException {
        try (UdpPeer server = UdpPeer.echo("")) {
            InetSocketAddress dead = UdpPeer.closed();
            try (UdpGateway gateway = gateway(dead, server.address())) {
                String ejected = "jigress_endpoints_ejected{cluster=\"Backend test/up\"}";
                GatewayUnderTest.await(() -> {
                    try (DatagramSocket client = gateway.connect()) {
                        UdpGateway.send(client, "x");
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                    return gateway.metric(ejected) == 1;
                }, () -> ejected);
                for (int i = 0; i < 10; i++) {
                    try (DatagramSocket client = gateway.connect()) {
                        assertEquals("x", UdpGateway.exchange(client, "x"));
                    }
                }
                assertTrue(gateway.closeAndReadLog().stream().anyMatch(line -> line.contains("\"closed_by\":\"upstream\"")
                        && line.contains("\"reason\":\"port_unreachable\"") && line.contains("\"flag\":\"UC\"")));
            }
        }
    }

    @Test
    void aSessionKeepsAnEndpointThatIsRemoved() throws IOException {
        try (UdpPeer one = UdpPeer.echo("1"); UdpPeer other = UdpPeer.echo("2"); UdpGateway gateway = new UdpGateway(transport)) {
            gateway.directory.push("up", one.address());
            gateway.with(UdpGateway.cluster("up", TestDirectory.named("up"))).route(UdpGateway.route("up")).apply();
            try (DatagramSocket before = gateway.connect(); DatagramSocket after = gateway.connect()) {
                assertEquals("1x", UdpGateway.exchange(before, "x"));
                gateway.directory.push("up", other.address());
                assertEquals("1x", UdpGateway.exchange(before, "x"));
                assertEquals("2x", UdpGateway.exchange(after, "x"));
                gateway.directory.push("up");
                assertEquals("1x", UdpGateway.exchange(before, "x"));
                try (DatagramSocket last = gateway.connect()) {
                    UdpGateway.send(last, "x");
                    gateway.awaitDropped("no_endpoints", 1);
                }
            }
        }
    }

    /// Its socket to the endpoint is connected: the system drops what others send there.
    @Test
    void aThirdPartyCannotSendToTheClient() throws IOException {
        AtomicReference<SocketAddress> session = new AtomicReference<>();
        try (UdpPeer server = UdpPeer.start((socket, from, data) -> {
            session.set(from);
            socket.send(new DatagramPacket(data, data.length, from));
        });
                UdpGateway gateway = gateway(server.address());
                DatagramSocket client = gateway.connect();
                DatagramSocket attacker = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            UdpGateway.exchange(client, "one");
            attacker.send(new DatagramPacket(UdpPeer.bytes("forged"), 6, session.get()));
            assertEquals("two", UdpGateway.exchange(client, "two"));
        }
    }

    // ---- changes

    @Test
    void aChangedRouteIsUsedByNewSessions() throws IOException {
        try (UdpPeer one = UdpPeer.echo("1");
                UdpPeer other = UdpPeer.echo("2");
                UdpGateway gateway = gateway(one.address());
                DatagramSocket before = gateway.connect()) {
            assertEquals("1x", UdpGateway.exchange(before, "x"));
            gateway.with(UdpGateway.cluster("other", other.address())).route(UdpGateway.route("other")).apply();
            assertEquals("1x", UdpGateway.exchange(before, "x"));
            try (DatagramSocket after = gateway.connect()) {
                assertEquals("2x", UdpGateway.exchange(after, "x"));
                gateway.withoutRoute().apply();
                assertEquals("1x", UdpGateway.exchange(before, "x"));
                assertEquals("2x", UdpGateway.exchange(after, "x"));
                try (DatagramSocket none = gateway.connect()) {
                    UdpGateway.send(none, "x");
                    gateway.awaitMetric("jigress_stream_datagrams_dropped_total{route=\"-\",reason=\"no_route\"}", 1);
                }
            }
        }
    }

    @Test
    void sessionsOutliveChangesOfTheConfiguration() throws IOException {
        int sessions = 1000;
        List<DatagramSocket> clients = new ArrayList<>();
        try (UdpPeer server = UdpPeer.echo(""); UdpGateway gateway = new UdpGateway(transport, 2, UdpSettings.DEFAULT)) {
            gateway.with(UdpGateway.cluster("up", server.address())).route(UdpGateway.route("up")).apply();
            for (int i = 0; i < sessions; i++) {
                clients.add(gateway.connect());
                UdpGateway.exchange(clients.get(i), "first");
            }
            for (int i = 0; i < sessions; i++) {
                gateway.with(UdpGateway.cluster("up" + i % 7, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1 + i)))
                        .route(UdpGateway.route(new StreamOptions(Duration.ofSeconds(30 + i), 1, 0, true),
                                new WeightedCluster("up", 1)))
                        .apply();
                assertEquals("again", UdpGateway.exchange(clients.get(i), "again"));
            }
            gateway.awaitOpen(sessions);
            assertEquals(sessions, server.sources().size());
        } finally {
            clients.forEach(DatagramSocket::close);
        }
    }

    @Test
    void theEndOfTheListenerEndsItsSessionsAndFreesThePort() throws IOException {
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = gateway(server.address());
                DatagramSocket client = gateway.connect()) {
            int port = gateway.port();
            UdpGateway.exchange(client, "x");
            gateway.withoutListener().apply();
            gateway.awaitEnded("listener_closed", 1);
            GatewayUnderTest.await(() -> {
                try (DatagramSocket _ = new DatagramSocket(port, InetAddress.getLoopbackAddress())) {
                    return true;
                } catch (BindException _) {
                    return false;
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }, () -> "port " + port + " to be free");
        }
    }

    @Test
    void aPortThatIsTakenIsReported() throws IOException {
        try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                UdpGateway gateway = new UdpGateway(transport)) {
            ApplyReport report = gateway.gateway.apply(GatewayConfig.EMPTY.with(
                    new Listener("taken", "127.0.0.1", taken.getLocalPort(), new Traffic.Udp(null))));
            assertEquals(1, report.problems().size());
            String what = report.problems().getFirst().toString();
            assertTrue(what.contains("port " + taken.getLocalPort() + ": the port is taken by another process"), what);
        }
    }

    @Test
    void drainingEndsSessions() throws Exception {
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = gateway(server.address());
                DatagramSocket client = gateway.connect()) {
            UdpGateway.exchange(client, "x");
            gateway.gateway.drain(Duration.ZERO, Duration.ofSeconds(10));
            gateway.awaitEnded("listener_closed", 1);
            gateway.awaitOpen(0);
        }
    }

    /// The sockets are handed over; sessions are not.
    @Test
    void aGatewayThatStartsTakesOverThePortOfOneThatDrains() throws Exception {
        assumeTrue(!transport.equals("nio"), "sockets of the JDK cannot be handed over");
        try (UdpPeer one = UdpPeer.echo("1");
                UdpPeer other = UdpPeer.echo("2");
                UdpGateway first = new UdpGateway(transport, 2, UdpSettings.DEFAULT)) {
            first.with(UdpGateway.cluster("up", one.address())).route(UdpGateway.route("up")).apply();
            try (DatagramSocket client = first.connect()) {
                assertEquals("1x", UdpGateway.exchange(client, "x"));
                CompletableFuture<Void> drained = first.drain(Duration.ofSeconds(2));
                GatewayUnderTest.await(() -> {
                    UdpGateway second = new UdpGateway(transport, 1, UdpSettings.DEFAULT).port(first.port());
                    second.with(UdpGateway.cluster("up", other.address()));
                    try (second) {
                        if (!second.route(UdpGateway.route("up")).tryApply()) {
                            return false;
                        }
                        for (int i = 0; i < 10; i++) {
                            assertEquals("2x", UdpGateway.exchange(client, "x"));
                        }
                        return true;
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }, () -> "the port to be taken over");
                drained.get(10, TimeUnit.SECONDS);
                first.awaitEnded("listener_closed", 1);
            }
        }
    }

    // ---- addresses

    /// On a machine with several addresses, a client accepts answers only from the one that it has sent to.
    @Test
    void anAnswerComesFromTheAddressThatTheClientSentTo() throws IOException {
        assumeTrue(!transport.equals("nio"), "the JDK's channels cannot choose the source address");
        try (UdpPeer server = UdpPeer.echo(""); UdpGateway gateway = new UdpGateway(transport).on("")) {
            gateway.with(UdpGateway.cluster("up", server.address())).route(UdpGateway.route("up")).apply();
            for (String address : List.of("127.0.0.1", "127.0.0.2", "127.1.2.3")) {
                try (DatagramSocket client = gateway.connect(InetAddress.ofLiteral(address))) {
                    assertEquals("x", UdpGateway.exchange(client, "x"), address);
                }
            }
        }
    }

    @Test
    void aSocketThatTalksToTwoAddressesHasTwoSessions() throws IOException {
        assumeTrue(!transport.equals("nio"), "the JDK's channels do not tell the address");
        try (UdpPeer server = UdpPeer.echo("");
                UdpGateway gateway = new UdpGateway(transport).on("");
                DatagramSocket client = new DatagramSocket(0, InetAddress.ofLiteral("0.0.0.0"))) {
            gateway.with(UdpGateway.cluster("up", server.address())).route(UdpGateway.route("up")).apply();
            client.setSoTimeout(10_000);
            for (String address : List.of("127.0.0.1", "127.0.0.2")) {
                client.send(new DatagramPacket(UdpPeer.bytes("x"), 1, InetAddress.ofLiteral(address), gateway.port()));
                DatagramPacket answer = new DatagramPacket(new byte[10], 10);
                client.receive(answer);
                assertEquals(address, answer.getAddress().getHostAddress());
            }
            assertEquals(2, server.sources().size());
        }
    }

    @Test
    void clientsOfIpv6ReachEndpointsOfIpv4() throws IOException {
        try (UdpPeer server = UdpPeer.echo(""); UdpGateway gateway = new UdpGateway(transport).on("::1")) {
            gateway.with(UdpGateway.cluster("up", server.address())).route(UdpGateway.route("up"));
            try (DatagramSocket probe = new DatagramSocket(0, InetAddress.ofLiteral("::1"))) {
                assertNotEquals(0, probe.getLocalPort());
            } catch (IOException e) {
                assumeTrue(false, "this machine has no IPv6: " + e.getMessage());
            }
            gateway.apply();
            try (DatagramSocket client = gateway.connect(InetAddress.ofLiteral("::1"))) {
                assertEquals("x", UdpGateway.exchange(client, "x"));
            }
        }
    }
}
