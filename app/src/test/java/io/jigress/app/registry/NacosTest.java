package io.jigress.app.registry;

import static io.jigress.app.Awaited.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.app.registry.NacosRegistrant.Place;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestMethodOrder;

/// A gateway with upstreams that register themselves at a real Nacos server.
@Tag("suite")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NacosTest {

    private NacosServer server;
    private TestUpstream one;
    private TestUpstream two;
    private TestGateway gateway;
    /// Each test uses a service of its own.
    private String service;

    @BeforeEach
    void start(TestInfo test) {
        server = NacosServer.get();
        one = TestUpstream.named("one");
        two = TestUpstream.named("two");
        gateway = TestGateway.start();
        service = test.getTestMethod().orElseThrow().getName();
    }

    @AfterEach
    void stop() {
        if (gateway != null) {
            gateway.close();
            one.close();
            two.close();
        }
    }

    private void route(String backendService) {
        route("name: " + backendService, "");
    }

    /// @param backendService the fields of the service, @param registry those of the Registry, both as YAML in flow style
    private void route(String backendService, String registry) {
        gateway.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: nacos}
                spec: {type: nacos, servers: ["%s"]%s}
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: orders}
                spec: {service: {registry: nacos, %s}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: orders}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: orders}]}]
                """.formatted(server.address(), registry, backendService));
    }

    private int status() {
        return TestClient.get(gateway.port(8080), "/").status();
    }

    private String registries() {
        return TestClient.get(gateway.adminPort(), "/registries").text();
    }

    private boolean both() {
        int first = one.requests().size();
        int second = two.requests().size();
        for (int i = 0; i < 4; i++) {
            status();
        }
        return one.requests().size() > first && two.requests().size() > second;
    }

    @Test
    @Order(1)
    void anInstanceIsUsedWhenItIsRegisteredAndLeftWhenItIsNot() {
        try (NacosRegistrant first = NacosRegistrant.register(server, service, one.port())) {
            route(service);
            until("the first instance serves", () -> status() == 200);
            assertThat(gateway.problems()).isEmpty();

            try (NacosRegistrant second = NacosRegistrant.register(server, service, two.port())) {
                until("both serve", this::both);
                second.deregister();
                until("the second is left", () -> !both());
                assertThat(status()).isEqualTo(200);
            }
            assertThat(registries()).contains("\"connection\": \"connected\"", "\"service\": \"" + service + "\"",
                    "\"state\": \"current\"", "\"used\": 1");
            assertThat(first).isNotNull();
        }
        until("the last instance is gone from the registry", () -> registries().contains("\"state\": \"stale\""));
        assertThat(status()).as("the last instances stay in use").isEqualTo(200);
    }

    @Test
    @Order(2)
    void anInstanceOfWeightZeroGetsNoRequests() {
        try (NacosRegistrant _ = NacosRegistrant.register(server, service, one.port());
                NacosRegistrant second = NacosRegistrant.register(server, service, two.port())) {
            route(service);
            until("both serve", this::both);
            second.weight(0);
            until("the second rests", () -> !both());
            assertThat(registries()).contains("\"resting\": 1");
            second.weight(1);
            until("both serve again", this::both);
        }
    }

    @Test
    @Order(2)
    void requestsAreSharedByTheWeightsOfInstances() {
        try (NacosRegistrant _ = NacosRegistrant.register(server, service, one.port());
                NacosRegistrant second = NacosRegistrant.register(server, service, two.port())) {
            route(service);
            until("both serve", this::both);
            second.weight(0.25);
            until("the second gets a fifth of the requests", () -> {
                int share = ofHundred();
                return share >= 17 && share <= 23;
            });
            second.weight(3);
            until("the second gets three quarters", () -> {
                int share = ofHundred();
                return share >= 72 && share <= 78;
            });
        }
    }

    @Test
    @Order(2)
    void onlyInstancesOfTheNamespaceTheGroupAndTheClustersAreUsed() {
        try (NacosRegistrant _ = NacosRegistrant.register(server, new Place("shop", "blue", service, "east"), one.port());
                NacosRegistrant _ = NacosRegistrant.register(server, new Place("shop", "blue", service, "west"), two.port());
                TestUpstream other = TestUpstream.named("other");
                NacosRegistrant _ = NacosRegistrant.register(server, new Place("shop", "green", service, "east"), other.port());
                NacosRegistrant _ = NacosRegistrant.register(server, new Place("public", "blue", service, "east"),
                        other.port())) {
            route("group: blue, name: " + service, ", nacos: {namespace: shop}");
            until("both instances of the group serve", this::both);

            route("group: blue, clusters: [east], name: " + service, ", nacos: {namespace: shop}");
            until("the other cluster is left", () -> registries().contains("\"used\": 1") && !both());
            int before = two.requests().size();
            for (int i = 0; i < 20; i++) {
                assertThat(status()).isEqualTo(200);
            }
            assertThat(two.requests()).hasSize(before);
            assertThat(other.requests()).isEmpty();
        }
    }

    /// How many of a hundred requests the second instance gets. Each event loop has a round of its own.
    private int ofHundred() {
        int before = two.requests().size();
        for (int i = 0; i < 100; i++) {
            assertThat(status()).isEqualTo(200);
        }
        return two.requests().size() - before;
    }

    @Test
    @Order(3)
    void aServiceThatNobodyRegistersAnswers503AndIsServedOnceSomebodyDoes() {
        route(service);
        until("the registry has answered", () -> registries().contains("\"state\": \"current\""));
        assertThat(status()).isEqualTo(503);
        try (NacosRegistrant _ = NacosRegistrant.register(server, service, one.port())) {
            until("it serves", () -> status() == 200);
            String explained = gateway.explain("GET", "http://localhost:8080/").toString();
            assertThat(explained).contains("\"registry\":{\"registry\":\"default/nacos\"", "\"connection\":\"connected\"",
                    "\"used\":1");
        }
    }

    @Test
    @Order(4)
    void noFileIsWrittenBesidesAndNoThreadPerServiceIsMade() {
        StringBuilder backends = new StringBuilder();
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            backends.append("""
                    ---
                    apiVersion: jigress.io/v1
                    kind: Backend
                    metadata: {name: many-%1$d}
                    spec: {service: {registry: nacos, name: many-%1$d}}
                    """.formatted(i));
            rules.append("""
                        - matches: [{path: {value: /%1$d}}]
                          backendRefs: [{group: jigress.io, kind: Backend, name: many-%1$d}]
                    """.formatted(i));
        }
        route(service);
        until("the registry has answered", () -> registries().contains("\"state\": \"current\""));
        int before = threads();
        gateway.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: many}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                """ + rules.toString().indent(4).replace("\t", "") + backends);
        assertThat(gateway.problems()).isEmpty();
        until("all are followed", () -> registries().split("\"state\": \"current\"", -1).length == 52);
        assertThat(threads()).isLessThan(before + 10);
        assertThat(java.nio.file.Path.of(System.getProperty("user.home"), "nacos")).doesNotExist();
    }

    private static int threads() {
        return Thread.getAllStackTraces().size();
    }

    @Test
    @Order(5)
    void aServerThatIsFrozenChangesNothingAndIsFollowedWhenItGoesOn() throws Exception {
        try (NacosRegistrant _ = NacosRegistrant.register(server, service, one.port())) {
            route(service);
            until("it serves", () -> status() == 200);
            server.freeze();
            try {
                until("the gateway notices", () -> {
                    assertThat(status()).isEqualTo(200);
                    return registries().contains("\"connection\": \"not connected\"");
                });
                until("it is a problem of the Registry", () -> gateway.problems().toString().contains("Registry default/nacos"));
            } finally {
                server.thaw();
            }
            until("the connection is back", () -> registries().contains("\"connection\": \"connected\""));
            try (NacosRegistrant _ = NacosRegistrant.register(server, service, two.port())) {
                until("both serve", this::both);
            }
        }
    }

    @Test
    @Order(6)
    void aServerThatIsKilledTakesNoTrafficAlongAndIsFollowedWhenItIsBack() throws Exception {
        try (NacosRegistrant _ = NacosRegistrant.register(server, service, one.port())) {
            route(service);
            until("it serves", () -> status() == 200);
            server.kill();
            until("the gateway notices", () -> {
                assertThat(status()).isEqualTo(200);
                return registries().contains("\"connection\": \"not connected\"");
            });
            until("the Registry says why", () -> gateway.problems().toString().contains("Connection refused"));
            assertThat(status()).isEqualTo(200);

            server.start();
            until("the connection is back", () -> registries().contains("\"connection\": \"connected\""));
            try (NacosRegistrant _ = NacosRegistrant.register(server, service, two.port())) {
                until("both serve", this::both);
            }
        }
    }

    @Test
    @Order(7)
    void anIngressReachesAServiceByItsHostOfHigress() {
        try (NacosRegistrant _ = NacosRegistrant.register(server, service, one.port())) {
            gateway.apply("""
                    apiVersion: networking.higress.io/v1
                    kind: McpBridge
                    metadata: {name: default, namespace: higress-system}
                    spec: {registries: [{name: shop, type: nacos2, domain: 127.0.0.1, port: %d}]}
                    ---
                    apiVersion: networking.k8s.io/v1
                    kind: Ingress
                    metadata: {name: orders, annotations: {higress.io/destination: "100%% %s.DEFAULT-GROUP.public.nacos:8080"}}
                    spec:
                      rules:
                        - http:
                            paths: [{path: /, pathType: Prefix, backend: {resource: {apiGroup: networking.higress.io, kind: McpBridge, name: default}}}]
                    """.formatted(server.port(), service));
            assertThat(gateway.problems()).isEmpty();
            until("it serves", () -> status() == 200);
            assertThat(registries()).contains("higress-system/McpBridge.default.nacos2.shop");
        }
    }

    @Test
    @Order(7)
    void aRouteThatNamesAVirtualPortOfHigressReachesAllInstancesAtTheirOwnPorts() {
        try (NacosRegistrant _ = NacosRegistrant.register(server, service, one.port());
                NacosRegistrant _ = NacosRegistrant.register(server, service, two.port())) {
            String host = service + ".DEFAULT-GROUP.public.nacos";
            gateway.apply("""
                    apiVersion: networking.higress.io/v1
                    kind: McpBridge
                    metadata: {name: default, namespace: higress-system}
                    spec:
                      registries:
                        - name: shop
                          type: nacos2
                          domain: 127.0.0.1
                          port: %1$d
                          vport: {default: 80, services: [{name: %2$s, value: 8090}]}
                        - {name: fixed, type: static, domain: "127.0.0.1:%3$d,127.0.0.1:%4$d", port: 8090}
                    ---
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: Gateway
                    metadata: {name: main}
                    spec:
                      gatewayClassName: jigress
                      listeners: [{name: http, port: 8080, protocol: HTTP}]
                    """.formatted(server.port(), host.toUpperCase(Locale.ROOT), one.port(), two.port()));
            // The port of the service, the default one, another, and none.
            for (String port : List.of(":8090", ":80", ":9999", "")) {
                for (String to : List.of(host, "fixed.static")) {
                    reachesBoth("""
                            apiVersion: networking.k8s.io/v1
                            kind: Ingress
                            metadata: {name: orders, annotations: {higress.io/destination: "100%% %s"}}
                            spec:
                              rules:
                                - http:
                                    paths: [{path: /, pathType: Prefix, backend: {resource: {apiGroup: networking.higress.io, kind: McpBridge, name: default}}}]
                            """.formatted(to + port));
                    reachesBoth("""
                            apiVersion: gateway.networking.k8s.io/v1
                            kind: HTTPRoute
                            metadata: {name: orders}
                            spec:
                              parentRefs: [{name: main}]
                              rules: [{backendRefs: [{group: networking.istio.io, kind: Hostname, name: %s%s}]}]
                            """.formatted(to, port.replace(":", ", port: ")));
                }
            }
        }
    }

    /// Applies a route, and removes it when both instances have got requests by it.
    private void reachesBoth(String route) {
        gateway.apply(route);
        assertThat(gateway.problems()).as(route).isEmpty();
        until(route + " reaches both", this::both);
        gateway.delete(route);
    }
}
