package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.UpstreamTls;
import io.jigress.config.UpstreamTls.Verification;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.proxy.tls.UpstreamHandshakes;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.Variants;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// Endpoints that violate TLS, close the connection early, or have another identity than expected.
@ParameterizedClass(name = "{0}")
@Variants({"boringssl", "jdk"})
@ExtendWith(NoLeaks.class)
@Timeout(60)
class UpstreamTlsFaultsTest {
    private static final String OPEN = "jigress_pool_connections_open{loop=\"0\"}";
    private static final CertificateMaker PAST = new CertificateMaker(TlsGateway.NOW.minus(3, ChronoUnit.DAYS),
            TlsGateway.NOW.minus(1, ChronoUnit.DAYS));
    private static final CertificateMaker FUTURE = new CertificateMaker(TlsGateway.NOW.plus(1, ChronoUnit.DAYS),
            TlsGateway.NOW.plus(3, ChronoUnit.DAYS));

    private final String engine;
    private final Logger logger = (Logger) LoggerFactory.getLogger(UpstreamHandshakes.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    UpstreamTlsFaultsTest(String engine) {
        this.engine = engine;
    }

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(lines);
    }

    // ---- parts

    private GatewayUnderTest gateway(Cluster cluster) {
        return setup().cluster(cluster).route(GatewayUnderTest.forward("all", "/", "up")).start();
    }

    private GatewayUnderTest.Setup setup() {
        return GatewayUnderTest.setup().tlsEngine(engine).accessLog();
    }

    private static Cluster cluster(UpstreamTls tls, InetSocketAddress... endpoints) {
        return cluster("up", "http1", ConnectionLimits.DEFAULT, tls, endpoints);
    }

    private static Cluster cluster(String name, String protocol, ConnectionLimits limits, UpstreamTls tls,
            InetSocketAddress... endpoints) {
        return GatewayUnderTest.cluster(name, protocol, Json.Obj.EMPTY, limits, endpoints).with(tls);
    }

    private static UpstreamTls trusting(Made authority, String... names) {
        return new UpstreamTls("BackendTLSPolicy test/up", "cart.test", new Verification.Names(authority.text(), List.of(names)),
                null, List.of());
    }

    private static ReceivedResponse get(GatewayUnderTest gateway) {
        return TestClient.get(gateway.port(), "/");
    }

    private static double failures(GatewayUnderTest gateway, String reason) {
        return gateway.metric("jigress_upstream_tls_handshake_failures_total{reason=\"" + reason + "\"}");
    }

    private static List<String> allFailures(GatewayUnderTest gateway) {
        return gateway.gateway().metrics().lines()
                .filter(line -> line.startsWith("jigress_upstream_tls_handshake_failures_total{") && !line.endsWith(" 0"))
                .toList();
    }

    private static void same(SSLParameters parameters) {
        parameters.setUseCipherSuitesOrder(true);
    }

    private static Consumer<SSLParameters> version(String version) {
        return parameters -> parameters.setProtocols(new String[] {version});
    }

