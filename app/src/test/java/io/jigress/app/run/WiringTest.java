package io.jigress.app.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class WiringTest {
    @TempDir private Path folder;

    /// A port below the kernel's range of ephemeral ports, so that it stays free until it is used.
    public static int freePort() throws IOException {
        for (int i = 0; i < 100; i++) {
            int port = ThreadLocalRandom.current().nextInt(10_000, 20_000);
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (BindException _) {
                // The next attempt finds another.
            }
        }
        throw new IOException("no port is free");
    }

    private static Settings settings(int port) {
        return Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.PORTS_HTTP, port, "test")
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test");
    }

    @Test
    void oneUpstreamIsServedWithoutAnyFile() throws Exception {
        int port = freePort();
        try (TestUpstream upstream = TestUpstream.named("only")) {
            Settings settings = settings(port).with(KnownSettings.CONFIG_TO, "http://" + upstream.authority(), "test");
            try (Wiring wiring = Wiring.start(settings, folder)) {
                assertThat(TestClient.get(port, "/any?thing=1").status()).isEqualTo(200);
                assertThat(upstream.lastRequest().target()).isEqualTo("/any?thing=1");
                assertThat(wiring.live().problems()).isEmpty();
            }
        }
    }

    @Test
    void savingAFileAppliesIt() throws Exception {
        int port = freePort();
        Files.createDirectory(folder.resolve("conf"));
        try (TestUpstream one = TestUpstream.named("one"); TestUpstream two = TestUpstream.named("two")) {
            write(port, one);
            Settings settings = settings(port).with(KnownSettings.CONFIG_FOLDER, "conf", "test");
            try (Wiring _ = Wiring.start(settings, folder); TestClient client = TestClient.connect(port)) {
                assertThat(client.request("GET", "/").status()).isEqualTo(200);
                assertThat(one.requests()).hasSize(1);

                write(port, two);
                while (two.requests().isEmpty()) {
                    assertThat(client.request("GET", "/").status()).isEqualTo(200);
                }
            }
        }
    }

    private void write(int port, TestUpstream upstream) throws IOException {
        Files.writeString(folder.resolve("conf/all.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: %d, protocol: HTTP}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: shop}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                    - backendRefs: [{group: jigress.io, kind: Backend, name: shop}]
                """.formatted(port, upstream.port()));
    }

    /// As with `cat`, `scp` or a slow disk: the file is truncated, then written in parts.
    @Test
    void aFileThatIsWrittenInPiecesFailsNoRequest() throws Exception {
        int port = freePort();
        Files.createDirectory(folder.resolve("conf"));
        Path file = folder.resolve("conf/routes.yaml");
        int routes = 6;
        try (TestUpstream upstream = TestUpstream.named("one")) {
            write(port, upstream);
            Path base = folder.resolve("conf/all.yaml");
            Files.writeString(base,
                    Files.readString(base).replace("- backendRefs", "- matches: [{path: {value: /shop}}]\n      backendRefs"));
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < routes; i++) {
                all.append(route("old-" + i));
            }
            Files.writeString(file, all);
            Settings settings = settings(port).with(KnownSettings.CONFIG_FOLDER, "conf", "test")
                    .with(KnownSettings.CONFIG_FOLDER_VANISH, Duration.ofMinutes(1), "test");
            try (Wiring wiring = Wiring.start(settings, folder)) {
                Files.writeString(file, "");
                for (int piece = 0; piece < routes; piece++) {
                    Files.writeString(file, route("old-" + piece) + route("new-" + piece), StandardOpenOption.APPEND);
                    while (TestClient.get(port, "/new-" + piece).status() != 200) {
                        Poll.pause();
                    }
                    for (int i = 0; i < routes; i++) {
                        assertThat(TestClient.get(port, "/old-" + i).status()).as("route %s after piece %s", i, piece)
                                .isEqualTo(200);
                    }
                }
                assertThat(wiring.live().problems()).isEmpty();
            }
        }
    }

    private static String route(String name) {
        return """
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: %s}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                    - matches: [{path: {type: Exact, value: /%s}}]
                      backendRefs: [{group: jigress.io, kind: Backend, name: shop}]
                """.formatted(name, name);
    }

    @Test
    void theLastGoodStateServesWithoutTheFolder() throws Exception {
        int port = freePort();
        Files.createDirectory(folder.resolve("conf"));
        try (TestUpstream upstream = TestUpstream.named("one")) {
            write(port, upstream);
            Settings settings = settings(port).with(KnownSettings.CONFIG_FOLDER, "conf", "test").with(KnownSettings.STATE_FOLDER,
                    "state", "test");
            Wiring.start(settings, folder).close();
            Files.delete(folder.resolve("conf/all.yaml"));
            Files.delete(folder.resolve("conf"));

            try (Wiring wiring = Wiring.start(settings, folder)) {
                assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
                assertThat(wiring.live().problems()).anyMatch(problem -> problem.what().contains("last good state"));
            }
        }
    }

    @Test
    void portsThatAreTakenAreSaid() throws Exception {
        int port = freePort();
        Settings settings = settings(port).with(KnownSettings.CONFIG_TO, "http://127.0.0.1:1", "test");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> Wiring.start(settings.with(KnownSettings.PORTS_HTTP, taken.getLocalPort(), "test"), folder))
                    .isInstanceOf(CannotStart.class)
                    .hasMessageContaining(Integer.toString(taken.getLocalPort()));
            assertThatThrownBy(() -> Wiring.start(
                    settings.with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", taken.getLocalPort()), "test"),
                    folder))
                    .isInstanceOf(CannotStart.class)
                    .hasMessageContaining("admin.address: cannot listen on 127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void aStartThatFailsLeavesNothingRunning() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Settings settings = settings(freePort()).with(KnownSettings.CONFIG_TO, "http://127.0.0.1:1", "test")
                    .with(KnownSettings.WAF_AUDIT_LOG, "audit.log", "test");
            ListenAddress address = new ListenAddress("127.0.0.1", taken.getLocalPort());
            assertThatThrownBy(() -> Wiring.start(settings.with(KnownSettings.ADMIN_ADDRESS, address, "test"), folder))
                    .isInstanceOf(CannotStart.class);
            assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName).doesNotContain("waf-audit", "reconciler");
        }
    }

    @Test
    void aGatewayWithoutItsAddressOrPortIsAProblemAndTheOthersServe() throws Exception {
        int port = freePort();
        Files.createDirectory(folder.resolve("conf"));
        try (TestUpstream upstream = TestUpstream.named("one");
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            write(port, upstream);
            Files.writeString(folder.resolve("conf/bad.yaml"), """
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: Gateway
                    metadata: {name: elsewhere}
                    spec:
                      gatewayClassName: jigress
                      addresses: [{value: 203.0.113.7}]
                      listeners: [{name: http, port: %d, protocol: HTTP}]
                    ---
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: Gateway
                    metadata: {name: taken}
                    spec:
                      gatewayClassName: jigress
                      listeners: [{name: http, port: %d, protocol: HTTP}]
                    """.formatted(port, taken.getLocalPort()));
            Settings settings = settings(port).with(KnownSettings.CONFIG_FOLDER, "conf", "test");
            try (Wiring wiring = Wiring.start(settings, folder)) {
                assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
                assertThat(wiring.live().problems()).extracting(problem -> problem.resource() + " " + problem.path())
                        .containsExactlyInAnyOrder("Gateway default/elsewhere spec.addresses",
                                "Gateway default/taken spec.listeners[0].port");
                int admin = wiring.adminAddress().orElseThrow().getPort();
                assertThat(TestClient.get(admin, "/config/statuses?name=elsewhere").text()).contains("AddressNotUsable");
                assertThat(TestClient.get(admin, "/config/statuses?name=taken").text()).contains("PortUnavailable");
                assertThat(TestClient.get(admin, "/readyz").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void anotherGatewayDoesNotShareThePort() throws Exception {
        int port = freePort();
        Settings settings = settings(port).with(KnownSettings.CONFIG_TO, "http://127.0.0.1:1", "test");
        try (Wiring _ = Wiring.start(settings, folder)) {
            assertThatThrownBy(() -> Wiring.start(settings, folder)).isInstanceOf(CannotStart.class)
                    .hasMessageContaining(Integer.toString(port));
        }
    }

    @Test
    void theAdminPortAnswers() throws Exception {
        int port = freePort();
        Settings settings = settings(port).with(KnownSettings.CONFIG_TO, "http://127.0.0.1:1", "test");
        try (Wiring wiring = Wiring.start(settings, folder)) {
            int admin = wiring.adminAddress().orElseThrow().getPort();
            for (String path : new String[] {"/", "/config/resources", "/config/problems", "/config/statuses", "/config/revision",
                "/memory",
                "/settings", "/healthz", "/readyz", "/metrics", "/log-level", "/explain?url=http://localhost/"}) {
                ReceivedResponse response = TestClient.get(admin, path);
                assertThat(response.status()).as(path).isEqualTo(200);
                assertThat(response.body()).as(path).isNotEmpty();
            }
            assertThat(TestClient.get(admin, "/explain?url=nonsense://").status()).isEqualTo(400);
            assertThat(TestClient.get(admin, "/config/resources?kind=Backend").text())
                    .contains("\"source\": \"--to http://127.0.0.1:1\"");
        }
    }

    @Test
    void theLogLevelChangesAtRunTime() throws Exception {
        int port = freePort();
        Settings settings = settings(port).with(KnownSettings.CONFIG_TO, "http://127.0.0.1:1", "test");
        try (Wiring wiring = Wiring.start(settings, folder);
                TestClient client = TestClient.connect(wiring.adminAddress().orElseThrow())) {
            assertThat(client.request("PUT", "/log-level?level=error&logger=io.jigress.nowhere").text())
                    .contains("\"level\": \"error\"");
            assertThat(client.request("GET", "/log-level?logger=io.jigress.nowhere.deeper").text())
                    .contains("\"level\": \"error\"");
            assertThat(client.request("PUT", "/log-level?level=loud").status()).isEqualTo(400);
            assertThat(client.request("PUT", "/log-level?level=debug&logger=upstrem").text()).contains("did you mean",
                    "upstream");
        }
    }

    @Test
    void probesHaveAPortOfTheirOwn() throws Exception {
        int health = freePort();
        Settings settings = settings(freePort()).with(KnownSettings.CONFIG_TO, "http://127.0.0.1:1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, ListenAddress.OFF, "test")
                .with(KnownSettings.HEALTH_ADDRESS, new ListenAddress("127.0.0.1", health), "test");
        try (Wiring wiring = Wiring.start(settings, folder)) {
            assertThat(wiring.adminAddress()).isEmpty();
            assertThat(TestClient.get(health, "/readyz").status()).isEqualTo(200);
            assertThat(TestClient.get(health, "/metrics").text()).contains("jigress_");
            assertThat(TestClient.get(health, "/config/resources").status()).isEqualTo(404);
        }
    }

    @Test
    void theErrorPageIsReplaced() throws Exception {
        int port = freePort();
        Files.writeString(folder.resolve("page.html"), "<h1>{status}</h1> {id}");
        Settings settings = settings(port).with(KnownSettings.CONFIG_TO, "http://127.0.0.1:1", "test")
                .with(KnownSettings.ERROR_PAGE, "page.html", "test");
        try (Wiring _ = Wiring.start(settings, folder)) {
            assertThat(TestClient.get(port, "/").text()).matches("<h1>502</h1> \\S+");
        }
        assertThatThrownBy(() -> Wiring.start(settings.with(KnownSettings.ERROR_PAGE, "none.html", "test"), folder))
                .isInstanceOf(CannotStart.class).hasMessageContaining("error.page: none.html");
    }

    /// Draining as a load balancer sees it: readiness fails, while connections that arrived in time are served.
    @Test
    void drainingFailsReadyzFirstAndFinishesWhatIsInFlight() throws Exception {
        int port = freePort();
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        try (TestUpstream upstream = TestUpstream.start(call -> {
            call.request();
            arrived.countDown();
            call.await(goOn).write(Reply.ok("late"));
        })) {
            Settings settings = settings(port).with(KnownSettings.CONFIG_TO, "http://" + upstream.authority(), "test")
                    .with(KnownSettings.DRAIN_DELAY, Duration.ofSeconds(1), "test");
            Wiring wiring = Wiring.start(settings, folder);
            try (TestClient client = TestClient.connect(port);
                    TestClient probe = TestClient.connect(wiring.adminAddress().orElseThrow())) {
                client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
                CompletableFuture<Void> drained = CompletableFuture.runAsync(wiring::drain);
                ReceivedResponse ready = probe.request("GET", "/readyz");
                while (ready.status() == 200) {
                    ready = probe.request("GET", "/readyz");
                }
                assertThat(ready.text()).contains("draining");
                TestClient.connect(port).close();
                awaitRefusal(port);
                assertThat(drained).isNotDone();

                goOn.countDown();
                ReceivedResponse late = client.readResponse();
                assertThat(late.text()).isEqualTo("late");
                assertThat(late.headers().first("connection")).isEqualToIgnoringCase("close");
                drained.get(20, TimeUnit.SECONDS);
                client.assertClosed();
            }
        }
    }

    private static void awaitRefusal(int port) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() - end < 0) {
            try {
                TestClient.connect(port).close();
            } catch (UncheckedIOException _) {
                return;
            }
            LockSupport.parkNanos(1_000_000);
        }
        throw new AssertionError("port " + port + " still takes connections");
    }
}
