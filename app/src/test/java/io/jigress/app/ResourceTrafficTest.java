package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Resources in live traffic, configured by YAML.
class ResourceTrafficTest {
    private static final String GATEWAY = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: 8080, protocol: HTTP}]
            """;

    private TestUpstream blue;
    private TestUpstream green;
    private TestGateway gateway;

    @BeforeEach
    void start() {
        blue = TestUpstream.named("blue");
        green = TestUpstream.named("green");
        gateway = TestGateway.start();
        gateway.apply(backend("blue", blue) + "---\n" + backend("green", green));
    }

    @AfterEach
    void stop() {
        gateway.close();
        blue.close();
        green.close();
    }

    private static String backend(String name, TestUpstream upstream) {
        return """
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: %s}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                """.formatted(name, upstream.port());
    }

    /// Serves an HTTPRoute with these rules on all hosts.
    private void route(String rules) {
        gateway.apply(GATEWAY).apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                """ + rules.replaceAll("to (blue|green)", "{group: jigress.io, kind: Backend, name: $1}").indent(4));
        assertThat(gateway.problems()).isEmpty();
    }

    private ReceivedResponse get(String target, String... headers) {
        return TestClient.get(gateway.port(8080), target, headers);
    }

    /// Which of the two upstreams got the last request.
    private String winner(String target, String... headers) {
        int before = blue.requests().size();
        assertThat(get(target, headers).status()).as(target).isEqualTo(200);
        return blue.requests().size() > before ? "blue" : "green";
    }

    @Test
    void anIngressLeadsToTheEndpointsOfItsServices() {
        gateway.apply("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: shop}
                spec:
                  ingressClassName: nginx
                  defaultBackend: {service: {name: green, port: {number: 80}}}
                  rules:
                    - host: "*.shop.example"
                      http: {paths: [{path: /cart, pathType: Prefix, backend: {service: {name: blue, port: {name: web}}}}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: blue}
                spec: {ports: [{name: web, port: 80, targetPort: 8080}, {name: admin, port: 81}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: blue-1, labels: {kubernetes.io/service-name: blue}}
                addressType: IPv4
                ports: [{name: admin, port: 1}, {name: web, port: %d}]
                endpoints: [{addresses: [127.0.0.1]}, {addresses: [192.0.2.1], conditions: {ready: false}}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: green}
                spec: {ports: [{port: 80, targetPort: %d}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: green-1, labels: {kubernetes.io/service-name: green}}
                addressType: IPv4
                endpoints: [{addresses: [127.0.0.1]}]
                """.formatted(blue.port(), green.port()));
        assertThat(gateway.problems()).isEmpty();

        assertThat(winner("/cart/7", "host: a.shop.example")).isEqualTo("blue");
        assertThat(winner("/cart/7", "host: B.Shop.Example:8080")).isEqualTo("blue");
        assertThat(winner("/cart/7", "host: a.b.shop.example")).as("the star stands for one label").isEqualTo("green");
        assertThat(winner("/carts", "host: a.shop.example")).isEqualTo("green");
        assertThat(winner("/", "host: elsewhere.example")).isEqualTo("green");
    }

    @Test
    void anHttpRouteChoosesByPathMethodHeaderAndQuery() {
        route("""
                - matches:
                    - {path: {type: Exact, value: /exact}}
                    - {path: {type: RegularExpression, value: "/item/[0-9]+"}}
                    - {path: {value: /put}, method: PUT}
                    - {path: {value: /user}, headers: [{name: X-User, value: "7"}], queryParams: [{name: side, value: a b}]}
                  backendRefs: [to blue]
                - backendRefs: [to green]
                """);

        assertThat(winner("/exact")).isEqualTo("blue");
        assertThat(winner("/exact/not")).isEqualTo("green");
        assertThat(winner("/item/42")).isEqualTo("blue");
        assertThat(winner("/item/42/not")).isEqualTo("green");
        assertThat(winner("/put")).isEqualTo("green");
        try (TestClient client = TestClient.connect(gateway.port(8080))) {
            client.request("PUT", "/put", new byte[3]);
        }
        assertThat(blue.lastRequest().method()).isEqualTo("PUT");
        assertThat(winner("/user?side=a+b", "x-user: 7")).isEqualTo("blue");
        assertThat(winner("/user?side=a+b", "x-user: 8")).isEqualTo("green");
        assertThat(winner("/user?side=c", "x-user: 7")).isEqualTo("green");
    }

    @Test
    void weightsDivideAndABrokenReferenceHasItsShare() {
        route("- backendRefs: [{group: jigress.io, kind: Backend, name: blue, weight: 1}, {group: jigress.io, kind: Backend, name: green, weight: 0}]");
        for (int i = 0; i < 20; i++) {
            assertThat(winner("/")).isEqualTo("blue");
        }
        gateway.delete(backend("blue", blue));
        assertThat(gateway.problems()).extracting(Object::toString).containsExactly(
                "HTTPRoute default/shop: spec.rules[0].backendRefs[0].name is \"blue\", and there is no Backend default/blue, so that its share of the requests gets 500 (expected: the name of a Backend)");
        assertThat(get("/").status()).isEqualTo(500);
    }

    @Test
    void requestsAreRewritten() {
        route("""
                - matches: [{path: {value: /old}}]
                  filters:
                    - type: URLRewrite
                      urlRewrite: {hostname: inner.example, path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}
                    - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-env, value: live}]}}
                    - {type: ResponseHeaderModifier, responseHeaderModifier: {add: [{name: x-by, value: gateway}]}}
                  backendRefs: [to blue]
                """);

        ReceivedResponse response = get("/old/a?b=c");

        assertThat(blue.lastRequest().target()).isEqualTo("/new/a?b=c");
        assertThat(blue.lastRequest().headers().all("host")).containsExactly("inner.example");
        assertThat(blue.lastRequest().headers().first("x-env")).isEqualTo("live");
        assertThat(response.headers().first("x-by")).isEqualTo("gateway");
    }

    @Test
    void requestsAreRedirected() {
        route("""
                - matches: [{path: {value: /old}}]
                  filters:
                    - type: RequestRedirect
                      requestRedirect: {scheme: https, hostname: shop.example, statusCode: 301, path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}
                """);

        ReceivedResponse response = get("/old/a?b=c");

        assertThat(response.status()).isEqualTo(301);
        assertThat(response.headers().first("location")).isEqualTo("https://shop.example/new/a?b=c");
    }

    @Test
    void aRoutesTimeoutIsAnsweredFor() {
        CountDownLatch never = new CountDownLatch(1);
        blue.handler(call -> call.await(never));
        route("- {timeouts: {request: 50ms}, backendRefs: [to blue]}");

        assertThat(get("/").status()).isEqualTo(504);
        never.countDown();
    }

    @Test
    void aRuleWithRetryRepeatsARequestAlsoToTheOnlyEndpoint() {
        AtomicInteger calls = new AtomicInteger();
        blue.handler(call -> {
            call.request();
            call.write(calls.incrementAndGet() % 3 == 0 ? Reply.ok("at last") : Reply.of(503, ""));
        });
        route("""
                - {matches: [{path: {value: /enough}}], retry: {attempts: 2, codes: [503]}, backendRefs: [to blue]}
                - {matches: [{path: {value: /others}}], retry: {attempts: 2, codes: [500]}, backendRefs: [to blue]}
                - {backendRefs: [to blue]}
                """);

        assertThat(get("/enough").text()).isEqualTo("at last");
        assertThat(get("/others").status()).as("another status").isEqualTo(503);
        assertThat(get("/").status()).as("without retry").isEqualTo(503);
        assertThat(calls).hasValue(5);
    }

    @Test
    void aTrafficPolicyLimitsBodies() {
        route("- {name: upload, backendRefs: [to blue]}");
        gateway.apply("""
                apiVersion: jigress.io/v1
                kind: TrafficPolicy
                metadata: {name: small}
                spec:
                  targetRefs: [{kind: HTTPRoute, name: shop, sectionName: upload}]
                  limits: {requestBody: 1Ki}
                """);
        assertThat(gateway.problems()).isEmpty();

        try (TestClient client = TestClient.connect(gateway.port(8080))) {
            assertThat(client.request("POST", "/", new byte[1024]).status()).isEqualTo(200);
            assertThat(client.request("POST", "/", new byte[1025]).status()).isEqualTo(413);
        }
    }

    @Test
    void aListenersPolicyHoldsForTheIngressesOnItsHosts() {
        CountDownLatch never = new CountDownLatch(1);
        blue.handler(call -> call.await(never));
        gateway.apply(GATEWAY).apply("""
                apiVersion: jigress.io/v1
                kind: TrafficPolicy
                metadata: {name: quick}
                spec:
                  targetRefs: [{kind: Gateway, name: main}]
                  timeouts: {request: 50ms}
                ---
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: shop}
                spec: {defaultBackend: {service: {name: blue, port: {number: 80}}}}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: blue}
                spec: {ports: [{port: 80, targetPort: %d}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: blue-1, labels: {kubernetes.io/service-name: blue}}
                addressType: IPv4
                endpoints: [{addresses: [127.0.0.1]}]
                """.formatted(blue.port()));
        assertThat(gateway.problems()).isEmpty();

        assertThat(get("/").status()).isEqualTo(504);
        never.countDown();
    }

    @Test
    void whatIsWrongCostsOnlyItself() {
        route("- backendRefs: [to green]");
        gateway.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: broken}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                    - matches: [{path: {value: /broken}}]
                      filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: content-length, value: "7"}]}}]
                      backendRefs: [{group: jigress.io, kind: Backend, name: blue}]
                    - matches: [{path: {value: /odd, type: Glob}}]
                      backendRefs: [{group: jigress.io, kind: Backend, name: blue}]
                    - matches: [{path: {value: /fine}}]
                      backendRefs: [{group: jigress.io, kind: Backend, name: blue}]
                """);

        assertThat(gateway.problems()).hasSize(3);
        assertThat(get("/broken").status()).as("a filter that is wrong is not left out").isEqualTo(500);
        assertThat(winner("/odd")).isEqualTo("green");
        assertThat(winner("/fine")).isEqualTo("blue");
        assertThat(winner("/")).isEqualTo("green");
    }

    @Test
    void secretsAreNowhereToBeRead() {
        try (TestClient admin = TestClient.connect(gateway.adminPort())) {
            gateway.apply("""
                    apiVersion: v1
                    kind: Secret
                    metadata: {name: good}
                    data: {password: %s}
                    ---
                    apiVersion: v1
                    kind: Secret
                    metadata: {name: bad}
                    data: {password: 13371337, other: "hunter2 is no base64"}
                    stringData: {third: {deep: hunter2}}
                    """.formatted(Base64.getEncoder().encodeToString("hunter2".getBytes(StandardCharsets.UTF_8))));
            for (String path : List.of("/config/resources", "/config/problems", "/config/statuses")) {
                assertThat(admin.request("GET", path).text()).as(path).doesNotContain("hunter2", "13371337", "aHVudGVyMg");
            }
            assertThat(admin.request("GET", "/config/problems").text()).contains("data.password", "data.other",
                    "stringData.third");
        }
    }
}
