package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.jigress.app.explain.ExplanationText;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.grpc.ByteMethods;
import io.jigress.testkit.grpc.GrpcTestCall;
import io.jigress.testkit.grpc.GrpcTestClient;
import io.jigress.testkit.grpc.GrpcTestServer;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// GRPCRoutes in live traffic: calls of grpc-java, whose responses name the server.
@Timeout(60)
class GrpcRouteTest {
    private static final Metadata.Key<String> VERSION = Metadata.Key.of("version", Metadata.ASCII_STRING_MARSHALLER);
    private static final MethodDescriptor<byte[], byte[]> ADD = ByteMethods.method("shop.Cart", "Add", MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> LIST = ByteMethods.method("shop.Cart", "List", MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> PAY = ByteMethods.method("shop.Order", "Pay", MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> CHECK = ByteMethods.method("grpc.health.v1.Health", "Check",
            MethodType.UNARY);

    private static final String GATEWAY = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: 8080, protocol: HTTP}]
            """;

    private GrpcTestServer blue;
    private GrpcTestServer green;
    private TestGateway gateway;

    @BeforeEach
    void start() {
        blue = server("blue");
        green = server("green");
        gateway = TestGateway.start();
        gateway.apply(GATEWAY).apply(backend("blue", blue) + "---\n" + backend("green", green));
    }

    @AfterEach
    void stop() {
        gateway.close();
        blue.close();
        green.close();
    }

    private static GrpcTestServer server(String name) {
        return GrpcTestServer.start(call -> {
            call.readText();
            call.send(name).end();
        }, List.of(ADD, LIST, PAY, CHECK), UnaryOperator.identity());
    }

    private static String backend(String name, GrpcTestServer server) {
        return """
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: %s}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                """.formatted(name, server.address().getPort());
    }

    private void route(String rules) {
        gateway.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: GRPCRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                """ + rules.replaceAll("to (blue|green|gone)", "{group: jigress.io, kind: Backend, name: $1}").indent(4));
    }

    private String winner(GrpcTestClient client, MethodDescriptor<byte[], byte[]> method, String version)
            throws InterruptedException {
        Metadata metadata = new Metadata();
        metadata.put(VERSION, version);
        GrpcTestCall call = client.call(method, CallOptions.DEFAULT, metadata).send("x").halfClose();
        String name = call.readText();
        return call.status().isOk() ? name : call.status().getCode().toString();
    }

    @Test
    void servicesMethodsAndHeadersChooseTheBackend() throws InterruptedException {
        route("""
                - matches: [{method: {service: shop.Cart}}]
                  backendRefs: [to blue]
                - matches: [{method: {service: shop.Cart, method: List}}, {method: {method: Check}}]
                  backendRefs: [to green]
                - matches: [{method: {service: shop.Cart}, headers: [{name: version, value: "2"}]}]
                  backendRefs: [to green]
                - matches: [{method: {type: RegularExpression, service: 'shop\\..*', method: 'P.*'}}]
                  backendRefs: [to blue]
                """);
        assertThat(gateway.problems()).isEmpty();
        try (GrpcTestClient client = GrpcTestClient.connect(gateway.port(8080))) {
            assertThat(winner(client, ADD, "1")).isEqualTo("blue");
            assertThat(winner(client, ADD, "2")).isEqualTo("green");
            assertThat(winner(client, LIST, "1")).isEqualTo("green");
            assertThat(winner(client, CHECK, "1")).isEqualTo("green");
            assertThat(winner(client, PAY, "1")).isEqualTo("blue");
            route("""
                    - matches: [{method: {service: shop.Cart}}]
                      backendRefs: [to blue]
                    """);
            assertThat(winner(client, PAY, "1")).isEqualTo("UNIMPLEMENTED");
            assertThat(winner(client, ADD, "1")).isEqualTo("blue");
        }
    }

    @Test
    void weightsDivideTheCallsAndAnInvalidBackendIsUnavailable() throws InterruptedException {
        route("""
                - matches: [{method: {service: shop.Cart}}]
                  backendRefs: [{group: jigress.io, kind: Backend, name: blue, weight: 1}, {group: jigress.io, kind: Backend, name: green, weight: 3}]
                - matches: [{method: {service: shop.Order}}]
                  backendRefs: [to gone]
                """);
        try (GrpcTestClient client = GrpcTestClient.connect(gateway.port(8080))) {
            for (int i = 0; i < 400; i++) {
                winner(client, ADD, "1");
            }
            assertThat(blue.calls().size()).isBetween(50, 150);
            assertThat(green.calls().size()).isEqualTo(400 - blue.calls().size());
            assertThat(winner(client, PAY, "1")).isEqualTo("UNAVAILABLE");
        }
    }

    @Test
    void filtersAndPoliciesAttachToAGrpcRoute() throws InterruptedException {
        route("""
                - name: cart
                  matches: [{method: {service: shop.Cart}}]
                  filters:
                    - type: RequestHeaderModifier
                      requestHeaderModifier: {set: [{name: version, value: gateway}]}
                  backendRefs: [to blue]
                - backendRefs: [to green]
                """);
        gateway.apply("""
                apiVersion: jigress.io/v1
                kind: Plugin
                metadata: {name: office}
                spec:
                  name: ip-restriction
                  config: {deny: [127.0.0.0/8]}
                  targetRefs: [{kind: GRPCRoute, name: shop, sectionName: cart}]
                """);
        assertThat(gateway.problems()).isEmpty();
        try (GrpcTestClient client = GrpcTestClient.connect(gateway.port(8080))) {
            assertThat(winner(client, ADD, "1")).isEqualTo("PERMISSION_DENIED");
            assertThat(winner(client, PAY, "1")).isEqualTo("green");
            gateway.delete("""
                    apiVersion: jigress.io/v1
                    kind: Plugin
                    metadata: {name: office}
                    """);
            assertThat(winner(client, ADD, "1")).isEqualTo("blue");
            assertThat(blue.calls().getLast().headers().get(VERSION)).isEqualTo("gateway");
        }
    }

    @Test
    void anHttpRouteMayUseTheSameBackendsOnOtherHosts() throws InterruptedException {
        route("- backendRefs: [to blue]\n");
        gateway.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: web}
                spec:
                  parentRefs: [{name: main}]
                  hostnames: [web.example]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: blue}]}]
                """);
        assertThat(gateway.problems()).singleElement().asString().contains("HTTPRoute default/web",
                "it has hosts in common with GRPCRoute default/shop");
        try (GrpcTestClient client = GrpcTestClient.connect(gateway.port(8080))) {
            assertThat(winner(client, ADD, "1")).isEqualTo("blue");
        }
        // The GRPCRoute serves all hosts, and its server refuses requests that are not gRPC calls.
        assertThat(TestClient.get(gateway.port(8080), "/", "host: web.example").status()).isEqualTo(415);
        gateway.delete("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: GRPCRoute
                metadata: {name: shop}
                """);
        assertThat(gateway.problems()).isEmpty();
        // The server does not speak HTTP/1.
        assertThat(TestClient.get(gateway.port(8080), "/", "host: web.example").status()).isEqualTo(502);
    }

    @Test
    void explainNamesTheRule() {
        route("""
                - name: cart
                  matches: [{method: {service: shop.Cart, method: Add}}]
                  backendRefs: [to blue]
                - matches: [{method: {service: shop.Cart}}]
                  backendRefs: [to green]
                """);
        String text = ExplanationText.of(gateway.explain("POST", "http://localhost:8080/shop.Cart/Add",
                "content-type: application/grpc"));
        assertThat(text).contains("GRPCRoute default/shop rule cart", "127.0.0.1:" + blue.address().getPort());
    }
}
