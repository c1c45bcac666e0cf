package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.List;
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

    private static String tagged(String endpoints, String rules) {
        return """
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
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: orders}]}]
                ---
                apiVersion: jigress.io/v1
                kind: TrafficPolicy
                metadata: {name: tags}
                spec:
                  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: main}]
                  tags: {names: [gray], rules: [%s]}
                """.formatted(rules) + backend("orders", endpoints, "");
    }

    @Test
    void aRequestKeepsItsTagOnTheNextHopAndGoesToTheBaseWhereThereIsNoGrayInstance() {
        try (TestUpstream base = TestUpstream.named("base");
                TestUpstream gray = TestUpstream.named("gray");
                TestGateway second = TestGateway.start();
                TestGateway first = TestGateway.start()) {
            String both = endpoint(base, "") + ", " + endpoint(gray, ", labels: {tag: gray}");
            second.apply(tagged(both, ""));
            String rules = "{tag: gray, cookies: [{name: user, value: beta}]}, {tag: gray, headers: [{name: x-user, value: '7'}]}";
            // The first hop has no gray instance.
            String next = "{address: 127.0.0.1, port: " + second.port(8080) + "}";
            first.apply(tagged(next, rules));
            assertThat(first.problems()).isEmpty();
            assertThat(second.problems()).isEmpty();

            assertThat(answer(first)).isEqualTo("base");
            assertThat(answer(first, "x-tag: gray")).isEqualTo("gray");
            assertThat(answer(first, "Cookie: a=b; user=beta")).isEqualTo("gray");
            assertThat(answer(first, "x-user: 7")).isEqualTo("gray");
            assertThat(answer(first, "x-user: 8")).isEqualTo("base");
            assertThat(answer(first, "x-tag: unknown")).isEqualTo("base");
            assertThat(gray.requests()).allMatch(request -> request.headers().all("x-tag").equals(List.of("gray")));
            assertThat(base.requests()).noneMatch(request -> request.headers().contains("x-tag")
                    && request.headers().all("x-tag").contains("gray"));

            second.apply(backend("orders", endpoint(base, ""), "").substring(4));
            assertThat(answer(first, "x-tag: gray")).as("no gray instance").isEqualTo("base");

            second.apply(backend("orders", both, "").substring(4));
            first.apply(tagged(next, "{tag: gray, percent: 50}"));
            int before = gray.requests().size();
            for (int i = 0; i < 100; i++) {
                answer(first);
            }
            assertThat(gray.requests().size() - before).isBetween(20, 80);
        }
    }

    private static String ingress(String name, TestUpstream upstream, String annotations) {
        return """
                ---
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: %1$s, annotations: {%3$s}}
                spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: %1$s, port: {number: 80}}}}]}}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: %1$s}
                spec: {ports: [{port: 80}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: %1$s, labels: {kubernetes.io/service-name: %1$s}}
                addressType: IPv4
                ports: [{name: "", port: %2$d}]
                endpoints: [{addresses: [127.0.0.1]}]
                """.formatted(name, upstream.port(), annotations);
    }

    @Test
    void aCanaryOfAnIngressGetsRequestsByHeaderCookieAndShare() {
        String canary = "nginx.ingress.kubernetes.io/canary";
        try (TestUpstream stable = TestUpstream.named("stable");
                TestUpstream gray = TestUpstream.named("gray");
                TestGateway gateway = TestGateway.start()) {
            String annotations = canary + ": 'true', " + canary + "-by-header: x-canary, " + canary + "-by-cookie: tag, ";
            gateway.apply((ingress("stable", stable, "") + ingress("gray", gray, annotations + canary + "-weight: '0'"))
                    .substring(4));
            assertThat(gateway.problems()).isEmpty();
            assertThat(answer(gateway)).isEqualTo("stable");
            assertThat(answer(gateway, "x-canary: always")).isEqualTo("gray");
            assertThat(answer(gateway, "x-canary: other")).isEqualTo("stable");
            assertThat(answer(gateway, "Cookie: tag=always")).isEqualTo("gray");
            assertThat(answer(gateway, "Cookie: a=b; tag=always; c=d")).isEqualTo("gray");
            assertThat(answer(gateway, "Cookie: a=b; xtag=always; tag=alwayss")).isEqualTo("stable");
            assertThat(answer(gateway, "Cookie: tag=always", "x-canary: never")).as("the header decides first")
                    .isEqualTo("stable");

            gateway.apply(ingress("gray", gray, annotations + canary + "-weight: '100'").substring(4));
            assertThat(answer(gateway)).isEqualTo("gray");
            assertThat(answer(gateway, "Cookie: tag=never")).isEqualTo("stable");
            gateway.apply(ingress("gray", gray, annotations + canary + "-weight: '1', " + canary + "-weight-total: '2'")
                    .substring(4));
            int before = gray.requests().size();
            for (int i = 0; i < 100; i++) {
                answer(gateway);
            }
            assertThat(gray.requests().size() - before).isBetween(20, 80);
        }
    }

    private static String answer(TestGateway gateway, String... headers) {
        return TestClient.get(gateway.port(8080), "/", headers).text();
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
