package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Paths in live traffic: rules apply to every spelling, and listeners may have path rules of their own.
@Timeout(60)
class PathRulesTest {
    private static final String RESOURCES = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners:
                - {name: web, port: 80, protocol: HTTP}
                - {name: packages, port: 80, protocol: HTTP, hostname: npm.example}
            ---
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: up}
            spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: open}
            spec:
              parentRefs: [{name: main}]
              rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: up}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: closed}
            spec:
              parentRefs: [{name: main}]
              rules:
                - matches: [{path: {value: /admin}}, {path: {value: /caf\u00e9}}]
                  backendRefs: [{group: jigress.io, kind: Backend, name: up}]
            ---
            apiVersion: jigress.io/v1
            kind: Plugin
            metadata: {name: nobody}
            spec:
              type: builtin
              name: ip-restriction
              config: {deny: [127.0.0.1]}
              targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: closed}]
            """;
    private static final String KEEP = """
            apiVersion: jigress.io/v1
            kind: TrafficPolicy
            metadata: {name: keep}
            spec:
              targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: main, sectionName: packages}]
              paths: {encodedSlashes: keep}
            """;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"/admin", "/public/../admin", "/public/%2e%2e/admin", "//admin", "/%61dmin", "/./admin/x",
        "/a/b/../../admin",
        "/admin/", "/admin/../admin/x", "/public%2f..%2fadmin", "/public/..%2fadmin", "/public\\..\\admin", "/public/..;/admin",
        "/caf%C3%A9", "/caf%c3%a9/x", "/c%61f%C3%a9"})
    void aRuleHoldsForEverySpellingOfItsPath(String target) {
        try (TestUpstream upstream = TestUpstream.named("up"); TestGateway gateway = TestGateway.start()) {
            gateway.apply(RESOURCES.formatted(upstream.port()));
            try (TestClient client = TestClient.connect(gateway.port(80))) {
                assertThat(client.request("GET", target).status()).isIn(400, 403);
                assertThat(client.request("GET", "/public/admin").status()).isEqualTo(200);
                assertThat(upstream.lastRequest().target()).isEqualTo("/public/admin");
            }
        }
    }

    @Test
    void aListenerKeepsEncodedSlashesAndItsNeighbourDoesNot() {
        try (TestUpstream upstream = TestUpstream.named("up"); TestGateway gateway = TestGateway.start()) {
            gateway.apply(RESOURCES.formatted(upstream.port()));
            try (TestClient client = TestClient.connect(gateway.port(80))) {
                assertThat(client.request("GET", "/@scope%2fname", "host: npm.example").status()).isEqualTo(400);
                gateway.apply(KEEP);
                assertThat(client.request("GET", "/@scope%2fname", "host: npm.example").status()).isEqualTo(200);
                assertThat(upstream.lastRequest().target()).isEqualTo("/@scope%2Fname");
                assertThat(client.request("GET", "/x%2f..%2fadmin", "host: npm.example").status()).isEqualTo(400);
                assertThat(client.request("GET", "/@scope%2fname", "host: shop.example").status()).isEqualTo(400);
                gateway.delete(KEEP);
                assertThat(client.request("GET", "/@scope%2fname", "host: npm.example").status()).isEqualTo(400);
            }
        }
    }

    @Test
    void settingsHoldWhereNoPolicySaysOtherwise() {
        try (TestUpstream upstream = TestUpstream.named("up");
                TestGateway gateway = TestGateway.start(Map.of("paths.repeated.slashes", "keep", "paths.parameters", "reject"))) {
            gateway.apply(RESOURCES.formatted(upstream.port()));
            try (TestClient client = TestClient.connect(gateway.port(80))) {
                assertThat(client.request("GET", "/a//b").status()).isEqualTo(200);
                assertThat(upstream.lastRequest().target()).isEqualTo("/a//b");
                assertThat(client.request("GET", "/a;b").status()).isEqualTo(400);
            }
        }
    }

    @Test
    void theAccessLogHasTheTargetAsReceived() throws IOException {
        Path log = folder.resolve("access.log");
        try (TestUpstream upstream = TestUpstream.named("up")) {
            try (TestGateway gateway = TestGateway
                    .start(Map.of("access.log.enabled", "true", "access.log.path", log.toString()))) {
                gateway.apply(RESOURCES.formatted(upstream.port()));
                assertThat(TestClient.get(gateway.port(80), "/a/../b?c=%2f").status()).isEqualTo(200);
                assertThat(upstream.lastRequest().target()).isEqualTo("/b?c=%2f");
            }
            assertThat(Files.readString(log)).contains("/a/../b?c=%2f");
        }
    }
}
