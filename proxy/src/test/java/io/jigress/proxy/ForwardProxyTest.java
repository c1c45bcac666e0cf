package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.Endpoint;
import io.jigress.config.EndpointRef;
import io.jigress.config.LoadBalancing;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.config.UpstreamTls;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.Variants;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections to endpoints through an HTTP proxy (CONNECT): tinyproxy, and proxies that fail in each way.
@ParameterizedClass(name = "{0} on {1}")
@Variants({"boringssl,epoll", "boringssl,io_uring", "jdk,nio"})
@ExtendWith(NoLeaks.class)
@Timeout(60)
class ForwardProxyTest {
    private static final String OK = "HTTP/1.1 200 Connection established\r\n\r\n";
    /// Longer than any step of a test that succeeds.
    private static final ConnectionLimits QUICK = new ConnectionLimits(Duration.ofMillis(400), Duration.ofSeconds(4), 10, 10);

    private final String engine;
    private final String transport;
    @TempDir private Path folder;

    ForwardProxyTest(String engine, String transport) {
        this.engine = engine;
        this.transport = transport;
    }

    // ---- parts

    private static EndpointRef at(InetSocketAddress address) {
        return new EndpointRef.Fixed(List.of(Endpoint.of("127.0.0.1", address.getPort())));
    }

    private static Cluster cluster(String protocol, ConnectionLimits limits, EndpointRef proxy, Endpoint... targets) {
        return new Cluster("up", "Backend test/up", protocol, Json.Obj.EMPTY, new EndpointRef.Proxied(proxy, List.of(targets)),
                LoadBalancing.ROUND_ROBIN, limits);
    }

    private static Cluster cluster(EndpointRef proxy, Endpoint... targets) {
        return cluster("http1", ConnectionLimits.DEFAULT, proxy, targets);
    }

    private GatewayUnderTest gateway(Cluster cluster) {
        return GatewayUnderTest.setup().on(transport, 1).tlsEngine(engine).accessLog().cluster(cluster)
                .route(GatewayUnderTest.forward("all", "/", "up")).start();
    }

    private static ReceivedResponse get(GatewayUnderTest gateway) {
        return TestClient.get(gateway.port(), "/");
    }

    /// A name that only the proxy resolves: to the gateway, an address that is not an IP address is no address.
    private static Endpoint named(InetSocketAddress address) {
        return Endpoint.of("localhost", address.getPort());
    }

