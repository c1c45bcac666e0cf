package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.api.ProxyProtocol;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.proxy.tls.CertificateMaker.Made;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/// The PROXY protocol with HAProxy, nginx and curl as peers.
@Timeout(60)
class ProxyProtocolPeersTest {
    @TempDir private Path folder;
    private final BlockingQueue<ProxyProtocol> headers = new LinkedBlockingQueue<>();

    private TestFilter recorder() {
        return TestFilter.of(new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                ProxyProtocol header = exchange.connection().proxyProtocol();
                if (header != null) {
                    headers.add(header);
                }
                return FilterDecision.CONTINUE;
            }
        });
    }

    private GatewayUnderTest gateway(TestUpstream upstream) {
        return GatewayUnderTest.to(upstream).proxyProtocol(ProxyProtocolInput.REQUIRED).trusted("127.0.0.0/8")
                .filters(recorder()).start();
    }

    private String curl(String... command) throws Exception {
        if (!Files.exists(Path.of("/usr/bin/curl"))) {
            throw new TestAbortedException("this machine has no curl");
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    // ---- in front of the gateway

    @ParameterizedTest
    @CsvSource({"send-proxy, 1", "send-proxy-v2, 2", "send-proxy-v2 proxy-v2-options crc32c, 2"})
    void haproxyInFront(String option, int version) throws Exception {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = gateway(upstream);
                HaproxyServer haproxy = HaproxyServer.start(folder, "",
                        "mode tcp\nserver gateway 127.0.0.1:" + gateway.port() + " " + option);
                TestClient client = TestClient.connect(haproxy.port())) {
            assertThat(client.request("GET", "/").text()).isEqualTo("ok");
            assertThat(client.request("GET", "/").text()).isEqualTo("ok");
            ProxyProtocol header = headers.take();
            assertThat(header.version()).isEqualTo(version);
            assertThat(header.source().getPort()).isEqualTo(client.localPort());
            assertThat(header.destination()).isEqualTo(haproxy.address());
            assertThat(header.tlv(ProxyProtocol.CRC32C) != null).isEqualTo(option.contains("crc32c"));
            gateway.gateway().metrics().lines().filter(line -> line.startsWith("jigress_proxy_protocol_failures_total{"))
                    .forEach(line -> assertThat(line).contains("closed_by_peer"));
        }
    }

    @Test
    void haproxyInFrontThatTerminatesTls() throws Exception {
        Made server = TlsGateway.made("a.test");
        Made own = TlsGateway.made("client.test");
        Files.writeString(folder.resolve("server.pem"), server.chain() + server.keyText());
        Files.writeString(folder.resolve("ca.pem"), TlsGateway.CA.text());
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                GatewayUnderTest gateway = gateway(upstream);
                HaproxyServer haproxy = HaproxyServer.start(folder,
                        "ssl crt %1$s/server.pem ca-file %1$s/ca.pem verify required alpn http/1.1".formatted(folder),
                        "mode tcp\nunique-id-format id-%pid\nserver gateway 127.0.0.1:" + gateway.port()
                                + " send-proxy-v2-ssl-cn proxy-v2-options ssl,cert-cn,ssl-cipher,cert-key,cert-sig,authority,unique-id,crc32c");
                TlsSocket client = TlsSocket.connect(TlsGateway.client(own), haproxy.port(), "a.test")) {
            assertThat(client.get("a.test")).startsWith("HTTP/1.1 200");
            ProxyProtocol header = headers.take();
            ProxyProtocol.Ssl ssl = header.ssl();
            assertThat(header.authority()).isEqualTo("a.test");
            assertThat(new String(header.uniqueId(), StandardCharsets.US_ASCII)).startsWith("id-");
            assertThat(ssl.tls()).isTrue();
            assertThat(ssl.certificateOnConnection()).isTrue();
            assertThat(ssl.verified()).isTrue();
            assertThat(ssl.version()).isEqualTo("TLSv1.3");
            assertThat(own.certificate().getSubjectX500Principal().getName()).contains("CN=" + ssl.commonName());
            assertThat(ssl.cipher()).startsWith("TLS_AES_");
            assertThat(ssl.keyAlgorithm()).isNotEmpty();
            assertThat(ssl.signatureAlgorithm()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2-prior-knowledge"})
    void curlInFront(String version) throws Exception {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok")); GatewayUnderTest gateway = gateway(upstream)) {
            assertThat(curl("curl", "-sS", "--max-time", "10", "--haproxy-protocol", version, "-w", " %{local_port}",
                    "http://127.0.0.1:" + gateway.port() + "/")).isEqualTo("ok " + headers.peek().source().getPort());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2"})
    void curlInFrontWithTls(String version) throws Exception {
        Files.writeString(folder.resolve("ca.pem"), TlsGateway.CA.text());
        try (TlsGateway gateway = new TlsGateway(ProxySettings.DEFAULT.withTrustedProxies(List.of("127.0.0.0/8")))
                .proxyProtocol(ProxyProtocolInput.REQUIRED).with("a.test")) {
            gateway.apply();
            assertThat(curl("curl", "-sS", "-i", "--max-time", "10", "--haproxy-protocol", version, "--cacert",
                    folder.resolve("ca.pem").toString(), "--resolve", "a.test:" + gateway.port() + ":127.0.0.1",
                    "https://a.test:" + gateway.port() + "/")).contains(" 200").contains("\"upstream\":\"up\"");
            assertThat(gateway.metric("jigress_proxy_protocol_headers_total")).isEqualTo(1);
        }
    }

    // ---- behind the gateway

    private static final String HAPROXY_ECHO = """
            mode http
            http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port] %[dst]:%[dst_port] %[fc_pp_authority] %[fc_rcvd_proxy]"
            """;

    private static GatewayUnderTest.Setup sending(InetSocketAddress endpoint, ProxyProtocolOutput output) {
        return GatewayUnderTest.setup()
                .cluster(GatewayUnderTest.cluster("up", ConnectionLimits.DEFAULT, endpoint).with(output))
                .route(GatewayUnderTest.forward("all", "/", "up"));
    }

    @ParameterizedTest
    @EnumSource(value = ProxyProtocolOutput.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void haproxyBehind(ProxyProtocolOutput output) throws IOException {
        try (HaproxyServer haproxy = HaproxyServer.start(folder, "accept-proxy", HAPROXY_ECHO);
                GatewayUnderTest gateway = sending(haproxy.address(), output).start();
                TestClient one = gateway.connect();
                TestClient two = gateway.connect()) {
            for (TestClient client : List.of(one, two, one, two)) {
                assertThat(client.request("GET", "/").text()).isEqualTo(
                        "127.0.0.1:" + client.localPort() + " 127.0.0.1:" + gateway.port() + "  1");
            }
        }
    }

    @Test
    void aHeaderThatIsSentTellsTheClientOfTheHeaderThatCame() throws IOException {
        try (HaproxyServer haproxy = HaproxyServer.start(folder, "accept-proxy", HAPROXY_ECHO);
                GatewayUnderTest gateway = sending(haproxy.address(), ProxyProtocolOutput.V2)
                        .proxyProtocol(ProxyProtocolInput.REQUIRED).trusted("127.0.0.0/8").start();
                TestClient client = gateway.connect()) {
            client.send("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n");
            assertThat(client.request("GET", "/").text()).isEqualTo("2001:db8::1:1 2001:db8::2:2  1");
        }
    }

    @ParameterizedTest
    @EnumSource(value = ProxyProtocolOutput.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void nginxBehindInTheClearAndByTls(ProxyProtocolOutput output) throws Exception {
        String echo = "location / { return 200 \"$proxy_protocol_addr:$proxy_protocol_port $proxy_protocol_server_port $https\"; }";
        Made own = TlsGateway.made("a.test");
        try (NginxServer nginx = NginxServer.start(folder, own, "proxy_protocol", echo);
                GatewayUnderTest gateway = sending(nginx.address(), output).start();
                TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").text())
                    .isEqualTo("127.0.0.1:" + client.localPort() + " " + gateway.port() + " ");
        }
        try (NginxServer nginx = NginxServer.start(folder, own, "ssl proxy_protocol", echo);
                GatewayUnderTest gateway = GatewayUnderTest.setup()
                        .cluster(GatewayUnderTest.cluster("up", ConnectionLimits.DEFAULT, nginx.address())
                                .with(TlsUpstream.verifying("a.test", "http/1.1")).with(output))
                        .route(GatewayUnderTest.forward("all", "/", "up")).start();
                TestClient client = gateway.connect()) {
            for (int i = 0; i < 2; i++) {
                assertThat(client.request("GET", "/").text())
                        .isEqualTo("127.0.0.1:" + client.localPort() + " " + gateway.port() + " on");
            }
        }
    }
}
