package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.SecretText;
import io.jigress.config.TlsCertificate;
import io.jigress.config.UpstreamTls;
import io.jigress.config.UpstreamTls.Verification;
import io.jigress.proxy.tls.CertificateMaker;
import io.jigress.proxy.tls.CertificateMaker.KeyKind;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.Variants;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// TLS to upstreams, with servers of the JDK and nginx, by each engine and on each transport.
@ParameterizedClass(name = "{0} on {1}")
@Variants({"boringssl,epoll", "boringssl,io_uring", "boringssl,nio", "jdk,epoll"})
@ExtendWith(NoLeaks.class)
@Timeout(60)
class UpstreamTlsTest {
    private static final String HANDSHAKES = "jigress_upstream_tls_handshakes_total";

    private final String engine;
    private final String transport;
    @TempDir private Path folder;

    UpstreamTlsTest(String engine, String transport) {
        this.engine = engine;
        this.transport = transport;
    }

    private static void usual(SSLParameters parameters) {
        parameters.setUseCipherSuitesOrder(true);
    }

    private static Cluster cluster(UpstreamTls tls, InetSocketAddress... endpoints) {
        return cluster("http1", ConnectionLimits.DEFAULT, tls, endpoints);
    }

    private static Cluster cluster(String protocol, ConnectionLimits limits, UpstreamTls tls, InetSocketAddress... endpoints) {
        return GatewayUnderTest.cluster("up", protocol, Json.Obj.EMPTY, limits, endpoints).with(tls);
    }

    private GatewayUnderTest gateway(Cluster cluster) {
        return GatewayUnderTest.setup().on(transport, 1).tlsEngine(engine).accessLog().cluster(cluster)
                .route(GatewayUnderTest.forward("all", "/", "up")).start();
    }

    private static ReceivedResponse get(GatewayUnderTest gateway) {
        return TestClient.get(gateway.port(), "/");
    }

    private static double failures(GatewayUnderTest gateway, String reason) {
        return gateway.metric("jigress_upstream_tls_handshake_failures_total{reason=\"" + reason + "\"}");
    }

