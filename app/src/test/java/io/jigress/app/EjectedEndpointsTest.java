package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// An endpoint without a listening server, as clients and operators see it.
@Timeout(60)
class EjectedEndpointsTest {
    @TempDir private Path folder;

    @Test
    void clientsSeeNothingOfADeadEndpointAndOperatorsSeeItEjected() throws IOException {
        int dead = closedPort();
        try (TestUpstream alive = TestUpstream.named("alive"); TestGateway gateway = TestGateway.start()) {
            gateway.apply("""
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: Gateway
                    metadata: {name: main}
                    spec:
                      gatewayClassName: jigress
                      listeners: [{name: http, port: 8080, protocol: HTTP}]
                    ---
                    apiVersion: jigress.io/v1
                    kind: Backend
                    metadata: {name: cart}
                    spec: {endpoints: [{address: 127.0.0.1, port: %d}, {address: 127.0.0.1, port: %d}]}
                    ---
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: HTTPRoute
                    metadata: {name: shop}
                    spec:
                      parentRefs: [{name: main}]
                      rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: cart}]}]
                    """.formatted(dead, alive.port()));
            for (int i = 0; i < 20; i++) {
                assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(200);
            }
            ProcessRun asked = new ProcessRun(folder);
            assertThat(asked.run("explain", "--admin", "localhost:" + gateway.adminPort(), "GET", "http://a.example:8080/"))
                    .isZero();
            assertThat(asked.out()).contains("127.0.0.1:" + dead + " ejected since 20", " until 20", "(connection_refused)")
                    .contains("127.0.0.1:" + alive.port() + "\n");
            assertThat(TestClient.get(gateway.adminPort(), "/endpoints").text()).contains("Backend default/cart",
                    "127.0.0.1:" + dead, "ejected", "connection_refused").doesNotContain(":" + alive.port());
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
