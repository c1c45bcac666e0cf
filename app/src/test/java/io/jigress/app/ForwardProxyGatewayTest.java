package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A Backend with a proxy and a McpBridge with proxies, through a real tinyproxy.
@Timeout(60)
class ForwardProxyGatewayTest {
    private static final Path PROGRAM = Path.of("/usr/bin/tinyproxy");
    @TempDir private Path folder;

    @Test
    void aBackendAndAnEntryOfAMcpBridgeAreReachedThroughAProxy() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "skipped: tinyproxy is not installed");
        int port = freePort();
        Process proxy = tinyproxy(port);
        try (TestUpstream upstream = TestUpstream.named("behind"); TestGateway gateway = TestGateway.start()) {
            gateway.apply(resources(upstream.port(), port));
            assertThat(gateway.problems()).isEmpty();
            for (String path : new String[] {"/backend", "/bridge"}) {
                assertThat(TestClient.get(gateway.port(8080), path).text()).as(path).isEqualTo("behind");
                assertThat(gateway.explain("GET", "http://localhost:8080" + path).toString())
                        .contains("\"proxy\":\"127.0.0.1:" + port + "\"").contains("\"localhost:" + upstream.port() + "\"");
            }
            assertThat(upstream.requests()).hasSize(2);
            assertThat(Files.readString(folder.resolve("log"))).contains("CONNECT localhost:" + upstream.port());
        } finally {
            proxy.destroy();
            proxy.onExit().completeOnTimeout(proxy, 10, TimeUnit.SECONDS).join();
            proxy.destroyForcibly();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private Process tinyproxy(int port) throws IOException {
        Path file = folder.resolve("tinyproxy.conf");
        Files.writeString(file, """
                Port %d
                Listen 127.0.0.1
                Allow 127.0.0.1
                LogLevel Connect
                """.formatted(port));
        Process process = new ProcessBuilder(PROGRAM.toString(), "-d", "-c", file.toString()).redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile()).start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!accepts(port)) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new AssertionError("tinyproxy does not listen: " + Files.readString(folder.resolve("log")));
            }
            LockSupport.parkNanos(5_000_000);
        }
        return process;
    }

    private static boolean accepts(int port) {
        try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    private static String resources(int upstream, int proxy) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: partner}
                spec:
                  dns: {host: localhost, port: %1$d}
                  proxy: {host: 127.0.0.1, port: %2$d}
                ---
                apiVersion: networking.higress.io/v1
                kind: McpBridge
                metadata: {name: default, namespace: higress-system}
                spec:
                  registries: [{name: partner, type: dns, domain: localhost, port: %1$d, proxyName: out}]
                  proxies: [{name: out, type: HTTP, serverAddress: 127.0.0.1, serverPort: %2$d, connectTimeout: 5000}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: both}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                    - matches: [{path: {value: /backend}}]
                      backendRefs: [{group: jigress.io, kind: Backend, name: partner}]
                    - matches: [{path: {value: /bridge}}]
                      backendRefs: [{group: networking.istio.io, kind: Hostname, name: partner.dns, port: 80}]
                """.formatted(upstream, proxy);
    }
}
