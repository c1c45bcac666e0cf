package io.jigress.app.registry;

import static io.jigress.app.Awaited.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.jigress.app.Guide;
import io.jigress.app.TestGateway;
import io.jigress.app.run.WiringTest;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/// A gateway whose upstreams are registered at a real Eureka server in a JVM of its own; skipped, with the reason, if its jars are not available.
@Tag("suite")
@Timeout(400)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EurekaTest {
    private static final long START_SECONDS = 120;
    private static final String MAIN = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: main}
            spec:
              gatewayClassName: jigress
              listeners: [{name: http, port: 8080, protocol: HTTP}]
            """;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static Path home;
    private static Process server;
    private static int port;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        home = Files.createTempDirectory(Files.createDirectories(Path.of("target")), "eureka-server").toAbsolutePath();
        try {
            port = WiringTest.freePort();
            String classPath = ForkedServer.classPath(home, "eureka-server", "EurekaBoot");
            server = ForkedServer.start(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
                    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Duser.home=" + home, "-cp", classPath, "EurekaBoot",
                    "--server.port=" + port, "--server.address=127.0.0.1", "--eureka.client.register-with-eureka=false",
                    "--eureka.client.fetch-registry=false", "--eureka.server.response-cache-update-interval-ms=200",
                    "--eureka.server.enable-self-preservation=false"), home, "the Eureka server is up", START_SECONDS);
        } catch (IOException e) {
            Assumptions.abort("the Eureka server for tests (spring-cloud-starter-netflix-eureka-server:5.0.1) cannot be had: "
                    + e.getMessage());
        }
    }

    @AfterAll
    static void end() {
        if (server != null) {
            server.destroyForcibly().onExit().join();
        }
        ForkedServer.delete(home);
    }

    private static int ask(String method, String path, String body) throws IOException, InterruptedException {
        return HTTP.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/eureka/apps/" + path))
                .header("content-type", "application/json").method(method, HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    private static void register(String application, String id, int instancePort) throws IOException, InterruptedException {
        register(application, id, "a", instancePort, 0);
    }

    private static void register(String application, String id, String zone, int instancePort, int securePort)
            throws IOException, InterruptedException {
        assertThat(ask("POST", application.toUpperCase(Locale.ROOT),
                """
                {"instance":{"instanceId":"%1$s","hostName":"localhost","app":"%2$s","ipAddr":"127.0.0.1","status":"UP",
                 "port":{"$":%4$d,"@enabled":"true"},"vipAddress":"%3$s",
                 "securePort":{"$":%6$d,"@enabled":"true"},"secureVipAddress":"%3$s.safe",
                 "dataCenterInfo":{"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},
                 "metadata":{"zone":"%5$s"}}}""".formatted(id, application.toUpperCase(Locale.ROOT), application, instancePort,
                        zone,
                        securePort)))
                .isEqualTo(204);
    }

    @Test
    @Order(2)
    void instancesAreUsedWhileTheyAreUpAndAlsoWhileTheServerIsDown() throws Exception {
        try (TestUpstream one = TestUpstream.named("one");
                TestUpstream two = TestUpstream.named("two");
                TestGateway gateway = TestGateway.start()) {
            register("accounts", "one", one.port());
            gateway.apply(MAIN);
            String example = Guide.blocks(Guide.section(Guide.page("docs/registries.md"), "## Eureka"), "yaml").getFirst();
            gateway.apply(example.replace("10.0.0.8:8761", "127.0.0.1:" + port).replace("interval: 5s", "interval: 1s"));
            gateway.apply("""
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: HTTPRoute
                    metadata: {name: accounts}
                    spec:
                      parentRefs: [{name: main}]
                      rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: accounts}]}]
                    """);
            until("the first serves", () -> TestClient.get(gateway.port(8080), "/").status() == 200);
            register("accounts", "two", two.port());
            until("both serve", () -> TestClient.get(gateway.port(8080), "/").status() == 200 && !two.requests().isEmpty());

            assertThat(ask("PUT", "ACCOUNTS/two/status?value=OUT_OF_SERVICE", "")).isEqualTo(200);
            until("the second rests", () -> TestClient.get(gateway.adminPort(), "/registries").text().contains("\"resting\": 1"));
            int before = two.requests().size();
            for (int i = 0; i < 10; i++) {
                assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(200);
            }
            assertThat(two.requests()).hasSize(before);
            assertThat(ask("DELETE", "ACCOUNTS/two", "")).isEqualTo(200);
            until("the second is gone",
                    () -> TestClient.get(gateway.adminPort(), "/registries").text().contains("\"listed\": 1"));

            server.destroyForcibly().onExit().join();
            until("the outage is shown", () -> gateway.problems().toString().contains("Registry default/eureka"));
            assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(200);
        }
    }

    /// Passes requests on to the server, and records their paths.
    private static HttpServer relay(List<String> paths) throws IOException {
        HttpServer relay = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        relay.createContext("/", exchange -> {
            try (exchange) {
                paths.add(exchange.getRequestURI().getPath());
                HttpResponse<byte[]> answer = HTTP.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + exchange.getRequestURI()))
                                .header("accept", "application/json").build(),
                        HttpResponse.BodyHandlers.ofByteArray());
                exchange.sendResponseHeaders(answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
                exchange.getResponseBody().write(answer.body());
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        relay.start();
        return relay;
    }

    @Test
    @Order(1)
    void changesAreReadAndServicesAreFoundByTheirVipNamesAndPreferredInTheirZone() throws Exception {
        List<String> paths = new CopyOnWriteArrayList<>();
        HttpServer relay = relay(paths);
        try (TestUpstream one = TestUpstream.named("one");
                TestUpstream two = TestUpstream.named("two");
                TestUpstream secure = TestUpstream.named("secure");
                TestGateway gateway = TestGateway.start(Map.of("gateway.zone", "a"))) {
            register("payments", "one", "a", one.port(), secure.port());
            gateway.apply(MAIN);
            gateway.apply("""
                    apiVersion: jigress.io/v1
                    kind: Registry
                    metadata: {name: eureka}
                    spec: {type: eureka, servers: ["127.0.0.1:%d"], eureka: {interval: 1s}}
                    ---
                    apiVersion: jigress.io/v1
                    kind: Backend
                    metadata: {name: vip}
                    spec: {service: {registry: eureka, name: payments, lookup: vip}}
                    ---
                    apiVersion: jigress.io/v1
                    kind: Backend
                    metadata: {name: secure}
                    spec: {service: {registry: eureka, name: payments.safe, lookup: secureVip}}
                    ---
                    apiVersion: jigress.io/v1
                    kind: Backend
                    metadata: {name: near}
                    spec: {service: {registry: eureka, name: payments}}
                    ---
                    apiVersion: jigress.io/v1
                    kind: TrafficPolicy
                    metadata: {name: near}
                    spec:
                      targetRefs: [{group: jigress.io, kind: Backend, name: near}]
                      loadBalancing: {preferZone: true, minZonePercent: 40}
                    ---
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: HTTPRoute
                    metadata: {name: payments}
                    spec:
                      parentRefs: [{name: main}]
                      rules:
                        - matches: [{path: {value: /vip}}]
                          backendRefs: [{group: jigress.io, kind: Backend, name: vip}]
                        - matches: [{path: {value: /secure}}]
                          backendRefs: [{group: jigress.io, kind: Backend, name: secure}]
                        - matches: [{path: {value: /near}}]
                          backendRefs: [{group: jigress.io, kind: Backend, name: near}]
                    """.formatted(relay.getAddress().getPort()));
            assertThat(gateway.problems()).isEmpty();
            until("the VIP name serves", () -> TestClient.get(gateway.port(8080), "/vip").status() == 200);
            assertThat(one.requests()).isNotEmpty();
            until("the secure VIP name serves", () -> TestClient.get(gateway.port(8080), "/secure").status() == 200);
            assertThat(secure.requests()).isNotEmpty();

            // The answers of the server settle, and have the same hash as what is known here.
            until("only changes are read", () -> {
                List<String> last = List.copyOf(paths);
                return last.size() > 4
                        && last.subList(last.size() - 4, last.size()).stream().allMatch("/eureka/apps/delta"::equals);
            });
            long whole = paths.stream().filter("/eureka/apps/"::equals).count();
            register("payments", "two", "b", two.port(), 0);
            until("the second serves by the VIP name", () -> TestClient.get(gateway.port(8080), "/vip").status() == 200
                    && !two.requests().isEmpty());
            int before = two.requests().size();
            for (int i = 0; i < 10; i++) {
                assertThat(TestClient.get(gateway.port(8080), "/near").status()).isEqualTo(200);
            }
            assertThat(two.requests()).as("requests for the other zone").hasSize(before);
            assertThat(ask("DELETE", "PAYMENTS/two", "")).isEqualTo(200);
            until("the second is gone",
                    () -> !TestClient.get(gateway.adminPort(), "/registries").text().contains("\"listed\": 2"));
            assertThat(paths.stream().filter("/eureka/apps/"::equals).count()).as("everything was read again: %s", paths)
                    .isEqualTo(whole);
            assertThat(ask("DELETE", "PAYMENTS/one", "")).isEqualTo(200);
        } finally {
            relay.stop(0);
        }
    }

    /// Follows the page about gray releases.
    @Test
    @Order(1)
    void requestsMoveFromEurekaToNacos() throws Exception {
        NacosServer nacos = NacosServer.get();
        try (TestUpstream one = TestUpstream.named("one");
                TestUpstream two = TestUpstream.named("two");
                NacosRegistrant _ = NacosRegistrant.register(nacos, "billing", two.port());
                TestGateway gateway = TestGateway.start()) {
            register("billing", "one", one.port());
            gateway.apply(MAIN);
            String example = Guide
                    .blocks(Guide.section(Guide.page("docs/gray-releases.md"), "## From one registry to another"), "yaml")
                    .getFirst().replace("\"127.0.0.1:8761\"]", "\"127.0.0.1:" + port + "\"], eureka: {interval: 1s}");
            gateway.apply("""
                    apiVersion: jigress.io/v1
                    kind: Registry
                    metadata: {name: nacos}
                    spec: {type: nacos, servers: ["%s"]}
                    """.formatted(nacos.address()));
            gateway.apply(example);
            int before = two.requests().size();
            until("some requests go to the service of Nacos",
                    () -> TestClient.get(gateway.port(8080), "/billing").status() == 200 && two.requests().size() > before);
            gateway.apply(example.replace("weight: 90", "weight: 0").replace("weight: 10", "weight: 100"));
            int moved = two.requests().size();
            for (int i = 0; i < 10; i++) {
                assertThat(TestClient.get(gateway.port(8080), "/billing").status()).isEqualTo(200);
            }
            assertThat(two.requests()).hasSize(moved + 10);

            // The service of Eureka gets copies.
            int copied = one.requests().size();
            String copy = "{type: RequestMirror, requestMirror: {backendRef: {group: jigress.io, kind: Backend, name: billing-eureka}}}";
            gateway.apply(example.replace("weight: 90", "weight: 0").replace("- matches:",
                    "- filters: [" + copy + "]\n      matches:"));
            assertThat(gateway.problems()).isEmpty();
            AtomicInteger sent = new AtomicInteger();
            until("a copy arrives", () -> {
                sent.incrementAndGet();
                return TestClient.get(gateway.port(8080), "/billing").status() == 200 && one.requests().size() > copied;
            });
            assertThat(two.requests()).hasSize(moved + 10 + sent.get());
        }
    }
}
