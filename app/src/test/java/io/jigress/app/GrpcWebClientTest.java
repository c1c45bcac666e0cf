package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The official client of gRPC-Web, under Node, calls grpc-java's server through the filter `grpc-web`. `conformance/grpc-web/build` installs the
/// client; without it the tests are skipped.
@Timeout(60)
class GrpcWebClientTest {
    private static final Path MODULES = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "grpc-web",
            "node_modules");
    private static final Metadata.Key<String> TEXT = Metadata.Key.of("x-text", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> END = Metadata.Key.of("x-end", Metadata.ASCII_STRING_MARSHALLER);

    private GrpcTestServer server;
    private TestGateway gateway;

    @BeforeEach
    void start() {
        Assumptions.assumeTrue(Files.isDirectory(MODULES.resolve("grpc-web")),
                "skipped: " + MODULES + " has no grpc-web; conformance/grpc-web/build installs it");
        server = GrpcTestServer.start(call -> {
            Metadata head = new Metadata();
            head.put(TEXT, "head of " + call.headers().get(TEXT));
            Metadata tail = new Metadata();
            tail.put(END, "tail");
            String message = call.readText();
            if (message.equals("fail")) {
                call.end(Status.ALREADY_EXISTS.withDescription("schön"), tail);
                return;
            }
            if (message.equals("wait")) {
                call.awaitCancelled();
                return;
            }
            call.sendHeaders(head).send("hello " + message);
            if (call.method().endsWith("ServerStream")) {
                for (int i = 0; i < 3; i++) {
                    call.send("more " + i);
                }
            }
            call.end(Status.OK, tail);
        });
        gateway = TestGateway.start().apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: GRPCRoute
                metadata: {name: calls}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{matches: [{method: {service: test.Bytes}}], backendRefs: [{group: jigress.io, kind: Backend, name: calls}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: calls}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                ---
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: web}
                spec:
                  type: builtin
                  name: grpc-web
                  targetRefs: [{kind: Gateway, name: main}]
                """.formatted(server.address().getPort()));
        assertThat(gateway.problems()).isEmpty();
    }

    @AfterEach
    void stop() {
        if (gateway != null) {
            gateway.close();
            server.close();
        }
    }

    private List<String> call(String... arguments) throws IOException, InterruptedException {
        Path script = Path.of("..", "conformance", "grpc-web", "client.js").toAbsolutePath();
        List<String> command = new ArrayList<>(
                List.of("node", script.toString(), "http://127.0.0.1:" + gateway.port(8080)));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JIGRESS_NODE_MODULES", MODULES.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output.lines().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "binary"})
    void aUnaryCallAndItsStatus(String format) throws Exception {
        assertThat(call(format, "unary", "you")).containsExactlyInAnyOrder("metadata head of from-the-client",
                "message hello you",
                "status 0 tail");
        assertThat(call(format, "unary", "fail")).contains("error 6 schön");
        assertThat(server.calls().getFirst().method()).isEqualTo("test.Bytes/Unary");
    }

    /// The client supports server streaming in the text format only.
    @ParameterizedTest
    @ValueSource(strings = "text")
    void aStreamOfTheServer(String format) throws Exception {
        assertThat(call(format, "stream", "you")).containsExactly("message hello you", "message more 0", "message more 1",
                "message more 2", "status 0 tail");
    }

    @Tag("suite")
    @ParameterizedTest
    @ValueSource(strings = {"text", "binary"})
    void aDeadlineOfTheClient(String format) throws Exception {
        assertThat(call(format, "unary", "wait", "1500")).anyMatch(line -> line.startsWith("error 4"));
        server.calls().getFirst().awaitCancelled();
    }
}
