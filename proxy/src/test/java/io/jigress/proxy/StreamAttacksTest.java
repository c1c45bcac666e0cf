package io.jigress.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jigress.api.Json;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.StreamOptions;
import io.jigress.proxy.exchange.ClientSettings;
import io.jigress.proxy.exchange.ConnectionSettings;
import io.jigress.proxy.exchange.TunnelSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients and endpoints of TCP connections do that is not in the interest of the gateway.
@EachTransport
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StreamAttacksTest {
    private static final String LABELS = "{route=\"TCPRoute test/up\",protocol=\"tcp\"}";
    private static final String RECEIVED = "jigress_stream_received_bytes_total" + LABELS;
    private static final String SENT = "jigress_stream_sent_bytes_total" + LABELS;

    private final String transport;

    StreamAttacksTest(String transport) {
        this.transport = transport;
    }

    private StreamGateway gateway(Duration connectTimeout, int max, int attempts, InetSocketAddress... endpoints) {
        ConnectionLimits limits = new ConnectionLimits(connectTimeout, ConnectionLimits.DEFAULT.idleTimeout(), max, 100);
        return new StreamGateway(transport)
                .with(GatewayUnderTest.cluster("up", "tcp", Json.Obj.EMPTY, limits, endpoints))
                .tcp(StreamGateway.route("up", new StreamOptions(null, attempts, 0, true))).apply();
    }

    private StreamGateway gateway(InetSocketAddress... endpoints) {
        return gateway(Duration.ofSeconds(30), 100, 1, endpoints);
    }

    // ---- before the endpoint is connected

    /// Each read would else be kept in a buffer of its own, and their nesting would be as deep as there are reads.
    @Test
    @Tag("suite")
    void bytesThatComeOneByOneWhileTheEndpointConnectsAreKeptTogether() throws Exception {
        byte[] sent = new byte[16_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) i;
        }
        try (BlackHole hole = BlackHole.open(); StreamGateway gateway = gateway(hole.address())) {
            try (Socket client = gateway.connect()) {
                for (int i = 0; i < sent.length; i++) {
                    client.getOutputStream().write(sent[i]);
                    int received = i + 1;
                    if (received % 20 == 0) {
                        GatewayUnderTest.await(() -> gateway.metric(RECEIVED) == received, () -> received + " bytes");
                    }
                }
                try (Socket server = hole.accept()) {
                    assertArrayEquals(sent, server.getInputStream().readNBytes(sent.length));
                    server.getOutputStream().write('x');
                    assertEquals('x', client.getInputStream().read());
                }
            }
            gateway.awaitOpen("up", "tcp", 0);
        }
    }

    /// As the health checks of load balancers do.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatLeavesWhileTheEndpointConnectsLeavesNoConnection(boolean reset) throws Exception {
        try (BlackHole hole = BlackHole.open(); StreamGateway gateway = gateway(hole.address())) {
            try (Socket client = gateway.connect()) {
                client.getOutputStream().write('x');
                GatewayUnderTest.await(() -> gateway.metric(RECEIVED) == 1, () -> "a byte to be received");
                client.setSoLinger(reset, 0);
            }
            if (reset) {
                gateway.awaitOpen("up", "tcp", 0);
            }
            try (Socket server = hole.accept()) {
                server.setSoTimeout(2_000);
                assertEquals(reset ? -1 : 'x', server.getInputStream().read());
                assertEquals(-1, server.getInputStream().read());
            }
            gateway.awaitOpen("up", "tcp", 0);
        }
    }

    @Test
    void anEndpointThatDoesNotAcceptTimesOutAndAnotherIsTried() throws Exception {
        try (BlackHole hole = BlackHole.open();
                TcpServer server = TcpServer.start(StreamAttacksTest::echo);
                StreamGateway gateway = gateway(Duration.ofMillis(100), 100, 2, hole.address(), server.address())) {
            for (int i = 0; i < 4; i++) {
                try (Socket client = gateway.connect()) {
                    client.getOutputStream().write('x');
                    assertEquals('x', client.getInputStream().read());
                }
            }
            gateway.awaitOpen("up", "tcp", 0);
            assertTrue(gateway.closeAndReadLog().stream().anyMatch(line -> line.contains("\"attempts\":2")));
        }
    }

    @Test
    void whenNoEndpointAcceptsTheClientIsClosedAfterAllAttempts() throws Exception {
        try (BlackHole one = BlackHole.open();
                BlackHole other = BlackHole.open();
                StreamGateway gateway = gateway(Duration.ofMillis(100), 100, 3, one.address(), other.address());
                Socket client = gateway.connect()) {
            assertEquals(-1, client.getInputStream().read());
            gateway.awaitOpen("up", "tcp", 0);
            String line = gateway.closeAndReadLog().getFirst();
            assertTrue(line.contains("\"reason\":\"connect_timeout\"") && line.contains("\"attempts\":3"), line);
        }
    }

    @Test
    void anEndpointThatFailsIsEjected() throws Exception {
        try (BlackHole hole = BlackHole.open();
                TcpServer server = TcpServer.start(StreamAttacksTest::echo);
                StreamGateway gateway = gateway(Duration.ofMillis(50), 100, 2, hole.address(), server.address())) {
            for (int i = 0; i < 20; i++) {
                try (Socket client = gateway.connect()) {
                    client.getOutputStream().write('x');
                    assertEquals('x', client.getInputStream().read());
                }
            }
            gateway.awaitOpen("up", "tcp", 0);
            assertEquals(1, gateway.metric("jigress_endpoints_ejected{cluster=\"Backend test/up\"}"));
            assertEquals(5, gateway.closeAndReadLog().stream().filter(line -> line.contains("\"attempts\":2")).count());
        }
    }

    // ---- the limit of connections

    @Test
    void aStreamWaitsForAPlaceAndIsClosedWhenThereIsNone() throws Exception {
        try (TcpServer server = TcpServer.start(StreamAttacksTest::echo);
                StreamGateway gateway = gateway(Duration.ofMillis(300), 1, 3, server.address());
                Socket first = gateway.connect()) {
            first.getOutputStream().write('x');
            assertEquals('x', first.getInputStream().read());
            try (Socket second = gateway.connect()) {
                assertEquals(-1, second.getInputStream().read(), "it is closed, and does not wait for the idle timeout");
            }
            try (Socket third = gateway.connect()) {
                third.getOutputStream().write('y');
                first.shutdownOutput();
                assertEquals('y', third.getInputStream().read());
            }
            gateway.awaitOpen("up", "tcp", 0);
            List<String> log = gateway.closeAndReadLog();
            assertTrue(
                    log.getFirst().contains("\"reason\":\"too_many_connections\"") && log.getFirst().contains("\"flag\":\"UO\""),
                    log.toString());
        }
    }

    // ---- resets

    @ParameterizedTest
    @ValueSource(strings = {"after a byte", "after the client's end", "after its own end", "while the client does not read",
        "while the client sends"})
    void theEndpointMayResetAtAnyMoment(String moment) throws Exception {
        CountDownLatch now = new CountDownLatch(1);
        try (TcpServer server = TcpServer.start(socket -> {
            switch (moment) {
                case "after a byte" -> socket.getInputStream().read();
                case "after the client's end" -> socket.getInputStream().readAllBytes();
                case "after its own end" -> {
                    socket.shutdownOutput();
                    socket.getInputStream().read();
                }
                case "while the client does not read" -> {
                    socket.setSendBufferSize(1 << 20);
                    socket.getOutputStream().write(new byte[100_000]);
                    await(now);
                }
                default -> socket.getInputStream().readNBytes(100_000);
            }
            socket.setSoLinger(true, 0);
        }); StreamGateway gateway = gateway(server.address()); Socket client = gateway.connect()) {
            switch (moment) {
                case "after a byte" -> client.getOutputStream().write('x');
                case "after the client's end" -> client.shutdownOutput();
                case "after its own end" -> assertEquals(-1, client.getInputStream().read());
                case "while the client does not read" -> {
                    GatewayUnderTest.await(() -> gateway.metric(SENT) > 0, () -> "bytes to be sent");
                    now.countDown();
                }
                default -> {}
            }
            if (moment.equals("after its own end") || moment.equals("while the client sends")) {
                assertThrows(SocketException.class, () -> writeOn(client));
            } else {
                assertThrows(SocketException.class, () -> client.getInputStream().readAllBytes());
            }
            gateway.awaitOpen("up", "tcp", 0);
            String line = gateway.closeAndReadLog().getFirst();
            assertTrue(line.contains("\"closed_by\":\"upstream\"") && line.contains("\"reason\":\"connection_lost\""), line);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"after its end", "after the endpoint's end", "while it does not read",
        "while the endpoint does not read"})
    void theClientMayResetAtAnyMoment(String moment) throws Exception {
        assumeTrue(transport.equals("epoll") || !moment.equals("while the endpoint does not read"),
                "only epoll reports the reset of a client that is not read");
        CountDownLatch ended = new CountDownLatch(1);
        try (TcpServer server = TcpServer.start(socket -> {
            try {
                switch (moment) {
                    case "after its end" -> {
                        socket.getInputStream().readAllBytes();
                        writeOn(socket);
                    }
                    case "after the endpoint's end" -> {
                        socket.shutdownOutput();
                        socket.getInputStream().readAllBytes();
                    }
                    case "while it does not read" -> writeOn(socket);
                    default -> {
                        socket.getOutputStream().write('x');
                        await(ended);
                    }
                }
            } finally {
                ended.countDown();
            }
        }); StreamGateway gateway = gateway(server.address())) {
            Socket client = gateway.connect();
            switch (moment) {
                case "after its end" -> {
                    client.shutdownOutput();
                    GatewayUnderTest.await(() -> gateway.metric(SENT) > 100_000, () -> "bytes to be sent");
                }
                case "after the endpoint's end" -> assertEquals(-1, client.getInputStream().read());
                case "while it does not read" ->
                    GatewayUnderTest.await(() -> gateway.metric(SENT) > 100_000, () -> "bytes to be sent");
                default -> {
                    assertEquals('x', client.getInputStream().read());
                    Thread writer = Thread.ofVirtual().start(() -> {
                        try {
                            client.getOutputStream().write(new byte[64 << 20]);
                        } catch (IOException _) {
                            // The reset.
                        }
                    });
                    awaitStandstill(gateway, RECEIVED);
                    reset(client);
                    writer.join();
                    gateway.awaitOpen("up", "tcp", 0);
                    ended.countDown();
                }
            }
            if (!client.isClosed()) {
                reset(client);
            }
            ended.await();
            gateway.awaitOpen("up", "tcp", 0);
        }
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static void writeOn(Socket socket) throws IOException {
        while (true) {
            socket.getOutputStream().write(new byte[65_536]);
        }
    }

    // ---- draining

    @Test
    void streamsEndWithinTheTimeOfADrain() throws Exception {
        ClientSettings clients = ProxySettings.DEFAULT.clients();
        ConnectionSettings was = clients.connections();
        TunnelSettings tunnels = new TunnelSettings(Duration.ofMinutes(1), Duration.ofHours(1), Duration.ofMillis(300));
        ProxySettings settings = ProxySettings.DEFAULT.withTransport(transport)
                .withClients(clients.withConnections(new ConnectionSettings(was.clients(), was.upstreams(), was.quiet(),
                        was.answersHalfClosed(), tunnels, was.queues())));
        try (TcpServer server = TcpServer.start(StreamAttacksTest::echo);
                StreamGateway gateway = new StreamGateway(settings).with(StreamGateway.cluster("up", server.address()))
                        .tcp(StreamGateway.route("up")).apply();
                Socket client = gateway.connect()) {
            client.getOutputStream().write('x');
            assertEquals('x', client.getInputStream().read());
            gateway.gateway.drain(Duration.ZERO, Duration.ofSeconds(10));
            assertThrows(SocketException.class, () -> client.getInputStream().read());
            String line = gateway.closeAndReadLog().getFirst();
            assertTrue(line.contains("\"closed_by\":\"gateway\"") && line.contains("\"reason\":\"draining\""), line);
        }
    }

    // ---- memory

    @Test
    void fastEndpointsOfClientsThatDoNotReadTakeBoundedMemory() throws Exception {
        int count = 50;
        List<Socket> clients = new ArrayList<>();
        try (TcpServer server = TcpServer.start(StreamAttacksTest::writeOn); StreamGateway gateway = gateway(server.address())) {
            for (int i = 0; i < count; i++) {
                clients.add(gateway.connect());
            }
            gateway.awaitOpen("up", "tcp", count);
            awaitStandstill(gateway, SENT);
            String report = gateway.gateway.memory().build().toString();
            Matcher unsent = Pattern.compile("\"unsentBytes\":(\\d+)").matcher(report);
            assertTrue(unsent.find() && Long.parseLong(unsent.group(1)) <= count * 384L * 1024, unsent.group());
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }

    private static void awaitStandstill(StreamGateway gateway, String series) {
        Standstill.await(() -> (int) gateway.metric(series));
    }

    private static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
