package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.ConnectionFacts;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.api.ProxyProtocol;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.proxy.exchange.HandshakeLimits;
import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Listeners whose connections begin with a header of the PROXY protocol.
@Timeout(60)
class ProxyProtocolTest {
    private static final String V1 = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n";
    private static final String GET = "GET / HTTP/1.1\r\nhost: a.test\r\n\r\n";
    private static final String HEADERS = "jigress_proxy_protocol_headers_total";

    /// An id and a field of AWS.
    private static final String V2 = binary("2111 001f c0000201 c6336402 dc04 01bb 05 0008 636f6e6e2d303037 ea 0005 0176706365");

    private static String binary(String rest) {
        byte[] bytes = HexFormat.of().parseHex(("0d0a0d0a000d0a515549540a" + rest).replace(" ", ""));
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static GatewayUnderTest.Setup setup(TestUpstream upstream, ProxyProtocolInput input) {
        return GatewayUnderTest.to(upstream).proxyProtocol(input).trusted("127.0.0.0/8");
    }

    private static void awaitFailure(GatewayUnderTest gateway, String reason) {
        gateway.awaitMetric("jigress_proxy_protocol_failures_total{reason=\"" + reason + "\"}", 1);
        gateway.awaitMetric("jigress_connections_open{loop=\"0\"}", 0);
    }

    @ParameterizedTest
    @EnumSource(value = ProxyProtocolInput.class, names = "OFF", mode = EnumSource.Mode.EXCLUDE)
    void theAddressInTheHeaderIsTheClients(ProxyProtocolInput input) {
        BlockingQueue<ProxyProtocol> seen = new LinkedBlockingQueue<>();
        HttpFilter filter = new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                ConnectionFacts connection = exchange.connection();
                seen.add(connection.proxyProtocol());
                assertThat(exchange.clientAddress().getHostAddress()).isEqualTo("192.0.2.1");
                assertThat(exchange.peerAddress().getHostAddress()).isEqualTo("192.0.2.1");
                assertThat(connection.peer().toString()).isEqualTo("/192.0.2.1:56324");
                assertThat(connection.local().toString()).isEqualTo("/198.51.100.2:443");
                return FilterDecision.CONTINUE;
            }
        };
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, input).filters(TestFilter.of(filter)).accessLog().start()) {
            for (String header : List.of(V1, V2)) {
                try (TestClient client = gateway.connect()) {
                    client.send(header + GET);
                    assertThat(client.readResponse().text()).isEqualTo("ok");
                    // Fields that a client adds are not trusted because the proxy is.
                    assertThat(client.request("GET", "/", "X-Forwarded-For: 203.0.113.9").text()).isEqualTo("ok");
                }
            }
            assertThat(upstream.requests()).hasSize(4).allSatisfy(
                    request -> assertThat(request.headers().all("x-forwarded-for")).containsExactly("192.0.2.1"));
            assertThat(gateway.metric(HEADERS)).isEqualTo(2);
            assertThat(seen.poll().version()).isEqualTo(1);
            ProxyProtocol second = seen.stream().filter(each -> each.version() == 2).findFirst().orElseThrow();
            assertThat(second.tlv(0xea).text()).endsWith("vpce");
            assertThat(second.sender().getAddress().isLoopbackAddress()).isTrue();
            List<String> log = gateway.closeAndReadLog();
            assertThat(log).hasSize(4)
                    .allSatisfy(line -> assertThat(line).contains("\"client\":\"192.0.2.1\",\"proxy\":\"127.0.0.1\""));
            assertThat(log.getLast()).contains("\"proxy_unique_id\":\"conn-007\"");
            assertThat(log.getFirst()).doesNotContain("proxy_unique_id");
        }
    }

    /// A CDN in front of a load balancer that passes on TCP.
    @Test
    void xForwardedForIsTrustedWhenTheAddressInTheHeaderIs() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = GatewayUnderTest.to(upstream).proxyProtocol(ProxyProtocolInput.REQUIRED)
                        .trusted("127.0.0.0/8", "192.0.2.0/24").start();
                TestClient client = gateway.connect()) {
            client.send(V1);
            client.request("GET", "/", "X-Forwarded-For: 203.0.113.9");
            assertThat(upstream.lastRequest().headers().first("x-forwarded-for")).isEqualTo("203.0.113.9, 192.0.2.1");
        }
    }

    @Test
    void theHeaderMayArriveByteByByteAndTheRequestLater() throws IOException {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.REQUIRED).start()) {
            for (String header : List.of(V1, V2)) {
                try (TestClient client = gateway.connect()) {
                    for (byte each : bytes(header)) {
                        client.send(new byte[] {each});
                    }
                    gateway.awaitMetric(HEADERS, header.equals(V1) ? 1 : 2);
                    for (byte each : bytes(GET)) {
                        client.send(new byte[] {each});
                    }
                    assertThat(client.readResponse().text()).isEqualTo("ok");
                }
            }
            assertThat(upstream.requests()).extracting(request -> request.headers().first("x-forwarded-for"))
                    .containsExactly("192.0.2.1", "192.0.2.1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN 1 2 3\r\n"})
    void aHeaderWithoutAddressesKeepsThoseOfTheConnection(String header) {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.REQUIRED).start()) {
            for (String each : List.of(header, binary("2000 0000"), binary("2131 00d8" + "61".repeat(216)))) {
                try (TestClient client = gateway.connect()) {
                    client.send(each + GET);
                    assertThat(client.readResponse().text()).isEqualTo("ok");
                }
            }
            assertThat(upstream.requests()).extracting(request -> request.headers().first("x-forwarded-for"))
                    .containsOnly("127.0.0.1");
        }
    }

    @Test
    void whereItIsOptionalConnectionsWithoutHeaderAreServed() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.OPTIONAL).start()) {
            for (String method : List.of("GET", "POST", "PUT", "PROPFIND")) {
                try (TestClient client = gateway.connect()) {
                    client.send("P".startsWith(method.substring(0, 1)) ? "P" : "G");
                    client.send(method.substring(1) + GET.substring(3));
                    assertThat(client.readResponse().text()).isEqualTo("ok");
                }
            }
            assertThat(gateway.metric(HEADERS)).isZero();
        }
    }

    @Test
    void whereItIsOptionalOtherPeersMayConnectWithoutHeader() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.OPTIONAL).trusted("10.0.0.0/8").start()) {
            try (TestClient client = gateway.connect()) {
                assertThat(client.request("GET", "/").text()).isEqualTo("ok");
            }
            try (TestClient client = gateway.connect()) {
                client.send(V1 + GET);
                client.assertClosed();
                awaitFailure(gateway, "untrusted");
            }
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    @Test
    void whereItIsRequiredOtherPeersAreClosedAtOnce() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.REQUIRED).trusted("10.0.0.0/8").start();
                TestClient client = gateway.connect()) {
            client.assertClosed();
            awaitFailure(gateway, "untrusted");
        }
    }

    @Test
    void whereItIsOffAHeaderIsAnInvalidRequest() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.OFF).start();
                TestClient client = gateway.connect()) {
            client.send(V1 + GET);
            assertThat(client.readResponse().status()).isEqualTo(400);
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"'GET / HTTP/1.1\r\n', missing", "G, missing", "'PROXY TCP4 a\r\n', malformed",
        "'PROXY TCP4 192.0.2.1\n', malformed",
        "'\r\n\r\nGET', missing"})
    void otherBytesThanAHeaderCloseTheConnection(String bytes, String reason) {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.REQUIRED).start();
                TestClient client = gateway.connect()) {
            client.send(bytes);
            client.assertClosed();
            awaitFailure(gateway, reason);
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void aHeaderThatIsTooLongClosesTheConnection() {
        HandshakeLimits limits = new HandshakeLimits(Duration.ofSeconds(10), 16 * 1024, 10, 100);
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.REQUIRED).handshakes(limits).start()) {
            try (TestClient client = gateway.connect()) {
                client.send(binary("2111 0054 c0000201 c6336402 dc04 01bb e0 0045" + "00".repeat(69)) + GET);
                assertThat(client.readResponse().text()).isEqualTo("ok");
            }
            try (TestClient client = gateway.connect()) {
                client.send(binary("2111 0055"));
                client.assertClosed();
                awaitFailure(gateway, "too_long");
            }
        }
    }

    @Test
    void aHeaderThatTakesTooLongClosesTheConnection() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.REQUIRED)
                        .timeouts(was -> new ClientTimeouts(Duration.ofMillis(100), was.idle(), was.request(), was.attempt(),
                                was.silence()))
                        .start();
                TestClient client = gateway.connect()) {
            client.send(V1.substring(0, V1.length() - 1));
            client.assertClosed();
            awaitFailure(gateway, "timeout");
        }
    }

    @Test
    void aPeerThatEndsWithinTheHeaderIsCountedAndOneThatSendsNothingIsNot() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.REQUIRED).start()) {
            try (TestClient client = gateway.connect()) {
                client.shutdownOutput();
                client.assertClosed();
            }
            try (TestClient client = gateway.connect()) {
                client.send("PROXY TCP");
                client.shutdownOutput();
                client.assertClosed();
            }
            awaitFailure(gateway, "closed_by_peer");
        }
    }

    @Test
    void aChangeAppliesToLaterConnections() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = setup(upstream, ProxyProtocolInput.OFF).start();
                TestClient before = gateway.connect()) {
            assertThat(before.request("GET", "/").text()).isEqualTo("ok");
            gateway.apply(config -> input(config, ProxyProtocolInput.REQUIRED));
            assertThat(before.request("GET", "/").text()).isEqualTo("ok");
            try (TestClient client = gateway.connect()) {
                client.send(V1 + GET);
                assertThat(client.readResponse().text()).isEqualTo("ok");
            }
            gateway.apply(config -> input(config, ProxyProtocolInput.OFF));
            try (TestClient client = gateway.connect()) {
                assertThat(client.request("GET", "/").text()).isEqualTo("ok");
            }
        }
    }

    private static GatewayConfig input(GatewayConfig config, ProxyProtocolInput input) {
        Listener was = config.listeners().get(GatewayUnderTest.LISTENER);
        return config.with(
                new Listener(was.name(), was.address(), was.port(), was.publicPort(), was.traffic(), input));
    }

    /// TLS follows the header: the handshake is served whatever parts both arrive in, and the log of failed ones names the client.
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000})
    void tlsFollowsTheHeader(int part) throws Exception {
        try (TlsGateway gateway = new TlsGateway(ProxySettings.DEFAULT.withTrustedProxies(List.of("127.0.0.0/8")))
                .proxyProtocol(ProxyProtocolInput.REQUIRED).with("a.test")) {
            gateway.apply();
            for (String header : List.of(V1, V2)) {
                try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
                    raw.setTcpNoDelay(true);
                    byte[] bytes = bytes(header);
                    for (int from = 0; from < bytes.length; from += part) {
                        raw.getOutputStream().write(bytes, from, Math.min(part, bytes.length - from));
                    }
                    try (TlsSocket client = TlsSocket.over(raw, TlsGateway.client(null), "a.test")) {
                        assertThat(client.get("a.test")).startsWith("HTTP/1.1 200");
                    }
                }
            }
            assertThat(gateway.upstream.awaitRequests(2))
                    .extracting((ReceivedRequest seen) -> seen.headers().first("x-forwarded-for"))
                    .containsOnly("192.0.2.1");
        }
    }
}
