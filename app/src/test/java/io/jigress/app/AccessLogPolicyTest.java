package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.WiringTest;
import io.jigress.testkit.Poll;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Switching the access log: for all requests by settings, for a route by a TrafficPolicy.
@Timeout(60)
class AccessLogPolicyTest {
    private static final String OFF = """
            apiVersion: jigress.io/v1
            kind: TrafficPolicy
            metadata: {name: quiet}
            spec:
              targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: quiet}]
              accessLog: false
            """;

    @TempDir private Path folder;

    @Test
    void aTrafficPolicySwitchesItOffForItsRouteWhileTrafficGoesOn() throws IOException {
        Path log = folder.resolve("access.log");
        try (TestUpstream upstream = TestUpstream.named("up")) {
            try (TestGateway gateway = TestGateway
                    .start(Map.of("access.log.enabled", "true", "access.log.path", log.toString()))) {
                gateway.apply("""
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: Gateway
                        metadata: {name: main}
                        spec:
                          gatewayClassName: jigress
                          listeners: [{name: http, port: 80, protocol: HTTP}]
                        ---
                        apiVersion: jigress.io/v1
                        kind: Backend
                        metadata: {name: up}
                        spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                        ---
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: HTTPRoute
                        metadata: {name: loud}
                        spec:
                          parentRefs: [{name: main}]
                          rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: up}]}]
                        ---
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: HTTPRoute
                        metadata: {name: quiet}
                        spec:
                          parentRefs: [{name: main}]
                          rules:
                            - matches: [{path: {value: /quiet}}]
                              backendRefs: [{group: jigress.io, kind: Backend, name: up}]
                        """.formatted(upstream.port()));
                try (TestClient client = TestClient.connect(gateway.port(80))) {
                    assertThat(client.request("GET", "/quiet/1").status()).isEqualTo(200);
                    gateway.apply(OFF);
                    assertThat(client.request("GET", "/quiet/2").status()).isEqualTo(200);
                    assertThat(client.request("GET", "/loud/3").status()).isEqualTo(200);
                    gateway.delete(OFF);
                    assertThat(client.request("GET", "/quiet/4").status()).isEqualTo(200);
                }
            }
        }
        assertThat(Files.readAllLines(log)).extracting(line -> line.replaceAll(".*\"path\":\"([^\"]*)\".*", "$1"))
                .containsExactlyInAnyOrder("/quiet/1", "/loud/3", "/quiet/4");
    }

    @Test
    @Tag("suite")
    void withoutAFileItIsStandardOutput() throws Exception {
        int port = WiringTest.freePort();
        try (TestUpstream upstream = TestUpstream.named("up");
                GatewayProcess gateway = GatewayProcess.run(List.of(), List.of(), folder, "--to",
                        "http://" + upstream.authority(), "--port", Integer.toString(port), "--set", "access.log.enabled=true",
                        "--set", "access.log.format=text")) {
            assertThat(TestClient.get(port, "/out").status()).isEqualTo(200);
            while (gateway.out().isEmpty()) {
                Poll.pause();
            }
            assertThat(gateway.out()).singleElement().asString().contains("\"GET /out HTTP/1.1\" 200 ");
            assertThat(gateway.end()).isZero();
        }
    }
}