    // ---- requests

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aConnectionServesManyRequests(String version) throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"),
                parameters -> parameters.setProtocols(new String[] {version}),
                connection -> {
                    while (!connection.head().isEmpty()) {
                        connection.send(
                                TlsUpstream.ok(connection.serverNames() + " " + connection.tls().getSession().getProtocol()));
                    }
                });
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), upstream.address()))) {
            for (int i = 0; i < 3; i++) {
                assertThat(get(gateway).text()).isEqualTo("cart.test " + version);
            }
            assertThat(upstream.server.connections()).isEqualTo(1);
            assertThat(gateway.metric(HANDSHAKES)).isEqualTo(1);
        }
    }

    @Test
    void withoutAServerNameNoneIsSent() throws IOException {
        UpstreamTls tls = new UpstreamTls("test", "", new Verification.Names(TlsGateway.CA.text(), List.of("cart.test")), null,
                List.of());
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsTest::usual,
                connection -> {
                    connection.head();
                    connection.send(TlsUpstream.ok("[" + connection.serverNames() + "]"));
                });
                GatewayUnderTest gateway = gateway(cluster(tls, upstream.address()))) {
            assertThat(get(gateway).text()).isEqualTo("[]");
        }
    }

    @Test
    void bodiesThatFillTheBuffersBetweenPassBothWays() throws IOException {
        int length = 8_000_000;
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsTest::usual, connection -> {
            connection.head();
            byte[] body = connection.tls().getInputStream().readNBytes(length);
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: " + body.length + "\r\n\r\n");
            connection.tls().getOutputStream().write(body);
            connection.tls().getOutputStream().flush();
        });
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), upstream.address()));
                TestClient client = gateway.connect()) {
            assertThat(client.request("POST", "/", new byte[length]).body()).hasSize(length);
        }
    }

    // ---- failures of the handshake

    private void refused(UpstreamTls tls, Made certificate, String reason) throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(certificate, UpstreamTlsTest::usual, TlsUpstream.answering("never"));
                GatewayUnderTest gateway = gateway(cluster(tls, upstream.address()))) {
            failed(gateway, 502, reason, "\"reason\":\"tls_failed\"");
        }
    }

    private static void failed(GatewayUnderTest gateway, int status, String reason, String logged) {
        assertThat(get(gateway).status()).isEqualTo(status);
        assertThat(failures(gateway, reason)).as(reason).isPositive();
        assertThat(gateway.metric(HANDSHAKES)).isZero();
        assertThat(gateway.metric("jigress_pool_connections_open{loop=\"0\"}")).isZero();
        assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"UF\"").contains(logged);
    }

    @Test
    void aCertificateOfAnotherCaIsRefused() throws IOException {
        Made stranger = TlsGateway.MAKER.certificate(List.of("cart.test"), KeyKind.ECDSA,
                TlsGateway.MAKER.authority("another CA"));
        refused(TlsUpstream.verifying("cart.test"), stranger, "certificate_untrusted");
        UpstreamTls system = new UpstreamTls("test", "cart.test", new Verification.Names(null, List.of("cart.test")), null,
                List.of());
        refused(system, TlsGateway.made("cart.test"), "certificate_untrusted");
    }

    @Test
    void aCertificateOfAnotherNameIsRefused() throws IOException {
        refused(TlsUpstream.verifying("cart.test"), TlsGateway.made("shop.test"), "certificate_name");
    }

    @Test
    void anExpiredCertificateIsRefused() throws IOException {
        Made old = new CertificateMaker(TlsGateway.NOW.minus(3, ChronoUnit.DAYS), TlsGateway.NOW.minus(1, ChronoUnit.DAYS))
                .certificate(List.of("cart.test"), KeyKind.ECDSA, TlsGateway.CA);
        refused(TlsUpstream.verifying("cart.test"), old, "certificate_expired");
    }

    @Test
    void withoutVerificationEveryCertificateIsAccepted() throws IOException {
        Made stranger = TlsGateway.MAKER.certificate(List.of("x.test"), KeyKind.ECDSA, TlsGateway.MAKER.authority("another CA"));
        UpstreamTls tls = new UpstreamTls("test", "cart.test", new Verification.None(), null, List.of());
        try (TlsUpstream upstream = TlsUpstream.start(stranger, UpstreamTlsTest::usual, TlsUpstream.answering("hello"));
                GatewayUnderTest gateway = gateway(cluster(tls, upstream.address()))) {
            assertThat(get(gateway).text()).isEqualTo("hello");
        }
    }

    @Test
    void anUpstreamThatIsSilentInTheHandshakeTimesOut() throws IOException {
        CountDownLatch end = new CountDownLatch(1);
        ConnectionLimits limits = new ConnectionLimits(Duration.ofMillis(200), Duration.ofSeconds(4), 10, 10);
        try (TcpServer silent = TcpServer.start(_ -> awaitEnd(end));
                GatewayUnderTest gateway = gateway(
                        cluster("http1", limits, TlsUpstream.verifying("cart.test"), silent.address()))) {
            failed(gateway, 504, "timeout", "\"reason\":\"tls_timeout\"");
            end.countDown();
        }
    }

    private static void awaitEnd(CountDownLatch end) {
        try {
            end.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anUpstreamThatClosesWithinTheHandshakeFailsTheConnect() throws IOException {
        try (TcpServer closing = TcpServer.start(socket -> socket.getInputStream().read());
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), closing.address()))) {
            failed(gateway, 502, "closed_by_upstream", "\"reason\":\"tls_failed\"");
        }
        try (TcpServer resetting = TcpServer.start(socket -> {
            socket.getInputStream().read();
            socket.setSoLinger(true, 0);
        });
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), resetting.address()))) {
            failed(gateway, 502, "closed_by_upstream", "\"reason\":\"tls_failed\"");
        }
    }

    @Test
    void anUpstreamThatHangsUpAfterAHalfHandshakeFailsTheConnect() throws IOException {
        try (TcpServer ending = TcpServer.start(socket -> {
            socket.getInputStream().read();
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        });
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), ending.address()))) {
            failed(gateway, 502, "closed_by_upstream", "\"reason\":\"tls_failed\"");
        }
    }

    @Test
    void anUpstreamInTheClearIsNamed() throws IOException {
        try (TcpServer plain = TcpServer.start(socket -> {
            socket.getInputStream().read();
            socket.getOutputStream()
                    .write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().readAllBytes();
        });
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), plain.address()))) {
            failed(gateway, 502, "not_tls", "\"reason\":\"tls_failed\"");
        }
    }

    @Test
    void aNameThatTheUpstreamDoesNotKnowIsRefusedByIt() throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"),
                parameters -> parameters.setSNIMatchers(List.of(SNIHostName.createSNIMatcher("other\\.test"))),
                TlsUpstream.answering("never"));
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), upstream.address()))) {
            failed(gateway, 502, "refused_by_upstream", "\"reason\":\"tls_failed\"");
        }
    }

    @Test
    void anEndpointWhoseHandshakeFailsIsPassedOverAndEjected() throws IOException {
        try (TlsUpstream good = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsTest::usual,
                TlsUpstream.answering("hello"));
                TlsUpstream bad = TlsUpstream.start(TlsGateway.made("x.test"), UpstreamTlsTest::usual,
                        TlsUpstream.answering("never"));
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), good.address(), bad.address()))) {
            for (int i = 0; i < 20; i++) {
                assertThat(get(gateway).text()).isEqualTo("hello");
            }
            assertThat(gateway.gateway().unhealthyEndpoints()).singleElement().asString().contains("ejected")
                    .contains("tls_failed");
        }
    }

    // ---- certificates of the gateway

    private static UpstreamTls showing(Made own) {
        UpstreamTls tls = TlsUpstream.verifying("cart.test");
        return new UpstreamTls(tls.origin(), tls.serverName(), tls.verification(),
                new TlsCertificate.Pem("ns/own", own.chain(), new SecretText(own.keyText()), ""), tls.alpn());
    }

    private static TlsUpstream demanding(String version, CountDownLatch goOn) throws IOException {
        return TlsUpstream.start(TlsGateway.made("cart.test"), parameters -> {
            parameters.setNeedClientAuth(true);
            parameters.setProtocols(new String[] {version});
        }, connection -> {
            while (!connection.head().isEmpty()) {
                connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                awaitEnd(goOn);
                String name = connection.tls().getSession().getPeerPrincipal().getName();
                connection.send(Integer.toHexString(name.length()) + "\r\n" + name + "\r\n0\r\n\r\n");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aChangedCertificateIsShownFromTheNextConnectionOn(String version) throws IOException {
        CountDownLatch goOn = new CountDownLatch(1);
        try (TlsUpstream upstream = demanding(version, goOn);
                GatewayUnderTest gateway = gateway(cluster(showing(TlsGateway.made("first.test")), upstream.address()));
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/") + "\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(gateway.apply(cluster(showing(TlsGateway.made("second.test")), upstream.address())).faults()).isEmpty();
            goOn.countDown();
            assertThat(client.readLine() + client.readLine()).isEqualTo("dCN=first.test");
            assertThat(get(gateway).text()).isEqualTo("CN=second.test");
            assertThat(upstream.server.connections()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void anUpstreamThatDemandsACertificateRefusesOneWithout(String version) throws IOException {
        try (TlsUpstream upstream = demanding(version, new CountDownLatch(0));
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), upstream.address()))) {
            assertThat(get(gateway).status()).isEqualTo(502);
            // With TLS 1.3 the gateway's handshake has ended before the upstream refuses it.
            assertThat(gateway.metric(HANDSHAKES) > 0).isEqualTo(version.equals("TLSv1.3"));
            GatewayUnderTest.await(() -> failures(gateway, "refused_by_upstream") > 0, () -> "the alert to be counted");
        }
    }

    @Test
    void aCertificateThatCannotBeReadIsAFaultOfTheCluster() {
        UpstreamTls tls = new UpstreamTls("Backend ns/up", "cart.test",
                new Verification.Names("no certificate", List.of("cart.test")),
                null, List.of());
        assertThatThrownBy(() -> gateway(cluster(tls, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1))))
                .hasMessageContaining("Backend ns/up");
    }

    // ---- ends

    @Test
    void aBodyThatEndsWithTheConnectionNeedsItsCloseNotify() throws IOException {
        for (boolean notify : new boolean[] {true, false}) {
            try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsTest::usual, connection -> {
                connection.head();
                connection.send("HTTP/1.1 200 OK\r\n\r\nhello");
                if (!notify) {
                    connection.cut();
                }
            });
                    GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), upstream.address()));
                    TestClient client = gateway.connect()) {
                client.send(TestClient.head("GET", "/", "connection: close") + "\r\n");
                String all = client.readUntilClose();
                assertThat(all).contains("5\r\nhello\r\n");
                assertThat(all.endsWith("0\r\n\r\n")).as("whether the client sees a complete body").isEqualTo(notify);
            }
        }
    }

    @Test
    void anIdleConnectionThatTheUpstreamEndsLeavesThePool() throws IOException {
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsTest::usual, connection -> {
            connection.head();
            connection.send(TlsUpstream.ok("hello"));
        });
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), upstream.address()))) {
            for (int i = 1; i <= 3; i++) {
                assertThat(get(gateway).text()).isEqualTo("hello");
                gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 0);
                assertThat(upstream.server.connections()).isEqualTo(i);
            }
        }
    }

    @RepeatedTest(5)
    void aTunnelPassesOverTls() throws IOException {
        AtomicInteger ended = new AtomicInteger();
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsTest::usual, connection -> {
            connection.head();
            connection.send("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n");
            for (int next = connection.tls().getInputStream().read(); next >= 0; next = connection.tls().getInputStream()
                    .read()) {
                connection.send(Character.toString(next));
            }
            ended.incrementAndGet();
        });
                GatewayUnderTest gateway = gateway(cluster(TlsUpstream.verifying("cart.test"), upstream.address()));
                TestClient client = gateway.connect()) {
            client.send(TestClient.head("GET", "/", "connection: upgrade", "upgrade: echo") + "\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);
            client.send("ping");
            assertThat(client.readBytes(4)).isEqualTo("ping");
            client.send("last").shutdownOutput();
            assertThat(client.readUntilClose()).isEqualTo("last");
            GatewayUnderTest.await(() -> ended.get() == 1, () -> "the end at the upstream");
        }
    }

    // ---- ALPN

    @Test
    void alpnChoosesTheProtocol() throws Exception {
        try (NginxServer nginx = NginxServer.start(folder, TlsGateway.made("cart.test"), "ssl http2",
                "return 200 $server_protocol;");
                GatewayUnderTest both = gateway(cluster(TlsUpstream.verifying("cart.test", "h2", "http/1.1"), nginx.address()));
                GatewayUnderTest one = gateway(cluster(TlsUpstream.verifying("cart.test", "http/1.1"), nginx.address()));
                GatewayUnderTest none = gateway(cluster(TlsUpstream.verifying("cart.test"), nginx.address()))) {
            for (int i = 0; i < 3; i++) {
                assertThat(get(both).text()).isEqualTo("HTTP/2.0");
                assertThat(get(one).text()).isEqualTo("HTTP/1.1");
                assertThat(get(none).text()).isEqualTo("HTTP/1.1");
            }
            assertThat(both.metric(HANDSHAKES)).isEqualTo(1);
        }
    }

    @Test
    void whereBothAreOfferedAnUpstreamOfHttp1IsServed() throws Exception {
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsTest::usual,
                TlsUpstream.answering("hello"));
                GatewayUnderTest gateway = gateway(
                        cluster(TlsUpstream.verifying("cart.test", "h2", "http/1.1"), upstream.address()))) {
            assertThat(get(gateway).text()).isEqualTo("hello");
        }
    }

    @Test
    void anUpstreamThatMustSpeakHttp2MustChooseIt() throws Exception {
        UpstreamTls tls = TlsUpstream.verifying("cart.test", "h2");
        try (NginxServer nginx = NginxServer.start(folder, TlsGateway.made("cart.test"), "ssl http2",
                "return 200 $server_protocol;");
                GatewayUnderTest gateway = gateway(cluster("h2c", ConnectionLimits.DEFAULT, tls, nginx.address()))) {
            assertThat(get(gateway).text()).isEqualTo("HTTP/2.0");
        }
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), UpstreamTlsTest::usual,
                TlsUpstream.answering("x"));
                GatewayUnderTest gateway = gateway(cluster("h2c", ConnectionLimits.DEFAULT, tls, upstream.address()))) {
            failed(gateway, 502, "no_shared_protocol", "\"reason\":\"tls_failed\"");
        }
    }

    // ---- sessions

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theSessionOfAnEndpointIsResumed(String version) throws Exception {
        try (NginxServer nginx = NginxServer.start(folder, TlsGateway.made("cart.test"), "ssl", """
                ssl_protocols %s;
                ssl_client_certificate ca.pem;
                ssl_verify_client optional;
                keepalive_timeout 0;
                return 200 "$ssl_server_name $ssl_protocol $ssl_session_reused";
                """.formatted(version));
                GatewayUnderTest gateway = gateway(cluster(showing(TlsGateway.made("gateway.test")), nginx.address()))) {
            assertThat(get(gateway).text()).isEqualTo("cart.test " + version + " .");
            gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 0);
            assertThat(get(gateway).text()).isEqualTo("cart.test " + version + " r");
        }
    }
}
