package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Subsets of a service's endpoints, and endpoints of the gateway's own zone.
@Timeout(60)
class GrayReleaseTest {
    private static final String ROUTES = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: 8080, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: orders}
            spec:
              parentRefs: [{name: main}]
              rules:
                - matches: [{headers: [{name: x-tag, value: gray}]}]
                  backendRefs: [{group: jigress.io, kind: Backend, name: gray}]
                - backendRefs: [{group: jigress.io, kind: Backend, name: base}]
            """;

    private static String backend(String name, String endpoints, String subset) {
        return """
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: %s}
                spec: {endpoints: [%s]%s}
                """.formatted(name, endpoints, subset);
    }

    private static String endpoint(TestUpstream upstream, String more) {
        return "{address: 127.0.0.1, port: " + upstream.port() + more + "}";
    }

    @Test
    void markedRequestsGoToTheGraySubsetWhileThereIsOne() {
        try (TestUpstream base = TestUpstream.named("base");
                TestUpstream gray = TestUpstream.named("gray");
                TestGateway gateway = TestGateway.start()) {
            String both = endpoint(base, "") + ", " + endpoint(gray, ", labels: {tag: gray}");
            gateway.apply(ROUTES + backend("base", both, ", subset: {labels: {tag: ''}}")
                    + backend("gray", both, ", subset: {labels: {tag: gray}, fallback: all}"));
            assertThat(gateway.problems()).isEmpty();
            for (int i = 0; i < 10; i++) {
                assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(200);
            }
            assertThat(base.requests()).hasSize(10);
            ask(gateway, 10);
            assertThat(gray.requests()).hasSize(10);
            assertThat(base.requests()).hasSize(10);
            assertThat(gateway.explain("GET", "http://localhost:8080/", "x-tag: gray").toString())
                    .contains("\"subset\":{\"tag\":\"gray\"}");

            gateway.apply(backend("gray", endpoint(base, ""), ", subset: {labels: {tag: gray}, fallback: all}").substring(4));
            ask(gateway, 5);
            assertThat(base.requests()).hasSize(15);
            gateway.apply(backend("gray", endpoint(base, ""), ", subset: {labels: {tag: gray}}").substring(4));
            try (TestClient client = TestClient.connect(gateway.port(8080))) {
                assertThat(client.request("GET", "/", "x-tag: gray").status()).isEqualTo(503);
            }
        }
    }

    private static void ask(TestGateway gateway, int count) {
        try (TestClient client = TestClient.connect(gateway.port(8080))) {
            for (int i = 0; i < count; i++) {
                assertThat(client.request("GET", "/", "x-tag: gray").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void endpointsOfTheGatewaysZoneAreUsedWhileTheyHaveEnoughOfTheWeight() {
        try (TestUpstream near = TestUpstream.named("near");
                TestUpstream far = TestUpstream.named("far");
                TestGateway gateway = TestGateway.start(Map.of("gateway.zone", "a"))) {
            String policy = """
                    ---
                    apiVersion: jigress.io/v1
                    kind: TrafficPolicy
                    metadata: {name: near}
                    spec:
                      targetRefs: [{group: jigress.io, kind: Backend, name: base}]
                      loadBalancing: {preferZone: true, minZonePercent: 40}
                    """;
            gateway.apply(ROUTES + policy
                    + backend("base", endpoint(near, ", zone: a") + ", " + endpoint(far, ", zone: b"), "")
                    + backend("gray", endpoint(far, ""), ""));
            for (int i = 0; i < 10; i++) {
                assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(200);
            }
            assertThat(near.requests()).hasSize(10);
            gateway.apply(
                    backend("base", endpoint(near, ", zone: a") + ", " + endpoint(far, ", zone: b, weight: 2"), "").substring(4));
            for (int i = 0; i < 12; i++) {
                assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(200);
            }
            assertThat(far.requests()).as("a third of the weight is too little").hasSizeBetween(6, 10);
        }
    }
}
