package io.jigress.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// TCP connections through the gateway, with real sockets on both sides.
@EachTransport
class TcpStreamTest {
    private final String transport;

    TcpStreamTest(String transport) {
        this.transport = transport;
    }

    private static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
    }

    private StreamGateway gateway(InetSocketAddress... endpoints) {
        return new StreamGateway(transport).with(StreamGateway.cluster("up", endpoints)).tcp(StreamGateway.route("up")).apply();
    }

    @Test
    void bytesPassInBothDirections() throws IOException {
        try (TcpServer server = TcpServer.start(TcpServer::answerPings); StreamGateway gateway = gateway(server.address())) {
            try (Socket client = gateway.connect()) {
                for (int i = 0; i < 3; i++) {
                    client.getOutputStream().write("PING\r\n".getBytes(ISO_8859_1));
                    assertEquals("+PONG\r\n", new String(client.getInputStream().readNBytes(7), ISO_8859_1));
                }
            }
            gateway.awaitOpen("up", "tcp", 0);
            String labels = "{route=\"TCPRoute test/up\",protocol=\"tcp\"}";
            assertEquals(1, gateway.metric("jigress_stream_sessions_total" + labels));
            assertEquals(18, gateway.metric("jigress_stream_received_bytes_total" + labels));
            assertEquals(21, gateway.metric("jigress_stream_sent_bytes_total" + labels));
            List<String> log = gateway.closeAndReadLog();
            assertEquals(1, log.size(), log.toString());
            String line = log.getFirst();
            for (String member : List.of("\"protocol\":\"TCP\"", "\"bytes_received\":18", "\"bytes_sent\":21",
                    "\"client\":\"127.0.0.1\"", "\"route\":\"TCPRoute test/up\"", "\"cluster\":\"Backend test/up\"",
                    "\"endpoint\":\"127.0.0.1:" + server.address().getPort() + "\"", "\"attempts\":1",
                    "\"closed_by\":\"client\"")) {
                assertTrue(line.contains(member), member + " in " + line);
            }
            assertTrue(!line.contains("\"status\"") && !line.contains("\"flag\""), line);
        }
    }

    @Test
    void aServerMaySpeakFirst() throws IOException {
        try (TcpServer server = TcpServer.start(socket -> {
            socket.getOutputStream().write("5.7.44-log".getBytes(ISO_8859_1));
            socket.getInputStream().read();
        }); StreamGateway gateway = gateway(server.address()); Socket client = gateway.connect()) {
            assertEquals("5.7.44-log", new String(client.getInputStream().readNBytes(10), ISO_8859_1));
        }
    }

    @Test
    void theEndOfTheClientsDirectionIsPassedOnAndTheAnswerStillArrives() throws IOException {
        try (TcpServer server = TcpServer.start(socket -> {
            byte[] all = socket.getInputStream().readAllBytes();
            socket.getOutputStream().write(("got " + all.length).getBytes(ISO_8859_1));
        }); StreamGateway gateway = gateway(server.address()); Socket client = gateway.connect()) {
            client.getOutputStream().write(new byte[100_000]);
            client.shutdownOutput();
            assertEquals("got 100000", new String(client.getInputStream().readAllBytes(), ISO_8859_1));
            gateway.awaitOpen("up", "tcp", 0);
            assertTrue(gateway.closeAndReadLog().getFirst().contains("\"closed_by\":\"client\""));
        }
    }

    @Test
    void theEndOfTheEndpointsDirectionIsPassedOnAndTheClientMayGoOn() throws Exception {
        AtomicReference<byte[]> rest = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(1);
        try (TcpServer server = TcpServer.start(socket -> {
            socket.getOutputStream().write("bye".getBytes(ISO_8859_1));
            socket.shutdownOutput();
            rest.set(socket.getInputStream().readAllBytes());
            done.countDown();
        }); StreamGateway gateway = gateway(server.address()); Socket client = gateway.connect()) {
            assertEquals("bye", new String(client.getInputStream().readAllBytes(), ISO_8859_1));
            client.getOutputStream().write("and more".getBytes(ISO_8859_1));
            client.shutdownOutput();
            done.await();
            assertEquals("and more", new String(rest.get(), ISO_8859_1));
            gateway.awaitOpen("up", "tcp", 0);
            assertTrue(gateway.closeAndReadLog().getFirst().contains("\"closed_by\":\"upstream\""));
        }
    }

    @Test
    void aResetOfTheEndpointResetsTheClient() throws IOException {
        try (TcpServer server = TcpServer.start(socket -> {
            socket.getInputStream().read();
            socket.setSoLinger(true, 0);
        }); StreamGateway gateway = gateway(server.address()); Socket client = gateway.connect()) {
            client.getOutputStream().write('x');
            assertThrows(SocketException.class, () -> client.getInputStream().read());
            gateway.awaitOpen("up", "tcp", 0);
            String line = gateway.closeAndReadLog().getFirst();
            assertTrue(line.contains("\"closed_by\":\"upstream\"") && line.contains("\"flag\":\"UC\"")
                    && line.contains("\"reason\":\"connection_lost\""), line);
        }
    }

    @Test
    void aResetOfTheClientResetsTheEndpoint() throws Exception {
        CompletableFuture<String> ended = new CompletableFuture<>();
        try (TcpServer server = TcpServer.start(socket -> {
            try {
                echo(socket);
                ended.complete("the end of the input");
            } catch (SocketException e) {
                ended.complete("a reset");
            }
        }); StreamGateway gateway = gateway(server.address())) {
            Socket client = gateway.connect();
            client.getOutputStream().write('x');
            assertEquals('x', client.getInputStream().read());
            client.setSoLinger(true, 0);
            client.close();
            assertEquals("a reset", ended.get());
            gateway.awaitOpen("up", "tcp", 0);
        }
    }

    @Test
    void aFailedConnectIsTriedOnAnotherEndpoint() throws IOException {
        try (TcpServer server = TcpServer.start(TcpStreamTest::echo);
                ClosedPort closed = new ClosedPort();
                StreamGateway gateway = gateway(closed.address(), server.address())) {
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
    void withoutAnEndpointThatAnswersTheConnectionIsClosed() throws IOException {
        try (ClosedPort one = new ClosedPort();
                ClosedPort other = new ClosedPort();
                StreamGateway gateway = gateway(one.address(), other.address())) {
            try (Socket client = gateway.connect()) {
                assertEquals(-1, client.getInputStream().read());
            }
            gateway.awaitOpen("up", "tcp", 0);
            String line = gateway.closeAndReadLog().getFirst();
            assertTrue(line.contains("\"flag\":\"UF\"") && line.contains("\"attempts\":3"), line);
        }
    }

    @Test
    void withoutARouteOrAnEndpointTheConnectionIsClosed() throws IOException {
        try (StreamGateway gateway = new StreamGateway(transport).tcp(null).apply()) {
            try (Socket client = gateway.connect()) {
                assertEquals(-1, client.getInputStream().read());
            }
            gateway.with(StreamGateway.cluster("up")).tcp(StreamGateway.route("up")).apply();
            try (Socket client = gateway.connect()) {
                assertEquals(-1, client.getInputStream().read());
            }
            gateway.tcp(StreamGateway.route("missing")).apply();
            try (Socket client = gateway.connect()) {
                assertEquals(-1, client.getInputStream().read());
            }
            gateway.awaitOpen("up", "tcp", 0);
            List<String> log = gateway.closeAndReadLog();
            assertTrue(log.get(0).contains("\"reason\":\"no_endpoints\""), log.toString());
            assertTrue(log.get(1).contains("\"reason\":\"misconfigured\""), log.toString());
        }
    }

    @Test
    void aSilentConnectionIsResetAfterTheIdleTimeout() throws IOException {
        StreamRoute route = StreamGateway.route("up", new StreamOptions(Duration.ofMillis(200), 1, 0, true));
        try (TcpServer server = TcpServer.start(TcpStreamTest::echo);
                StreamGateway gateway = new StreamGateway(transport).with(StreamGateway.cluster("up", server.address()))
                        .tcp(route).apply();
                Socket client = gateway.connect()) {
            client.getOutputStream().write('x');
            assertEquals('x', client.getInputStream().read());
            assertThrows(SocketException.class, () -> client.getInputStream().read());
            gateway.awaitOpen("up", "tcp", 0);
            String line = gateway.closeAndReadLog().getFirst();
            assertTrue(line.contains("\"reason\":\"idle_timeout\"") && line.contains("\"closed_by\":\"gateway\""), line);
        }
    }

    @Test
    void aConnectionOutlastsChangesOfItsRouteAndTheEndOfItsListener() throws IOException {
        try (TcpServer first = TcpServer.start(TcpStreamTest::echo);
                TcpServer second = TcpServer.start(socket -> socket.getOutputStream().write('2'));
                StreamGateway gateway = gateway(first.address());
                Socket client = gateway.connect()) {
            client.getOutputStream().write('a');
            assertEquals('a', client.getInputStream().read());
            gateway.with(StreamGateway.cluster("other", second.address())).tcp(StreamGateway.route("other")).apply();
            try (Socket later = gateway.connect()) {
                assertEquals('2', later.getInputStream().read());
            }
            client.getOutputStream().write('b');
            assertEquals('b', client.getInputStream().read());
            gateway.withoutListener().apply();
            client.getOutputStream().write('c');
            assertEquals('c', client.getInputStream().read());
        }
    }

    @Test
    void aChangedRouteWaitsForTheFirstEndpointsOfItsNewCluster() throws IOException {
        TestDirectory directory = new TestDirectory();
        try (TcpServer first = TcpServer.start(socket -> socket.getOutputStream().write('1'));
                TcpServer second = TcpServer.start(socket -> socket.getOutputStream().write('2'));
                StreamGateway gateway = new StreamGateway(
                        ProxySettings.DEFAULT.withTransport(transport).withWarmTimeout(Duration.ofMinutes(10)), directory)
                        .with(StreamGateway.cluster("first", first.address())).tcp(StreamGateway.route("first")).apply()) {
            assertEquals('1', said(gateway));
            gateway.with(StreamGateway.cluster("second", TestDirectory.named("second"))).tcp(StreamGateway.route("second"))
                    .apply();
            assertEquals(1, gateway.gateway.waiting());
            assertEquals('1', said(gateway));
            directory.push("second", second.address());
            GatewayUnderTest.await(() -> gateway.gateway.waiting() == 0, () -> "the route still waits");
            assertEquals('2', said(gateway));
        }
    }

    private static int said(StreamGateway gateway) throws IOException {
        try (Socket client = gateway.connect()) {
            return client.getInputStream().read();
        }
    }

    @Test
    void aSlowReaderSlowsTheSenderDownAndLosesNothing() throws Exception {
        int length = 40 << 20;
        byte[] sent = new byte[length];
        new Random(1).nextBytes(sent);
        try (TcpServer server = TcpServer.start(socket -> {
            Thread reader = Thread.ofVirtual().start(() -> {
                try {
                    byte[] got = socket.getInputStream().readNBytes(length);
                    assertArrayEquals(sent, got);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            socket.getOutputStream().write(sent);
            socket.shutdownOutput();
            try {
                reader.join();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }); StreamGateway gateway = gateway(server.address()); Socket client = gateway.connect()) {
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    client.getOutputStream().write(sent);
                    client.shutdownOutput();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertArrayEquals(sent, client.getInputStream().readNBytes(length));
            assertEquals(-1, client.getInputStream().read());
            writer.join();
            gateway.awaitOpen("up", "tcp", 0);
        }
    }
}
