package io.jigress.app.dubbo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// A gateway that finds providers in a registry, and the types of their methods in their metadata.
final class RegisteredTypes implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final TestGateway gateway = TestGateway.start(Map.of("registry.empty.keep", "0s"));

    /// @param type of the registry, @param server its address
    void serve(String type, String server) {
        serve("dubbo", type, server);
    }

    /// @param protocol `dubbo` or `tri`
    void serve(String protocol, String type, String server) {
        gateway.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: types}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: DubboService, name: types}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: providers}
                spec: {type: %s, servers: ["%s"]}
                ---
                apiVersion: jigress.io/v1
                kind: DubboService
                metadata: {name: types}
                spec:
                  service: io.jigress.dubbo.sample.TypeService
                  version: 1.0.0
                  group: test
                  protocol: %s
                  registry: {name: providers}
                  methods:
                    - {method: nestedBean, path: /orders, httpMethod: PUT}
                    - {method: two, path: "/two/{first}", httpMethod: GET, parameters: [{from: path, name: first}, {from: query, name: n}]}
                    - {method: overloaded, path: /overloaded}
                """.formatted(type, server, protocol));
    }

    ReceivedResponse send(String method, String target, String body) {
        try (TestClient client = TestClient.connect(gateway.port(8080))) {
            return client.request(method, target, body.getBytes(StandardCharsets.UTF_8));
        }
    }

    /// Serves the calls of gRPC clients as they are, by providers of the registry, on a listener of their own; returns its port.
    int pass() {
        gateway.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: calls}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8070, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: GRPCRoute
                metadata: {name: calls}
                spec:
                  parentRefs: [{name: calls}]
                  rules:
                    - matches: [{method: {service: io.jigress.dubbo.sample.TypeService}}]
                      backendRefs: [{group: jigress.io, kind: DubboService, name: types}]
                    - matches: [{method: {service: io.jigress.dubbo.sample.StreamService}}]
                      backendRefs: [{group: jigress.io, kind: DubboService, name: streams}]
                ---
                apiVersion: jigress.io/v1
                kind: DubboService
                metadata: {name: streams}
                spec:
                  service: io.jigress.dubbo.sample.StreamService
                  version: 1.0.0
                  group: test
                  protocol: tri
                  registry: {name: providers}
                """);
        return gateway.port(8070);
    }

    /// Repeats the request until the condition holds, since registries push at any time.
    static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("%s within %s", what, PATIENCE).isNegative();
            Poll.pause();
        }
    }

    /// Checks a mapping without types, which come from the provider.
    void serves() {
        until("the provider serves", () -> send("GET", "/two/a?n=7", "").status() == 200);
        assertThat(send("GET", "/two/a?n=7", "").text()).isEqualTo("\"a 7\"");
        ReceivedResponse order = send("PUT", "/orders", "{\"id\":9007199254740993,\"color\":\"GREEN\"}");
        assertThat(order.text()).contains("\"id\":9007199254740993").contains("\"color\":\"GREEN\"");
        assertThat(send("PUT", "/orders", "{\"id\":\"x\"}").status()).isEqualTo(400);
        // An ambiguous overload is reported with its candidates.
        assertThat(send("POST", "/overloaded", "5").status()).isEqualTo(500);
        assertThat(gateway.problems()).map(Object::toString).singleElement().asString()
                .contains("DubboService default/types: spec.methods[2] the method overloaded of")
                .contains("is ambiguous").contains("overloaded(int)").contains("overloaded(java.lang.Integer)");
    }

    @Override
    public void close() {
        gateway.close();
    }
}
