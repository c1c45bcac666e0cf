package io.jigress.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.Json;
import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AdminServerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private static final int PIECES = 2_000;
    private static final String PIECE = "x".repeat(32 * 1024);

    /// How many pieces of the long response were created.
    private final AtomicInteger made = new AtomicInteger();
    private AdminServer server;
    private int port;

    @BeforeEach
    void start() throws IOException {
        server = AdminServer.start("admin-test", ANY_PORT, HostCheck.of(List.of("Gateway.Internal")), List.of(
                AdminEndpoint.get("/echo", "says what it was asked", Set.of("word"),
                        request -> AdminReply.json(Json.object().put("words", String.join("+", request.all("word"))).build())),
                new AdminEndpoint(AdminEndpoint.Method.PUT, "/level", "sets something", Set.of(),
                        _ -> AdminReply.json(Json.object().put("set", true).build())),
                AdminEndpoint.get("/long", "has no end", Set.of(), _ -> AdminReply.text("text/plain", longText())),
                AdminEndpoint.get("/broken", "fails", Set.of(), _ -> {
                    throw new IllegalStateException("as planned");
                })), Duration.ofSeconds(2));
        port = server.address().getPort();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Iterator<String> longText() {
        return IntStream.range(0, PIECES).mapToObj(_ -> {
            made.incrementAndGet();
            return PIECE;
        }).iterator();
    }

    private ReceivedResponse ask(String method, String target, String... headers) {
        try (TestClient client = TestClient.connect(port)) {
            return client.request(method, target, headers);
        }
    }

    private ReceivedResponse askAs(String host) {
        try (TestClient client = TestClient.connect(port)) {
            return client.send("GET /echo HTTP/1.1\r\nHost: " + host + "\r\n\r\n").readResponse();
        }
    }

    @Test
    void answersWithPrettyJson() {
        ReceivedResponse response = ask("GET", "/echo?word=a&word=b%20c");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers().first("content-type")).isEqualTo("application/json");
        assertThat(response.text()).isEqualTo("{\n  \"words\": \"a+b c\"\n}\n");
    }

    @Test
    void keepsTheConnectionForTheNextRequest() {
        try (TestClient client = TestClient.connect(port)) {
            assertThat(client.request("GET", "/echo?word=a").status()).isEqualTo(200);
            assertThat(client.request("GET", "/echo?word=b").text()).contains("\"b\"");
        }
    }

    @Test
    void headTellsTheLengthWithoutTheBody() {
        ReceivedResponse response = ask("HEAD", "/echo?word=a");

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers().first("content-length"))
                .isEqualTo(Integer.toString(ask("GET", "/echo?word=a").text().length()));
        assertThat(response.body()).isEmpty();
    }

    @Test
    void listsItsEndpoints() {
        assertThat(ask("GET", "/").text()).contains("\"path\": \"/echo\"", "\"parameters\": [\"word\"]",
                "\"doc\": \"sets something\"");
    }

    @Test
    void errorsAreJson() {
        ReceivedResponse unknown = ask("GET", "/nothing");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.text()).isEqualTo("{\n  \"error\": \"there is no /nothing; GET / lists what there is\"\n}\n");

        ReceivedResponse parameter = ask("GET", "/echo?wrod=a");
        assertThat(parameter.status()).isEqualTo(400);
        assertThat(parameter.text()).contains("unknown parameter wrod (expected: word)");

        assertThat(ask("GET", "/echo?word=%zz").status()).isEqualTo(400);
    }

    @Test
    void aFaultOfAnEndpointCostsOneAnswer() {
        assertThat(ask("GET", "/broken").status()).isEqualTo(500);
        assertThat(ask("GET", "/echo").status()).isEqualTo(200);
    }

    @Test
    void onlyWhatSaysSoCanBePut() {
        assertThat(ask("PUT", "/level").status()).isEqualTo(200);

        ReceivedResponse refused = ask("PUT", "/echo");
        assertThat(refused.status()).isEqualTo(405);
        assertThat(refused.text()).contains("does not take PUT (expected: GET)");
        assertThat(refused.headers().first("allow")).isEqualTo("GET, HEAD");
        assertThat(ask("DELETE", "/level").status()).isEqualTo(405);
        assertThat(ask("OPTIONS", "/level").headers().first("allow")).isEqualTo("PUT");
    }

    @Test
    void refusesNamesThatAreNotItsOwn() {
        assertThat(askAs("evil.example").status()).isEqualTo(403);
        assertThat(askAs("evil.example:" + port).status()).isEqualTo(403);
        assertThat(askAs("127.0.0.1.evil.example").status()).isEqualTo(403);
        assertThat(askAs("localhost.evil.example").status()).isEqualTo(403);
        assertThat(askAs("[::1].evil.example").status()).isEqualTo(403);
        assertThat(askAs("").status()).isEqualTo(403);

        assertThat(askAs("localhost").status()).isEqualTo(200);
        assertThat(askAs("LOCALHOST:" + port).status()).isEqualTo(200);
        assertThat(askAs("127.0.0.1:" + port).status()).isEqualTo(200);
        assertThat(askAs("10.1.2.3").status()).isEqualTo(200);
        assertThat(askAs("[::1]:" + port).status()).isEqualTo(200);
        assertThat(askAs("gateway.internal:8001").status()).isEqualTo(200);
    }

    @Test
    void anotherListenerMayAllowEveryName() throws IOException {
        try (AdminServer open = AdminServer.start("health-test", ANY_PORT, HostCheck.any(),
                HealthEndpoints.of(() -> new HealthEndpoints.Readiness(false, "draining"),
                        () -> List.of("jigress_up 1\n").iterator()));
                TestClient client = TestClient.connect(open.address().getPort())) {
            ReceivedResponse ready = client.send("GET /readyz HTTP/1.1\r\nHost: pod.cluster\r\n\r\n").readResponse();
            assertThat(ready.status()).isEqualTo(503);
            assertThat(ready.text()).contains("\"draining\"");
            assertThat(client.request("GET", "/healthz").status()).isEqualTo(200);
            assertThat(client.request("GET", "/metrics").text()).isEqualTo("jigress_up 1\n");
            assertThat(client.request("GET", "/config/resources").status()).isEqualTo(404);
        }
    }

    @Test
    void twoHostsOrNoneAreRefused() {
        try (TestClient client = TestClient.connect(port)) {
            assertThat(client.send("GET /echo HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n").readResponse().status())
                    .isEqualTo(400);
        }
        try (TestClient client = TestClient.connect(port)) {
            assertThat(client.send("GET /echo HTTP/1.1\r\n\r\n").readResponse().status()).isEqualTo(400);
        }
    }

    @Test
    void whatIsTooLargeIsRefused() {
        assertThat(ask("GET", "/echo?word=" + "x".repeat(AdminServer.TARGET_BYTES_LIMIT)).status()).isEqualTo(414);
        try (TestClient client = TestClient.connect(port)) {
            assertThat(client.request("GET", "/echo", "x-long: " + "x".repeat(AdminServer.HEADER_BYTES_LIMIT)).status())
                    .isEqualTo(431);
            client.assertClosed();
        }
        try (TestClient client = TestClient.connect(port)) {
            assertThat(client.request("PUT", "/level", "body".getBytes(java.nio.charset.StandardCharsets.US_ASCII)).status())
                    .isEqualTo(413);
            client.assertClosed();
        }
    }

    @Test
    void aLongAnswerIsSentInPiecesAndTheConnectionGoesOn() {
        try (TestClient client = TestClient.connect(port)) {
            ReceivedResponse response = client.request("GET", "/long");
            assertThat(response.headers().first("transfer-encoding")).isEqualTo("chunked");
            assertThat(response.body()).hasSize(PIECES * PIECE.length());
            assertThat(client.request("GET", "/echo?word=b").text()).contains("\"b\"");
            ReceivedResponse head = client.request("HEAD", "/long");
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(client.request("GET", "/echo?word=c").text()).contains("\"c\"");
        }
    }

    @Test
    void anOldClientGetsALongAnswerUntilItsConnectionEnds() {
        try (TestClient client = TestClient.connect(port)) {
            client.send("GET /long HTTP/1.0\r\nHost: localhost\r\n\r\n");
            assertThat(client.readHead().headers().first("transfer-encoding")).isNull();
            assertThat(client.readUntilClose()).hasSize(PIECES * PIECE.length());
        }
    }

    @Test
    void whoDoesNotReadIsCutOffAndHoldsNobodyUp() {
        try (TestClient slow = TestClient.connect(port)) {
            slow.send("GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(ask("GET", "/echo?word=a").status()).isEqualTo(200);
            // Socket buffers take some pieces; the rest is not created.
            assertThat(made.get()).isLessThan(PIECES);
            while (server.connections() > 0) {
                Poll.pause();
            }
            assertThat(made.get()).isLessThan(PIECES);
        }
    }

    @Test
    void whoDoesNotFinishARequestIsCutOff() throws InterruptedException {
        try (TestClient slow = TestClient.connect(port)) {
            slow.send("GET /echo HTTP/1.1\r\n");
            slow.assertClosed();
        }
        try (TestClient idle = TestClient.connect(port)) {
            assertThat(idle.request("GET", "/echo").status()).isEqualTo(200);
            idle.assertClosed();
        }
    }

    @Test
    void oneConnectionTooManyIsClosed() {
        List<TestClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < AdminServer.CONNECTIONS_LIMIT; i++) {
                clients.add(TestClient.connect(port));
            }
            while (server.connections() < AdminServer.CONNECTIONS_LIMIT) {
                Poll.pause();
            }
            try (TestClient late = TestClient.connect(port)) {
                late.assertClosed();
            }
            assertThat(server.connections()).isEqualTo(AdminServer.CONNECTIONS_LIMIT);
        } finally {
            clients.forEach(TestClient::close);
        }
    }

    @Test
    void aTakenPortIsSaid() {
        assertThatThrownBy(() -> AdminServer.start("second", server.address(), HostCheck.any(), List.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("in use");
    }
}
