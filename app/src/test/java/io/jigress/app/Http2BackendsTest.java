package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Backends and ports of Services that speak HTTP/2 in the clear; another gateway is the backend.
class Http2BackendsTest {

    private static void serve(TestGateway gateway, String backendRef, String objects) {
        gateway.apply(TestGateway.shop(backendRef) + "---\n" + objects);
        assertThat(gateway.problems()).isEmpty();
    }

    private static String backend(String protocol, int port) {
        return """
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: shop}
                spec: {protocol: %s, endpoints: [{address: 127.0.0.1, port: %d}]}
                """.formatted(protocol, port);
    }

    private static String service(int port) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: shop}
                spec: {ports: [{port: 80, name: h2, appProtocol: kubernetes.io/h2c}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: shop-1, labels: {kubernetes.io/service-name: shop}}
                addressType: IPv4
                ports: [{name: h2, port: %d}]
                endpoints: [{addresses: [127.0.0.1]}]
                """.formatted(port);
    }

    private static final String TO_BACKEND = "{group: jigress.io, kind: Backend, name: shop}";

    private static ReceivedResponse answer(Map<String, String> settings, boolean byService) {
        try (TestUpstream upstream = TestUpstream.named("shop");
                TestGateway inner = TestGateway.start(settings);
                TestGateway outer = TestGateway.start()) {
            serve(inner, TO_BACKEND, backend("http1", upstream.port()));
            int port = inner.port(8080);
            if (byService) {
                serve(outer, "{name: shop, port: 80}", service(port));
            } else {
                serve(outer, TO_BACKEND, backend("h2c", port));
            }
            return TestClient.get(outer.port(8080), "/");
        }
    }

    @Test
    void aBackendOfH2cIsReachedByHttp2() {
        assertThat(answer(Map.of(), false).text()).isEqualTo("shop");
        assertThat(answer(Map.of("http2.enabled", "false"), false).status()).isEqualTo(502);
    }

    @Test
    void aPortWithTheAppProtocolOfH2cIsReachedByHttp2() {
        assertThat(answer(Map.of(), true).text()).isEqualTo("shop");
        assertThat(answer(Map.of("http2.enabled", "false"), true).status()).isEqualTo(502);
    }
}
