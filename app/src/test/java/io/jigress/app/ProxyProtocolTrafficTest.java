package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The PROXY protocol in live traffic, configured by TrafficPolicies and settings.
@Timeout(60)
class ProxyProtocolTrafficTest {
    private static final String SCENE = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: web, port: 8080, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: all}
            spec:
              parentRefs: [{name: main}]
              rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: up}]}]
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: all}
            spec:
              defaultBackend: {service: {name: up, port: {number: 80}}}
            ---
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: up}
            spec: {endpoints: [{address: 127.0.0.1, port: PORT}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: up}
            spec: {ports: [{port: 80}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: up-1, labels: {kubernetes.io/service-name: up}}
            addressType: IPv4
            ports: [{port: PORT}]
            endpoints: [{addresses: [127.0.0.1]}]
            """;
    private static final String ACCEPT = """
            apiVersion: jigress.io/v1
            kind: TrafficPolicy
            metadata: {name: accept}
            spec:
              targetRefs: [{kind: Gateway, name: main}]
              proxyProtocol: {accept: %s}
            """;
    private static final String ONLY_ONE_CLIENT = """
            apiVersion: jigress.io/v1
            kind: Plugin
            metadata: {name: one}
            spec:
              name: ip-restriction
              targetRefs: [{kind: HTTPRoute, name: all}]
              config: {allow: [203.0.113.7]}
            """;

    private static TestGateway gateway(int upstream, Map<String, String> settings) {
        TestGateway gateway = TestGateway.start(settings).apply(SCENE.replace("PORT", Integer.toString(upstream)));
        assertThat(gateway.problems()).isEmpty();
        return gateway;
    }

    private static int status(int port, String before) {
        try (TestClient client = TestClient.connect(port)) {
            return client.send(before).request("GET", "/").status();
        }
    }

    @Test
    void aPolicyAcceptsHeadersAndFiltersSeeTheClient() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                TestGateway gateway = gateway(upstream.port(), Map.of("ports.http", "8090", "proxies.trusted", "127.0.0.0/8"))) {
            gateway.apply(ONLY_ONE_CLIENT).apply(ACCEPT.formatted("Required"));
            assertThat(gateway.problems()).isEmpty();
            int port = gateway.port(8080);
            assertThat(status(port, "PROXY TCP4 203.0.113.7 198.51.100.2 1 2\r\n")).isEqualTo(200);
            assertThat(status(port, "PROXY TCP4 203.0.113.8 198.51.100.2 1 2\r\n")).isEqualTo(403);
            try (TestClient client = TestClient.connect(port)) {
                client.send(TestClient.head("GET", "/"));
                client.assertClosed();
            }
            gateway.apply(ACCEPT.formatted("Optional"));
            assertThat(status(port, "PROXY TCP4 203.0.113.7 198.51.100.2 1 2\r\n")).isEqualTo(200);
            assertThat(status(port, "")).isEqualTo(403);
            gateway.apply(ACCEPT.formatted("None"));
            assertThat(status(port, "PROXY TCP4 203.0.113.7 198.51.100.2 1 2\r\n")).isEqualTo(400);
            assertThat(status(port, "")).isEqualTo(403);
        }
    }

    @Test
    void theSettingIsForIngresses() {
        try (TestUpstream upstream = TestUpstream.answering(Reply.ok("ok"));
                TestGateway gateway = gateway(upstream.port(), Map.of("ports.http", "8090", "proxies.trusted", "127.0.0.0/8",
                        "ports.proxy.protocol", "required"))) {
            assertThat(status(gateway.port(8090), "PROXY TCP4 203.0.113.7 198.51.100.2 1 2\r\n")).isEqualTo(200);
            assertThat(upstream.lastRequest().headers().first("x-forwarded-for")).isEqualTo("203.0.113.7");
            assertThat(status(gateway.port(8080), "")).isEqualTo(200);
        }
    }

    @Test
    void aPolicySendsHeadersToABackend() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                TestGateway gateway = gateway(server.getLocalPort(), Map.of("ports.http", "8090"));
                TestClient client = TestClient.connect(gateway.port(8080))) {
            gateway.apply("""
                    apiVersion: jigress.io/v1
                    kind: TrafficPolicy
                    metadata: {name: send}
                    spec:
                      targetRefs: [{kind: Backend, name: up}]
                      proxyProtocol: {send: V1}
                    """);
            assertThat(gateway.problems()).isEmpty();
            CompletableFuture<String> first = CompletableFuture.supplyAsync(() -> answer(server), Thread::startVirtualThread);
            assertThat(client.request("GET", "/").status()).isEqualTo(204);
            assertThat(first.join())
                    .isEqualTo("PROXY TCP4 127.0.0.1 127.0.0.1 " + client.localPort() + " " + gateway.port(8080));
        }
    }

    private static String answer(ServerSocket server) {
        try (Socket socket = server.accept()) {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            String first = in.readLine();
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                // The head of the request.
            }
            socket.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            return first;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
