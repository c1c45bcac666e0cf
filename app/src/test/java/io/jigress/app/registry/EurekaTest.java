package io.jigress.app.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.app.run.WiringTest;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A gateway whose upstreams are registered at a real Eureka server in a JVM of its own; skipped, with the reason, where its jars cannot be had.
@Timeout(400)
class EurekaTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long START_SECONDS = 120;

    private final HttpClient http = HttpClient.newHttpClient();
    private int port;

    private Process start(Path home) throws InterruptedException {
        try {
            port = WiringTest.freePort();
            String classPath = ForkedServer.classPath(home, "eureka-server", "EurekaBoot");
            return ForkedServer.start(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Duser.home=" + home, "-cp", classPath, "EurekaBoot",
                    "--server.port=" + port, "--server.address=127.0.0.1", "--eureka.client.register-with-eureka=false",
                    "--eureka.client.fetch-registry=false", "--eureka.server.response-cache-update-interval-ms=200",
                    "--eureka.server.enable-self-preservation=false"), home, "the Eureka server is up", START_SECONDS);
        } catch (IOException e) {
            return Assumptions
                    .abort("the Eureka server for tests (spring-cloud-starter-netflix-eureka-server:5.0.1) cannot be had: "
                            + e.getMessage());
        }
    }

    private int ask(String method, String path, String body) throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/eureka/apps/ORDERS" + path))
                .header("content-type", "application/json").method(method, HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    private void register(String id, int instancePort) throws IOException, InterruptedException {
        assertThat(ask("POST", "", """
                {"instance":{"instanceId":"%s","hostName":"localhost","app":"ORDERS","ipAddr":"127.0.0.1","status":"UP",
                 "port":{"$":%d,"@enabled":"true"},"vipAddress":"orders",
                 "dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},
                 "metadata":{"zone":"a"}}}""".formatted(id, instancePort))).isEqualTo(204);
    }

    private static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("%s within %s", what, PATIENCE).isNegative();
            Thread.onSpinWait();
        }
    }

    @Test
    void instancesAreUsedWhileTheyAreUpAndAlsoWhileTheServerIsDown() throws Exception {
        Path home = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "eureka-server").toAbsolutePath();
        Process server = start(home);
        try (TestUpstream one = TestUpstream.named("one");
                TestUpstream two = TestUpstream.named("two");
                TestGateway gateway = TestGateway.start()) {
            register("one", one.port());
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
                    metadata: {name: eureka}
                    spec: {type: eureka, servers: ["127.0.0.1:%d"], eureka: {interval: 1s}}
                    ---
                    apiVersion: jigress.io/v1
                    kind: Backend
                    metadata: {name: orders}
                    spec: {service: {registry: eureka, name: orders}}
                    ---
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: HTTPRoute
                    metadata: {name: orders}
                    spec:
                      parentRefs: [{name: main}]
                      rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: orders}]}]
                    """.formatted(port));
            until("the first serves", () -> TestClient.get(gateway.port(8080), "/").status() == 200);
            register("two", two.port());
            until("both serve", () -> TestClient.get(gateway.port(8080), "/").status() == 200 && !two.requests().isEmpty());

            assertThat(ask("PUT", "/two/status?value=OUT_OF_SERVICE", "")).isEqualTo(200);
            until("the second rests", () -> TestClient.get(gateway.adminPort(), "/registries").text().contains("\"resting\": 1"));
            int before = two.requests().size();
            for (int i = 0; i < 10; i++) {
                assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(200);
            }
            assertThat(two.requests()).hasSize(before);
            assertThat(ask("DELETE", "/two", "")).isEqualTo(200);
            until("the second is gone",
                    () -> TestClient.get(gateway.adminPort(), "/registries").text().contains("\"listed\": 1"));

            server.destroyForcibly().onExit().join();
            until("the outage is shown", () -> gateway.problems().toString().contains("Registry default/eureka"));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(200);
        } finally {
            server.destroyForcibly().onExit().join();
            ForkedServer.delete(home);
        }
    }
}
