package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The program in a process of its own, which receives real signals.
@Timeout(60)
class ProcessTest {
    @TempDir private Path folder;

    @Test
    @Tag("suite")
    void toldToEndItDrainsAndEndsWith0WhileAnotherTakesOverItsPort() throws Exception {
        Assumptions.assumeThat(Epoll.isAvailable()).isTrue();
        int port = WiringTest.freePort();
        try (TestUpstream one = TestUpstream.named("one"); TestUpstream two = TestUpstream.named("two")) {
            Process first = start("run", "--to", "http://" + one.authority(), "--port", Integer.toString(port), "--admin", "off",
                    "--log-level", "warn", "--set", "gateway.address=127.0.0.1", "--set", "drain.delay=3s");
            try {
                awaitListening(first, port);
                try (TestClient idle = TestClient.connect(port)) {
                    assertThat(idle.request("GET", "/").text()).isEqualTo("one");
                    first.destroy();
                    ReceivedResponse response = TestClient.get(port, "/");
                    while (!response.headers().contains("connection")) {
                        response = TestClient.get(port, "/");
                    }
                    try (Wiring _ = Wiring.start(settings(port, two), folder)) {
                        while (first.isAlive()) {
                            assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
                        }
                        assertThat(first.waitFor()).isZero();
                        idle.assertClosed();
                        for (int i = 0; i < 20; i++) {
                            assertThat(TestClient.get(port, "/").text()).isEqualTo("two");
                        }
                    }
                }
                assertThat(Files.readString(folder.resolve("output"))).isEmpty();
            } finally {
                first.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void hangingUpOpensTheAccessLogAgainAndEndsNothing() throws Exception {
        Path log = folder.resolve("access.log");
        Path settings = Files.writeString(folder.resolve("settings.yaml"), "log.format: text\n");
        try (TestUpstream upstream = TestUpstream.named("only");
                // env: the signal would be ignored if the tests were started by nohup.
                GatewayProcess gateway = GatewayProcess.run(List.of("env", "--default-signal=HUP"), List.of(), folder, "--to",
                        "http://" + upstream.authority(),
                        "--port", Integer.toString(WiringTest.freePort()), "--settings", settings.toString(), "--set",
                        "access.log.enabled=true", "--set", "access.log.path=" + log)) {
            assertThat(gateway.log()).allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\S+ (INFO |WARN ) [a-z-]+: .*"));

            Files.writeString(settings, "log.format: json\ndrain.delay: 1s\n");
            Files.move(log, folder.resolve("access.log.1"));
            gateway.hangUp();
            gateway.await("drain.delay is now 1s and takes effect at the next start; until then it stays 0s");
            gateway.await("\"message\":\"settings were read again, log files opened again\"");
            while (!Files.exists(log)) {
                LockSupport.parkNanos(5_000_000);
            }
            assertThat(gateway.end()).isZero();
        }
    }

    @Test
    @Tag("suite")
    void theLogSaysThatSomeRoutesAreNotReadyYet() throws Exception {
        Files.writeString(folder.resolve("shop.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec: {gatewayClassName: jigress, listeners: [{name: http, port: %d, protocol: HTTP}]}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: shop}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: shop}
                spec: {service: {registry: none, name: shop}}
                ---
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: none}
                spec: {type: consul, servers: ["127.0.0.1:1"]}
                """.formatted(WiringTest.freePort()));
        try (GatewayProcess gateway = GatewayProcess.run(List.of(), List.of(), folder, "--config", folder.toString(), "--set",
                "warm.timeout=1m")) {
            gateway.await(
                    ": ready, but for routes that wait for endpoints or filters: /readyz answers 503 until these are there, "
                            + "at most for 1m");
            assertThat(TestClient.get(gateway.adminPort(), "/readyz").status()).isEqualTo(503);
            assertThat(gateway.end()).isZero();
        }
    }

    @Test
    @Tag("suite")
    void aGatewayWithoutARegistryLoadsNoClassOfOne() throws Exception {
        int port = WiringTest.freePort();
        try (TestUpstream upstream = TestUpstream.named("one");
                GatewayProcess gateway = GatewayProcess.run(List.of(), List.of("-Xlog:class+load:file=classes.log"), folder,
                        "--to",
                        "http://" + upstream.authority(), "--port", Integer.toString(port))) {
            assertThat(TestClient.get(port, "/").text()).isEqualTo("one");
            assertThat(TestClient.get(gateway.adminPort(), "/registries").status()).isEqualTo(200);
            assertThat(gateway.end()).isZero();
        }
        assertThat(Files.readString(folder.resolve("classes.log"))).contains("io.jigress.sources.registry.RegistryDirectory")
                .doesNotContain("com.alibaba.", "io.jigress.sources.nacos.", "org.apache.curator.", "org.apache.zookeeper.",
                        "java.net.http.", "com.fasterxml.jackson.databind.");
    }

    private static Settings settings(int port, TestUpstream upstream) {
        return Settings.defaults(new Machine(2, 512 << 20))
                .with(KnownSettings.PORTS_HTTP, port, "test")
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, ListenAddress.OFF, "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.CONFIG_TO, "http://" + upstream.authority(), "test");
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile()).start();
    }

    /// Waits for a response: connecting repeatedly to a free port of the same machine eventually connects the socket to itself.
    private static void awaitListening(Process process, int port) {
        boolean listening = false;
        while (!listening) {
            assertThat(process.isAlive()).isTrue();
            try {
                listening = TestClient.get(port, "/").status() == 200;
            } catch (RuntimeException | AssertionError _) {
                LockSupport.parkNanos(5_000_000);
            }
        }
    }
}
