package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Changes of YAML during traffic.
@Timeout(120)
class LiveChangesTest {
    private static final String GATEWAY = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: 8080, protocol: HTTP}]
            """;

    private final TestUpstream blue = TestUpstream.named("blue");
    private final TestUpstream green = TestUpstream.named("green");

    @AfterEach
    void close() {
        blue.close();
        green.close();
    }

    private static String service(String name) {
        return """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: %s}
                spec: {ports: [{port: 80}]}
                """.formatted(name);
    }

    private static String slice(String service, TestUpstream upstream) {
        return """
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: %s-1, labels: {kubernetes.io/service-name: %s}}
                addressType: IPv4
                ports: [{port: %d}]
                endpoints: [{addresses: [127.0.0.1]}]
                """.formatted(service, service, upstream.port());
    }

    private static String route(String name, String path, String rest) {
        return """
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: %s}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                    - matches: [{path: {value: %s}}]
                """.formatted(name, path) + rest.indent(6);
    }

    private static String to(String service) {
        return "backendRefs: [{name: %s, port: 80}]".formatted(service);
    }

    private static ReceivedResponse until(TestClient client, Predicate<ReceivedResponse> wanted) {
        ReceivedResponse response = client.request("GET", "/");
        while (!wanted.test(response)) {
            response = client.request("GET", "/");
        }
        return response;
    }

    @Test
    void aRouteMovesToAServiceWhenItsFirstEndpointsAreThereAndNoRequestFails() throws Exception {
        try (TestGateway gateway = TestGateway.start(Map.of("warm.timeout", "10m"))
                .apply(GATEWAY + service("blue") + slice("blue", blue) + route("shop", "/", to("blue")));
                TestClient client = TestClient.connect(gateway.port(8080));
                ExecutorService clients = Executors.newFixedThreadPool(1)) {
            AtomicBoolean over = new AtomicBoolean();
            Future<Integer> load = clients.submit(() -> load(gateway.port(8080), over));
            try {
                // No route of the new configuration refers to blue, but the route that is still live does.
                gateway.apply(service("green") + route("shop", "/", to("green")));
                for (int i = 0; i < 50; i++) {
                    assertThat(client.request("GET", "/").text()).isEqualTo("blue");
                }
                gateway.apply(route("other", "/other", to("blue")));
                assertThat(client.request("GET", "/other").text()).as("another change is not held back").isEqualTo("blue");
                assertThat(client.request("GET", "/").text()).isEqualTo("blue");
                gateway.apply(slice("green", green));
                until(client, response -> response.text().equals("green"));
                assertThat(client.request("GET", "/other").text()).isEqualTo("blue");
            } finally {
                over.set(true);
            }
            assertThat(load.get()).isPositive();
            assertThat(gateway.problems()).isEmpty();
        }
    }

    /// Sends requests on one connection until told to stop; any failure is an exception.
    private static int load(int port, AtomicBoolean over) {
        int served = 0;
        try (TestClient client = TestClient.connect(port)) {
            while (!over.get()) {
                ReceivedResponse response = client.request("GET", "/");
                if (response.status() != 200) {
                    throw new AssertionError(response);
                }
                served++;
            }
        }
        return served;
    }

    @Test
    void aRouteToAServiceWithoutEndpointsMovesAtTheWarmTimeout() {
        try (TestGateway gateway = TestGateway.start(Map.of("warm.timeout", "300ms"))
                .apply(GATEWAY + service("blue") + slice("blue", blue) + route("shop", "/", to("blue")));
                TestClient client = TestClient.connect(gateway.port(8080))) {
            long changed = System.nanoTime();
            gateway.apply(service("green") + route("shop", "/", to("green")));
            ReceivedResponse response = until(client, each -> !each.text().equals("blue"));
            assertThat(response.status()).isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - changed)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
        }
    }

    @Test
    void aRouteThatIsDeletedWhileItWaitsIsGone() {
        String route = route("shop", "/", to("green"));
        try (TestGateway gateway = TestGateway.start(Map.of("warm.timeout", "10m"))
                .apply(GATEWAY + service("blue") + slice("blue", blue) + route("shop", "/", to("blue")));
                TestClient client = TestClient.connect(gateway.port(8080))) {
            gateway.apply(service("green") + route);
            assertThat(client.request("GET", "/").text()).isEqualTo("blue");
            gateway.delete(route);
            assertThat(client.request("GET", "/").status()).isEqualTo(404);
            gateway.apply(slice("green", green));
            assertThat(client.request("GET", "/").status()).isEqualTo(404);
        }
    }

    @Test
    void aBackendThatBecomesANameInDnsMovesWhenTheNameIsResolved() {
        String backend = """
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: shop}
                spec: %s
                """;
        String refs = "backendRefs: [{group: jigress.io, kind: Backend, name: shop}]";
        try (TestGateway gateway = TestGateway.start(Map.of("warm.timeout", "10m"))
                .apply(GATEWAY + backend.formatted("{endpoints: [{address: 127.0.0.1, port: " + blue.port() + "}]}")
                        + route("shop", "/", refs));
                TestClient client = TestClient.connect(gateway.port(8080))) {
            assertThat(client.request("GET", "/").text()).isEqualTo("blue");
            gateway.apply(backend.formatted("{dns: {host: localhost, port: " + green.port() + "}}"));
            ReceivedResponse response = until(client, each -> !each.text().equals("blue"));
            assertThat(response.text()).isEqualTo("green");
        }
    }

    private static String limit(int perDay) {
        return """
                ---
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: limit}
                spec:
                  name: key-rate-limit
                  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop}]
                  config: {limit_by_per_route: true, limit_keys: [{key: "*", query_per_day: %d}]}
                """.formatted(perDay);
    }

    @Test
    void aLimitCountsOnOverChangesAndAfreshWhenItChangesItself() {
        try (TestGateway gateway = TestGateway.start()
                .apply(GATEWAY + service("blue") + slice("blue", blue) + service("green") + slice("green", green)
                        + route("shop", "/", to("blue")) + limit(4));
                TestClient client = TestClient.connect(gateway.port(8080))) {
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            gateway.apply(route("other", "/other", to("green")));
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            gateway.apply(route("shop", "/", to("green") + "\ntimeouts: {request: 5s}"));
            assertThat(client.request("GET", "/").text()).as("the route itself has changed").isEqualTo("green");
            gateway.delete(route("shop", "/", to("green")));
            assertThat(client.request("GET", "/").status()).isEqualTo(404);
            gateway.apply(route("shop", "/", to("blue")));
            assertThat(client.request("GET", "/").text()).isEqualTo("blue");
            assertThat(client.request("GET", "/").status()).as("the fifth of four").isEqualTo(429);

            gateway.apply(limit(2));
            assertThat(client.request("GET", "/").status()).as("another limit begins afresh").isEqualTo(200);
            assertThat(client.request("GET", "/").status()).isEqualTo(200);
            assertThat(client.request("GET", "/").status()).isEqualTo(429);
        }
    }

    @Test
    void filtersOfABackendRefRunForItsRequestsOnly() {
        String refs = """
                backendRefs:
                  - {name: blue, port: 80, weight: 1}
                  - name: green
                    port: 80
                    weight: 1
                    filters:
                      - type: RequestHeaderModifier
                        requestHeaderModifier: {set: [{name: x-canary, value: "yes"}]}
                      - type: ResponseHeaderModifier
                        responseHeaderModifier: {set: [{name: x-served-by, value: canary}]}
                """;
        try (TestGateway gateway = TestGateway.start()
                .apply(GATEWAY + service("blue") + slice("blue", blue) + service("green") + slice("green", green)
                        + route("shop", "/", refs));
                TestClient client = TestClient.connect(gateway.port(8080))) {
            assertThat(gateway.problems()).isEmpty();
            while (blue.requests().size() < 20 || green.requests().size() < 20) {
                ReceivedResponse response = client.request("GET", "/");
                assertThat(response.headers().all("x-served-by"))
                        .isEqualTo(response.text().equals("green") ? List.of("canary") : List.of());
            }
            assertThat(blue.requests()).noneMatch(request -> request.headers().contains("x-canary"));
            assertThat(green.requests()).allMatch(request -> request.headers().all("x-canary").equals(List.of("yes")));
        }
    }

    private static String plugin(String name, int priority, String config) {
        return """
                ---
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: %s}
                spec:
                  name: %s
                  phase: AUTHN
                  priority: %d
                  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: shop}]
                  config: %s
                """.formatted(name, name, priority, config);
    }

    @Test
    void pluginsOfOnePhaseRunByPriorityThenByName() {
        String nobody = "{deny: [0.0.0.0/0, \"::/0\"]}";
        String once = "{limit_by_per_route: true, limit_keys: [{key: \"*\", query_per_day: 1}]}";
        try (TestGateway gateway = TestGateway.start()
                .apply(GATEWAY + service("blue") + slice("blue", blue) + route("shop", "/", to("blue"))
                        + plugin("ip-restriction", 1, nobody) + plugin("key-rate-limit", 1, once));
                TestClient client = TestClient.connect(gateway.port(8080))) {
            assertThat(gateway.problems()).isEmpty();
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("GET", "/").status()).as("i comes before k").isEqualTo(403);
            }
            gateway.apply(plugin("key-rate-limit", 2, once));
            assertThat(client.request("GET", "/").status()).as("within the limit, then refused").isEqualTo(403);
            assertThat(client.request("GET", "/").status()).as("over the limit first").isEqualTo(429);
            gateway.apply(plugin("ip-restriction", 3, nobody));
            assertThat(client.request("GET", "/").status()).isEqualTo(403);
        }
    }
}