    /// The head of a request, without the empty line.
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int next = in.read(); next >= 0; next = in.read()) {
            head.append((char) next);
            if (head.toString().endsWith("\r\n\r\n")) {
                return head.substring(0, head.length() - 4);
            }
        }
        throw new IOException("no request");
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /// Answers CONNECT so, and waits until the peer closes.
    private static TcpServer answering(String answer) throws IOException {
        return TcpServer.start(socket -> {
            head(socket.getInputStream());
            send(socket, answer);
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        });
    }

    /// Answers CONNECT and then requests, whose first lines it repeats.
    private static void serve(Socket socket) throws IOException {
        head(socket.getInputStream());
        send(socket, OK);
        requests(socket);
    }

    private static void requests(Socket socket) throws IOException {
        while (true) {
            String line = head(socket.getInputStream()).lines().findFirst().orElseThrow();
            send(socket, TlsUpstream.ok(line));
        }
    }

    // ---- tinyproxy

    @Test
    void requestsShareAConnectionThatTinyproxyHasOpened() throws IOException {
        try (Tinyproxy proxy = Tinyproxy.start(folder, "");
                TestUpstream upstream = TestUpstream.answering(TlsUpstream.ok("hello"));
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), named(upstream.address())))) {
            for (int i = 0; i < 3; i++) {
                assertThat(get(gateway).text()).isEqualTo("hello");
            }
            assertThat(gateway.metric("jigress_pool_connections_open{loop=\"0\"}")).isEqualTo(1);
            assertThat(gateway.closeAndReadLog()).hasSize(3)
                    .allMatch(line -> line.contains("\"localhost:" + upstream.address().getPort() + "\""));
        }
    }

    @Test
    void theProxyCanHaveAName() throws IOException {
        try (Tinyproxy proxy = Tinyproxy.start(folder, "");
                TestUpstream upstream = TestUpstream.answering(TlsUpstream.ok("hello"));
                GatewayUnderTest gateway = gateway(
                        cluster(new EndpointRef.Dns("localhost", proxy.port()), named(upstream.address())))) {
            assertThat(get(gateway).text()).isEqualTo("hello");
        }
    }

    @Test
    void tlsGoesThroughTinyproxyToTheEndpoint() throws IOException {
        try (Tinyproxy proxy = Tinyproxy.start(folder, "");
                TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), _ -> {}, connection -> {
                    while (!connection.head().isEmpty()) {
                        connection.send(TlsUpstream.ok(connection.serverNames()));
                    }
                });
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), named(upstream.address()))
                        .with(TlsUpstream.verifying("cart.test")))) {
            for (int i = 0; i < 3; i++) {
                assertThat(get(gateway).text()).isEqualTo("cart.test");
            }
            assertThat(upstream.server.connections()).isEqualTo(1);
            assertThat(gateway.metric("jigress_upstream_tls_handshakes_total")).isEqualTo(1);
        }
    }

    @Test
    void http2IsNegotiatedThroughTinyproxy() throws Exception {
        Path nginxFolder = Files.createDirectory(folder.resolve("nginx"));
        try (Tinyproxy proxy = Tinyproxy.start(folder, "");
                NginxServer nginx = NginxServer.start(nginxFolder, TlsGateway.made("cart.test"), "ssl http2",
                        "return 200 $server_protocol;");
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), named(nginx.address()))
                        .with(TlsUpstream.verifying("cart.test", "h2", "http/1.1")))) {
            for (int i = 0; i < 3; i++) {
                assertThat(get(gateway).text()).isEqualTo("HTTP/2.0");
            }
        }
    }

    @Test
    void aCertificateOfAnotherNameIsRefusedThroughTinyproxy() throws IOException {
        try (Tinyproxy proxy = Tinyproxy.start(folder, "");
                TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("shop.test"), _ -> {}, TlsUpstream.answering("never"));
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), named(upstream.address()))
                        .with(TlsUpstream.verifying("cart.test")))) {
            failed(gateway, 502, "tls_failed");
        }
    }

    @Test
    void aPortThatTinyproxyDoesNotAllowIsARefusal() throws IOException {
        try (Tinyproxy proxy = Tinyproxy.start(folder, "ConnectPort 443");
                TestUpstream upstream = TestUpstream.answering(TlsUpstream.ok("never"));
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), named(upstream.address())))) {
            failed(gateway, 502, "forward_proxy_refused");
        }
    }

    @Test
    void aTinyproxyThatWantsALoginRefuses() throws IOException {
        try (Tinyproxy proxy = Tinyproxy.start(folder, "BasicAuth user password");
                TestUpstream upstream = TestUpstream.answering(TlsUpstream.ok("never"));
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), named(upstream.address())))) {
            failed(gateway, 502, "forward_proxy_refused");
        }
    }

    @Test
    void anEndpointThatTinyproxyDoesNotReachIsARefusal() throws IOException {
        try (Tinyproxy proxy = Tinyproxy.start(folder, "");
                GatewayUnderTest gateway = gateway(
                        cluster(at(proxy.address()), Endpoint.of("127.0.0.1", ServerProcess.freePort())))) {
            failed(gateway, 502, "forward_proxy_refused");
        }
    }

    // ---- proxies that fail

    /// The request fails, with this reason in the log, and nothing of it is left.
    private static void failed(GatewayUnderTest gateway, int status, String reason) {
        assertThat(get(gateway).status()).isEqualTo(status);
        gateway.awaitMetric("jigress_pool_connections_open{loop=\"0\"}", 0);
        assertThat(gateway.metric("jigress_upstream_failures_total{cluster=\"Backend test/up\",kind=\""
                + (status == 504 ? "connect_timeout" : "connect_failed") + "\"}")).isPositive();
        assertThat(gateway.closeAndReadLog()).singleElement().asString().contains("\"flag\":\"UF\"")
                .contains("\"reason\":\"" + reason + "\"");
    }

    @Test
    void aProxyThatIsDownIsAFailedConnect() throws IOException {
        InetSocketAddress nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), ServerProcess.freePort());
        try (GatewayUnderTest gateway = gateway(cluster(at(nobody), Endpoint.of("shop.example", 80)))) {
            failed(gateway, 502, "forward_proxy_unreachable");
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "407 Proxy Authentication Required | HTTP/1.1 407 Proxy Authentication Required\\r\\nProxy-Authenticate: Basic\\r\\nContent-Length: 0\\r\\n\\r\\n | forward_proxy_refused",
        "503 | HTTP/1.0 503 Service Unavailable\\r\\n\\r\\n | forward_proxy_refused",
        "a redirect | HTTP/1.1 302 Found\\r\\nLocation: http://login.example/\\r\\n\\r\\n | forward_proxy_refused",
        "a switch of protocols | HTTP/1.1 101 Switching Protocols\\r\\n\\r\\n | forward_proxy_answer",
        "another protocol | SSH-2.0-OpenSSH_9.2\\r\\n | forward_proxy_answer",
        "a status of four digits | HTTP/1.1 2000 OK\\r\\n\\r\\n | forward_proxy_answer",
        "a short line | HTTP/1.1 20\\r\\n\\r\\n | forward_proxy_answer",
        "no status | HTTP/1.1 OK\\r\\n\\r\\n | forward_proxy_answer"})
    void aRefusalIsAFailedConnect(String name, String answer, String reason) throws IOException {
        String bytes = answer.replace("\\r", "\r").replace("\\n", "\n");
        try (TcpServer proxy = answering(bytes);
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 80)))) {
            failed(gateway, 502, reason);
            assertThat(proxy.connections()).isPositive();
        }
    }

    @Test
    void aHeadWithoutEndIsCutOff() throws IOException {
        try (TcpServer proxy = answering("HTTP/1.1 200 OK\r\n" + "x-filler: 0123456789\r\n".repeat(1000));
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 80)))) {
            failed(gateway, 502, "forward_proxy_answer");
        }
    }

    @Test
    void aProxyThatClosesWithinItsHeadIsAFailedConnect() throws IOException {
        try (TcpServer proxy = TcpServer.start(socket -> {
            head(socket.getInputStream());
            send(socket, "HTTP/1.1 200 OK\r\nvia: 1.1");
        });
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 80)))) {
            failed(gateway, 502, "forward_proxy_closed");
        }
    }

    @Test
    void aProxyThatClosesAtOnceIsAFailedConnect() throws IOException {
        try (TcpServer proxy = TcpServer.start(_ -> {});
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 80)))) {
            failed(gateway, 502, "forward_proxy_closed");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nvia: proxy\r\n"})
    void aProxyThatDoesNotFinishItsHeadTimesOut(String part) throws IOException {
        try (TcpServer proxy = answering(part);
                GatewayUnderTest gateway = gateway(
                        cluster("http1", QUICK, at(proxy.address()), Endpoint.of("shop.example", 80)))) {
            failed(gateway, 504, "forward_proxy_timeout");
        }
    }

    @Test
    void theTimeOfTheProxyCountsForTheHandshakeToo() throws IOException {
        try (TcpServer proxy = answering(OK);
                GatewayUnderTest gateway = gateway(
                        cluster("http1", QUICK, at(proxy.address()), Endpoint.of("shop.example", 443))
                                .with(TlsUpstream.verifying("cart.test")))) {
            long begun = System.nanoTime();
            failed(gateway, 504, "tls_timeout");
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void anotherAddressOfTheProxyIsUsedWhereOneRefuses() throws IOException {
        try (TcpServer broken = answering("HTTP/1.1 503 Service Unavailable\r\n\r\n");
                TcpServer proxy = TcpServer.start(ForwardProxyTest::serve);
                GatewayUnderTest gateway = gateway(cluster(
                        new EndpointRef.Fixed(List.of(Endpoint.of("127.0.0.1", broken.address().getPort()),
                                Endpoint.of("127.0.0.1", proxy.address().getPort()))),
                        Endpoint.of("shop.example", 80)))) {
            for (int i = 0; i < 10; i++) {
                assertThat(get(gateway).text()).isEqualTo("GET / HTTP/1.1");
            }
            assertThat(broken.connections()).isPositive();
            assertThat(proxy.connections()).isEqualTo(1);
        }
    }

    @Test
    void aProxyThatIsBackIsUsedAgain() throws IOException {
        try (TcpServer proxy = answering("HTTP/1.1 503 Service Unavailable\r\n\r\n");
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 80)))) {
            assertThat(get(gateway).status()).isEqualTo(502);
            proxy.serve(ForwardProxyTest::serve);
            assertThat(get(gateway).text()).isEqualTo("GET / HTTP/1.1");
        }
    }

    // ---- how the answer arrives

    @Test
    void theProxyIsAskedForTheEndpointByItsName() throws IOException {
        BlockingQueue<String> heads = new LinkedBlockingQueue<>();
        try (TcpServer proxy = TcpServer.start(socket -> {
            heads.add(head(socket.getInputStream()));
            send(socket, OK);
            requests(socket);
        });
                GatewayUnderTest one = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 8080)));
                GatewayUnderTest two = gateway(cluster(at(proxy.address()), Endpoint.of("2001:db8::1", 80)))) {
            assertThat(get(one).text()).isEqualTo("GET / HTTP/1.1");
            assertThat(get(two).text()).isEqualTo("GET / HTTP/1.1");
            assertThat(heads).containsExactly("CONNECT shop.example:8080 HTTP/1.1\r\nHost: shop.example:8080",
                    "CONNECT [2001:db8::1]:80 HTTP/1.1\r\nHost: [2001:db8::1]:80");
        }
    }

    @Test
    void endpointsBehindTheSameProxyHaveConnectionsOfTheirOwn() throws IOException {
        try (TcpServer proxy = TcpServer.start(socket -> {
            String target = head(socket.getInputStream()).lines().findFirst().orElseThrow();
            send(socket, OK);
            while (true) {
                head(socket.getInputStream());
                send(socket, TlsUpstream.ok(target));
            }
        });
                GatewayUnderTest gateway = gateway(
                        cluster(at(proxy.address()), Endpoint.of("a.example", 80), Endpoint.of("b.example", 80)))) {
            List<String> texts = List.of(get(gateway).text(), get(gateway).text(), get(gateway).text(), get(gateway).text());
            assertThat(texts).containsOnly("CONNECT a.example:80 HTTP/1.1", "CONNECT b.example:80 HTTP/1.1")
                    .filteredOn(text -> text.contains("a.example")).hasSize(2);
            assertThat(proxy.connections()).isEqualTo(2);
        }
    }

    @Test
    void theAnswerMayArriveByteByByteAfterInformationalOnes() throws IOException {
        try (TcpServer proxy = TcpServer.start(socket -> {
            head(socket.getInputStream());
            for (char next : ("HTTP/1.1 103 Early\r\nlink: x\r\n\r\n" + OK).toCharArray()) {
                send(socket, String.valueOf(next));
            }
            requests(socket);
        });
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 80)))) {
            assertThat(get(gateway).text()).isEqualTo("GET / HTTP/1.1");
        }
    }

    @Test
    void fieldsOfABodyMeanNothingInAnAnswerThatOpens() throws IOException {
        try (TcpServer proxy = TcpServer.start(socket -> {
            head(socket.getInputStream());
            send(socket, "HTTP/1.1 204 No Content\nTransfer-Encoding: chunked\nContent-Length: 77\n\n");
            requests(socket);
        });
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 80)))) {
            assertThat(get(gateway).text()).isEqualTo("GET / HTTP/1.1");
        }
    }

    @Test
    void bytesBehindTheAnswerAreThoseOfTheEndpoint() throws IOException {
        try (TcpServer proxy = TcpServer.start(socket -> {
            head(socket.getInputStream());
            send(socket, OK + "220 mail.example\r\n");
            socket.getInputStream().transferTo(socket.getOutputStream());
        });
                StreamGateway gateway = new StreamGateway(transport)
                        .with(cluster("tcp", ConnectionLimits.DEFAULT, at(proxy.address()), Endpoint.of("mail.example", 25)))
                        .tcp(StreamGateway.route("up")).apply();
                Socket client = gateway.connect()) {
            BufferedReader lines = new BufferedReader(
                    new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
            assertThat(lines.readLine()).isEqualTo("220 mail.example");
            send(client, "hello\n");
            assertThat(lines.readLine()).isEqualTo("hello");
        }
    }

    // ---- with the PROXY protocol

    @Test
    void theHeaderOfTheProxyProtocolIsForTheEndpoint() throws IOException {
        try (TcpServer proxy = TcpServer.start(socket -> {
            head(socket.getInputStream());
            send(socket, OK);
            String lines = head(socket.getInputStream());
            send(socket, TlsUpstream.ok(lines.lines().limit(2).toList().toString()));
        });
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 80))
                        .with(ProxyProtocolOutput.V1))) {
            assertThat(get(gateway).text()).startsWith("[PROXY TCP4 127.0.0.1 127.0.0.1 ").endsWith(", GET / HTTP/1.1]");
        }
    }

    @Test
    void theHeaderOfTheProxyProtocolComesBeforeTls() throws IOException {
        BlockingQueue<String> first = new LinkedBlockingQueue<>();
        UpstreamTls tls = TlsUpstream.verifying("cart.test");
        try (TlsUpstream upstream = TlsUpstream.start(TlsGateway.made("cart.test"), _ -> {}, TlsUpstream.answering("hello"));
                TcpServer proxy = TcpServer.start(socket -> {
                    head(socket.getInputStream());
                    send(socket, OK);
                    first.add(line(socket.getInputStream()));
                    relay(socket, upstream.address());
                });
                GatewayUnderTest gateway = gateway(cluster(at(proxy.address()), Endpoint.of("shop.example", 443)).with(tls)
                        .with(ProxyProtocolOutput.V1))) {
            assertThat(get(gateway).text()).isEqualTo("hello");
            assertThat(first).singleElement().asString().startsWith("PROXY TCP4 127.0.0.1 127.0.0.1 ");
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.append((char) next);
        }
        return line.toString();
    }

    private static void relay(Socket one, InetSocketAddress to) throws IOException {
        try (Socket other = new Socket(to.getAddress(), to.getPort())) {
            Thread back = Thread.startVirtualThread(() -> {
                try {
                    other.getInputStream().transferTo(one.getOutputStream());
                } catch (IOException _) {
                    // One of the two has closed.
                }
            });
            one.getInputStream().transferTo(other.getOutputStream());
            back.interrupt();
        }
    }
}