    private void refused(UpstreamTls tls, Made certificate, String reason) throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(certificate, UpstreamTlsFaultsTest::same, TlsUpstream.answering("never"));
                GatewayUnderTest gateway = gateway(cluster(tls, upstream.address()))) {
            ReceivedResponse response = get(gateway);
            assertThat(response.status()).as(reason).isEqualTo(502);
            assertThat(response.text()).contains("502");
            assertThat(allFailures(gateway)).singleElement().asString().contains(reason);
            gateway.awaitMetric(OPEN, 0);
        }
    }

    private void accepted(UpstreamTls tls, Made certificate) throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(certificate, UpstreamTlsFaultsTest::same, TlsUpstream.answering("hello"));
                GatewayUnderTest gateway = gateway(cluster(tls, upstream.address()))) {
            assertThat(get(gateway).text()).isEqualTo("hello");
            assertThat(allFailures(gateway)).isEmpty();
        }
    }

    private static Made selfSigned(CertificateMaker maker, String... names) {
        return maker.certificate(List.of(names), KeyKind.ECDSA, null);
    }

    // ---- who the endpoint is

    @Test
    void aCertificateThatIsNotValidNowIsRefused() throws IOException {
        for (CertificateMaker maker : List.of(PAST, FUTURE)) {
            refused(trusting(TlsGateway.CA, "cart.test"), maker.certificate(List.of("cart.test"), KeyKind.ECDSA, TlsGateway.CA),
                    "certificate_expired");
            // A certificate that is its own CA certificate is verified in the same way.
            Made own = selfSigned(maker, "cart.test");
            refused(trusting(own, "cart.test"), own, "certificate_expired");
        }
    }

    @Test
    void aCertificateThatSignsItselfIsAcceptedWhereItIsTrusted() throws IOException {
        Made own = selfSigned(TlsGateway.MAKER, "cart.test");
        accepted(trusting(own, "cart.test"), own);
        refused(trusting(own, "other.test"), own, "certificate_name");
        refused(trusting(TlsGateway.CA, "cart.test"), own, "certificate_untrusted");
        refused(trusting(selfSigned(TlsGateway.MAKER, "cart.test"), "cart.test"), own, "certificate_untrusted");
    }

    @Test
    @Tag("suite")
    void urisAndAddressesAreNamesToo() throws IOException {
        String[] names = {"spiffe://prod/ns/a/sa/cart", "10.1.2.3", "2001:db8::17", "cart.test"};
        Made all = TlsGateway.made(names);
        for (String name : names) {
            accepted(trusting(TlsGateway.CA, "never.test", name), all);
        }
        accepted(trusting(TlsGateway.CA, "2001:0DB8:0:0::17"), all);
        for (String name : List.of("spiffe://prod/ns/a/sa/car", "spiffe://prod/ns/a/sa/cart/", "SPIFFE://prod/ns/a/sa/cart",
                "10.1.2.4",
                "2001:db8::18", "0.0.0.0", "*.test", "test", "cart.test.evil.test")) {
            refused(trusting(TlsGateway.CA, name), all, "certificate_name");
        }
        // A name that only looks like an address or a URI.
        refused(trusting(TlsGateway.CA, "10.1.2.3"), TlsGateway.made("x.test"), "certificate_name");
    }

    @Test
    void whatACertificateSaysDoesNotBreakTheLog() throws IOException {
        refused(trusting(TlsGateway.CA, "cart.test"), TlsGateway.made("x\n2026-01-01 FORGED\u001b[31m" + "y".repeat(1000)),
                "certificate_name");
        assertThat(lines.list).singleElement().satisfies(line -> assertThat(line.getFormattedMessage())
                .doesNotContain("\n", "\u001b").hasSizeLessThan(600).contains("FORGED"));
    }

    /// Two policies for one address share neither connections nor sessions.
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void policiesForOneAddressDoNotMix(String version) throws IOException {
        ConnectionLimits limits = ConnectionLimits.DEFAULT;
        UpstreamTls open = new UpstreamTls("BackendTLSPolicy test/open", "cart.test", new Verification.None(), null, List.of());
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), version(version),
                TlsUpstream.answering("hello"));
                GatewayUnderTest gateway = setup()
                        .cluster(cluster("open", "http1", limits, open, upstream.address()))
                        .cluster(cluster("strict", "http1", limits, trusting(TlsGateway.CA, "other.test"), upstream.address()))
                        .cluster(cluster("right", "http1", limits, trusting(TlsGateway.CA, "cart.test"), upstream.address()))
                        .route(GatewayUnderTest.forward("open", "/open", "open"))
                        .route(GatewayUnderTest.forward("strict", "/strict", "strict"))
                        .route(GatewayUnderTest.forward("right", "/right", "right")).start()) {
            for (int i = 0; i < 3; i++) {
                assertThat(TestClient.get(gateway.port(), "/open").status()).isEqualTo(200);
                assertThat(TestClient.get(gateway.port(), "/right").status()).isEqualTo(200);
                assertThat(TestClient.get(gateway.port(), "/strict").status()).isEqualTo(502);
            }
        }
    }

    /// A connection that was verified by a CA that is no longer trusted gets no further request.
    @Test
    void aChangedAuthorityCountsFromTheNextRequestOn() throws IOException {
        UpstreamTls right = trusting(TlsGateway.CA, "cart.test");
        UpstreamTls wrong = trusting(TlsGateway.MAKER.authority("another CA"), "cart.test");
        ConnectionLimits limits = new ConnectionLimits(Duration.ofSeconds(5), Duration.ofMillis(300), 1000, 1000);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsFaultsTest::same, connection -> {
            for (String head = connection.head(); !head.isEmpty(); head = connection.head()) {
                if (head.contains("/slow")) {
                    awaitLatch(goOn);
                }
                connection.send(TlsUpstream.ok("hello"));
            }
        });
                GatewayUnderTest gateway = gateway(cluster("up", "http1", limits, right, upstream.address()));
                TestClient slow = gateway.connect()) {
            assertThat(get(gateway).text()).isEqualTo("hello");
            slow.send(TestClient.head("GET", "/slow") + "\r\n");
            assertThat(get(gateway).text()).isEqualTo("hello");
            gateway.apply(cluster("up", "http1", limits, wrong, upstream.address()));
            assertThat(get(gateway).status()).isEqualTo(502);
            goOn.countDown();
            assertThat(slow.readResponse().text()).as("which was under way").isEqualTo("hello");
            assertThat(get(gateway).status()).isEqualTo(502);
            gateway.awaitMetric(OPEN, 0);
            gateway.apply(cluster("up", "http1", limits, right, upstream.address()));
            assertThat(get(gateway).text()).isEqualTo("hello");
        }
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ---- handshakes that break off

    /// The endpoint can then log the reason.
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void anEndpointThatIsRefusedIsToldByAnAlert(String version) throws Exception {
        alerted(version, TlsGateway.made("other.test"));
        alerted(version,
                TlsGateway.MAKER.certificate(List.of("cart.test"), KeyKind.ECDSA, TlsGateway.MAKER.authority("another")));
        alerted(version, PAST.certificate(List.of("cart.test"), KeyKind.ECDSA, TlsGateway.CA));
    }

    private void alerted(String version, Made other) throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        try (TcpServer server = TcpServer.start(raw -> {
            SSLSocket tls = (SSLSocket) TlsGateway.client(other).getSocketFactory().createSocket(raw, null, true);
            tls.setUseClientMode(false);
            tls.setEnabledProtocols(new String[] {version});
            try {
                tls.startHandshake();
                told.add("read " + tls.getInputStream().read());
            } catch (IOException e) {
                told.add(String.valueOf(e.getMessage()));
            }
        });
                GatewayUnderTest gateway = gateway(cluster(trusting(TlsGateway.CA, "cart.test"), server.address()))) {
            String last = "";
            // A server that is still writing its part of the handshake may see the end of the connection before the alert.
            for (int i = 0; i < 10 && !last.contains("alert"); i++) {
                assertThat(get(gateway).status()).isEqualTo(502);
                last = String.valueOf(told.poll(10, TimeUnit.SECONDS));
            }
            assertThat(last).contains("alert").containsAnyOf("certificate", "unknown_ca");
        }
    }

    /// @param hex what the server sends in response to the ClientHello
    @ParameterizedTest
    @CsvSource({
        "15030300020228, false, refused_by_upstream",   // handshake_failure
        "1503030002022800, false, refused_by_upstream",
        "15030300020246, false, no_shared_version",     // protocol_version
        "15030300020270, false, refused_by_upstream",   // unrecognized_name
        "15030300020278, false, no_shared_protocol",    // no_application_protocol
        "15030300020100, false, closed_by_upstream",    // close_notify
        "15030300020100, true, closed_by_upstream",
        "160303, true, closed_by_upstream",
        "'', true, closed_by_upstream"})
    void alertsAndEndsInTheHandshakeHaveTheirReasons(String hex, boolean ends, String reason) throws IOException {
        CountDownLatch end = new CountDownLatch(1);
        try (TcpServer server = TcpServer.start(socket -> {
            socket.getInputStream().read(new byte[4096]);
            socket.getOutputStream().write(HexFormat.of().parseHex(hex));
            if (!ends) {
                awaitLatch(end);
            }
        });
                GatewayUnderTest gateway = gateway(cluster(trusting(TlsGateway.CA, "cart.test"), server.address()))) {
            long began = System.nanoTime();
            assertThat(get(gateway).status()).isEqualTo(502);
            assertThat(System.nanoTime() - began).as("without waiting for the timeout").isLessThan(4_000_000_000L);
            assertThat(allFailures(gateway)).singleElement().asString().contains("\"" + reason + "\"");
            assertThat(lines.list).singleElement().satisfies(line -> assertThat(line.getThrowableProxy()).isNull());
            gateway.awaitMetric(OPEN, 0);
            end.countDown();
        }
    }

    /// Servers that speak another protocol.
    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH_9.6\r\n", "220 mail.test ESMTP\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n",
        "\0\0\0\0\0\0\0\0"})
    void whatIsNotTlsIsNamed(String banner) throws IOException {
        try (TcpServer server = TcpServer.start(socket -> {
            socket.getOutputStream().write(banner.getBytes(StandardCharsets.ISO_8859_1));
            socket.getInputStream().readAllBytes();
        });
                GatewayUnderTest gateway = gateway(cluster(trusting(TlsGateway.CA, "cart.test"), server.address()))) {
            assertThat(get(gateway).status()).isEqualTo(502);
            assertThat(allFailures(gateway)).singleElement().asString().contains("\"not_tls\"");
            assertThat(lines.list).singleElement()
                    .satisfies(line -> assertThat(line.getFormattedMessage()).doesNotContain("mail", "SSH", "Bad"));
        }
    }

    @Test
    void aProtocolThatWasNotOfferedIsNotSpoken() throws IOException {
        for (String chosen : List.of("h2", "spdy/3")) {
            try (TlsUpstream upstream = selecting(chosen);
                    GatewayUnderTest gateway = gateway(
                            cluster(TlsUpstream.verifying("cart.test", "http/1.1"), upstream.address()))) {
                assertThat(get(gateway).status()).isEqualTo(502);
                assertThat(allFailures(gateway)).singleElement().asString().contains("no_shared_protocol");
            }
        }
        try (TlsUpstream upstream = selecting("http/1.1");
                GatewayUnderTest gateway = gateway(cluster("up", "h2c", ConnectionLimits.DEFAULT,
                        TlsUpstream.verifying("cart.test", "h2"), upstream.address()))) {
            assertThat(get(gateway).status()).isEqualTo(502);
            assertThat(allFailures(gateway)).singleElement().asString().contains("no_shared_protocol");
        }
    }

    /// Answers ALPN with this protocol, whatever was offered.
    private static TlsUpstream selecting(String protocol) throws IOException {
        return TlsUpstream.start(TlsGateway.made("cart.test"), parameters -> {}, protocol, TlsUpstream.answering("hello"));
    }

    @Test
    void aClientThatLeavesWithinTheHandshakeAndAGatewayThatClosesLeaveNothing() throws IOException {
        CountDownLatch asked = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        try (TcpServer silent = TcpServer.start(socket -> {
            socket.getInputStream().read();
            asked.countDown();
            awaitLatch(end);
        })) {
            try (GatewayUnderTest gateway = gateway(cluster(trusting(TlsGateway.CA, "cart.test"), silent.address()))) {
                try (TestClient client = gateway.connect()) {
                    client.send(TestClient.head("GET", "/") + "\r\n");
                    GatewayUnderTest.await(() -> silent.connections() == 1, () -> "the connection");
                    client.reset();
                }
                gateway.awaitMetric("jigress_pool_pending{loop=\"0\"}", 0);
                try (TestClient client = gateway.connect()) {
                    client.send(TestClient.head("GET", "/") + "\r\n");
                    gateway.awaitMetric("jigress_pool_pending{loop=\"0\"}", 1);
                    gateway.shut();
                }
            }
            end.countDown();
        }
    }

    // ---- many

    /// Nothing of the request was sent, so that even a POST is sent to another endpoint, with its body.
    @Test
    @Tag("suite")
    void handshakesWithAHangingEndpointHoldNobodyUpForLongerThanTheTimeout() throws Exception {
        int count = 16;
        CountDownLatch end = new CountDownLatch(1);
        ConnectionLimits limits = new ConnectionLimits(Duration.ofSeconds(2), Duration.ofSeconds(4), 1000, 1000);
        try (TcpServer hanging = TcpServer.start(socket -> {
            socket.getInputStream().read();
            awaitLatch(end);
        });
                TlsUpstream good = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsFaultsTest::same, connection -> {
                    while (!connection.head().isEmpty()) {
                        connection.send(
                                TlsUpstream.ok(
                                        new String(connection.tls().getInputStream().readNBytes(4), StandardCharsets.US_ASCII)));
                    }
                });
                GatewayUnderTest gateway = gateway(cluster("up", "http1", limits, trusting(TlsGateway.CA, "cart.test"),
                        hanging.address(), good.address()))) {
            List<Thread> clients = new ArrayList<>();
            BlockingQueue<String> got = new LinkedBlockingQueue<>();
            for (int i = 0; i < count; i++) {
                clients.add(Thread.ofVirtual().start(() -> {
                    try (TestClient client = gateway.connect()) {
                        ReceivedResponse response = client.request("POST", "/", "body".getBytes(StandardCharsets.US_ASCII));
                        got.add(response.status() + response.text());
                    }
                }));
            }
            for (Thread client : clients) {
                client.join();
            }
            assertThat(got).hasSize(count).allMatch("200body"::equals);
            // The timer of a request may run before that of the handshake which it waited for.
            GatewayUnderTest.await(() -> gateway.gateway().memory().build().toString().contains("\"connecting\":0,\"waiting\":0"),
                    () -> "nothing waits: " + gateway.gateway().memory().build());
            end.countDown();
        }
    }

    @Test
    void whatWaitsForHandshakesIsLimited() throws Exception {
        int count = 50;
        CountDownLatch end = new CountDownLatch(1);
        ConnectionLimits limits = new ConnectionLimits(Duration.ofSeconds(1), Duration.ofSeconds(4), 5, 10);
        try (TcpServer hanging = TcpServer.start(socket -> {
            socket.getInputStream().read();
            awaitLatch(end);
        });
                GatewayUnderTest gateway = gateway(
                        cluster("up", "http1", limits, trusting(TlsGateway.CA, "cart.test"), hanging.address()))) {
            List<Thread> clients = new ArrayList<>();
            BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
            for (int i = 0; i < count; i++) {
                clients.add(Thread.ofVirtual().start(() -> got.add(get(gateway).status())));
            }
            for (Thread client : clients) {
                client.join();
            }
            assertThat(got.stream().filter(status -> status == 504).count()).isEqualTo(15);
            assertThat(got.stream().filter(status -> status == 503).count()).isEqualTo(count - 15);
            // The timer of a request may run before that of the handshake which it waited for.
            GatewayUnderTest.await(() -> gateway.gateway().memory().build().toString().contains("\"connecting\":0,\"waiting\":0"),
                    () -> "nothing waits: " + gateway.gateway().memory().build());
            end.countDown();
        }
    }

    // ---- after the handshake

    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void aBodyThatIsCutOffIsNeverWhole(boolean chunked, boolean notify) throws IOException {
        String body = chunked
                ? "transfer-encoding: chunked\r\n\r\n6\r\nhello \r\n"
                : "content-length: 11\r\n\r\nhello ";
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsFaultsTest::same, connection -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\n" + body);
            if (!notify) {
                connection.cut();
            }
        });
                GatewayUnderTest gateway = gateway(cluster(trusting(TlsGateway.CA, "cart.test"), upstream.address()));
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            String all = client.readUntilClose();
            assertThat(all).contains("hello ").doesNotContain("0\r\n\r\n");
            assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"reason\":\"truncated");
        }
    }

    /// Many servers close idle connections in this way.
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void anIdleConnectionThatIsCutIsNoFailedHandshake(String version) throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), version(version), connection -> {
            connection.head();
            connection.send(TlsUpstream.ok("hello"));
            connection.cut();
        });
                GatewayUnderTest gateway = gateway(cluster(trusting(TlsGateway.CA, "cart.test"), upstream.address()))) {
            for (int i = 0; i < 5; i++) {
                assertThat(get(gateway).text()).isEqualTo("hello");
                gateway.awaitMetric(OPEN, 0);
            }
            assertThat(allFailures(gateway)).isEmpty();
            assertThat(lines.list).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void recordsOfOneByteAreRead(String version) throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), version(version), connection -> {
            while (!connection.head().isEmpty()) {
                OutputStream out = connection.tls().getOutputStream();
                for (byte each : TlsUpstream.ok("hello".repeat(200)).getBytes(StandardCharsets.US_ASCII)) {
                    out.write(each);
                    out.flush();
                }
            }
        });
                GatewayUnderTest gateway = gateway(cluster(trusting(TlsGateway.CA, "cart.test"), upstream.address()))) {
            for (int i = 0; i < 2; i++) {
                assertThat(get(gateway).text()).isEqualTo("hello".repeat(200));
            }
            assertThat(upstream.server.connections()).isOne();
        }
    }

    /// With TLS 1.3 an endpoint refuses the gateway's certificate, or the lack of one, after the gateway's handshake has ended.
    @Test
    void anEndpointThatWantsACertificateIsPassedOverByWhatMayBeSentAgain() throws IOException {
        try (TlsUpstream demanding = TlsUpstream.start(TlsGateway.made("cart.test"), parameters -> {
            parameters.setNeedClientAuth(true);
            parameters.setProtocols(new String[] {"TLSv1.3"});
        }, TlsUpstream.answering("never"));
                TlsUpstream good = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsFaultsTest::same,
                        TlsUpstream.answering("hello"));
                GatewayUnderTest gateway = gateway(
                        cluster(trusting(TlsGateway.CA, "cart.test"), demanding.address(), good.address()))) {
            for (int i = 0; i < 20; i++) {
                assertThat(get(gateway).text()).isEqualTo("hello");
            }
            GatewayUnderTest.await(() -> failures(gateway, "refused_by_upstream") > 0, () -> "the alerts to be counted");
            assertThat(gateway.gateway().unhealthyEndpoints()).singleElement().asString().contains("ejected");
            assertThat(lines.list.getFirst().getFormattedMessage()).contains("refused_by_upstream")
                    .containsIgnoringCase("certificate");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void anEndpointThatRenegotiatesIsServedOrRefusedAndNeverAwaited(String method) throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), version("TLSv1.2"), connection -> {
            while (!connection.head().isEmpty()) {
                connection.tls().startHandshake();
                connection.send(TlsUpstream.ok("hello"));
            }
        });
                GatewayUnderTest gateway = gateway(cluster(trusting(TlsGateway.CA, "cart.test"), upstream.address()))) {
            long began = System.nanoTime();
            int status = TestClient.connect(gateway.port()).request(method, "/").status();
            assertThat(status).isEqualTo(engine.equals("jdk") ? 200 : 502);
            assertThat(System.nanoTime() - began).isLessThan(4_000_000_000L);
        }
    }

    /// See [io.jigress.proxy.tls]'s HeapRecords.
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aForgedRecordEndsTheConnectionAndChangesNothingThatCameBefore(String version) throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), version(version), connection -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello ");
            Socket raw = connection.raw();
            raw.getOutputStream().write(HexFormat.of().parseHex("170303001400112233445566778899aabbccddeeff00112233"));
            // The alert.
            raw.getInputStream().read();
        });
                GatewayUnderTest gateway = gateway(cluster(trusting(TlsGateway.CA, "cart.test"), upstream.address()));
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThat(client.readUntilClose()).endsWith("hello ");
            gateway.awaitMetric(OPEN, 0);
            assertThat(lines.list).as("which was no handshake")
                    .noneMatch(line -> line.getFormattedMessage().contains("handshake"));
        }
    }
}
