package io.jigress.plugins.jar;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.plugins.process.PluginGateway;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestRegistry;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Plugins in Java, in a gateway.
@Timeout(60)
class JarPluginTest {
    private static final String LATCH = "jigress.test.latch";

    @TempDir private static Path built;
    private static Path jar;

    @TempDir private Path folder;
    private final CountDownLatch latch = new CountDownLatch(1);
    private TestUpstream upstream;

    @BeforeAll
    static void build() {
        jar = JarBuilder.testPlugins(built);
    }

    @BeforeEach
    void start() {
        System.getProperties().put(LATCH, latch);
        upstream = TestUpstream.named("a");
    }

    @AfterEach
    void end() {
        latch.countDown();
        System.getProperties().remove(LATCH);
        upstream.close();
    }

    private JarFactory factory() {
        return JarFactory.of(new JarRuntime(folder.resolve("jars"), null));
    }

    private static String config(String url, String factory, String more) {
        return "{'name': 'test/jar', 'url': '" + url + "', 'factory': '" + factory + "', 'config': {'word': 'hello'}" + more
                + "}";
    }

    private PluginGateway gateway(String factory, String more) {
        return gateway(new PluginGateway.Plugin(factory(), config(jar.toUri().toString(), factory, more), List.of()));
    }

    private PluginGateway gateway(PluginGateway.Plugin plugin) {
        return PluginGateway.to(upstream.address()).loops(2).plugin(plugin).start();
    }

    private static ReceivedResponse get(PluginGateway gateway, String mode) {
        return TestClient.get(gateway.port(), "/", "x-mode: " + mode);
    }

    private String word() {
        return String.valueOf(upstream.lastRequest().headers().first("x-word"));
    }

    // ---- what plugins do

    @Test
    void anEventStylePluginChangesRequests() {
        try (PluginGateway gateway = gateway("event", "")) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(word()).isEqualTo("hello");
            for (String mode : List.of("thread", "timer")) {
                assertThat(get(gateway, mode).status()).isEqualTo(200);
                assertThat(word()).isEqualTo("hello");
            }
        }
    }

    @Test
    void aBlockingPluginAsksAnotherService() {
        try (TestUpstream asked = TestUpstream.named("asked");
                PluginGateway gateway = gateway("blocking", ", 'limits': {'deadline': '20s'}")) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(word()).isEqualTo("hello");
            assertThat(get(gateway, "http://" + asked.authority() + "/who").status()).isEqualTo(200);
            assertThat(word()).isEqualTo("asked");
            assertThat(get(gateway, "respond").text()).isEqualTo("not you");
            assertThat(get(gateway, "loader").status()).isEqualTo(200);
            assertThat(word()).isEqualTo("plugin test/jar");
        }
    }

    @Test
    void aPluginSeesTheApiAndTheJdkAndNothingElse() {
        try (PluginGateway gateway = gateway("event", "")) {
            assertThat(get(gateway, "reach").status()).isEqualTo(200);
            assertThat(word()).isEqualTo("Json ByteBuf Logger Nullable Driver");
        }
    }

    // ---- what is wrong with plugins

    @Test
    void whatAPluginThrowsGetsItsFailMode() {
        for (String mode : List.of("throw", "overflow", "linkage", "null", "throw-later")) {
            try (PluginGateway gateway = gateway("event", "")) {
                assertThat(get(gateway, mode).status()).as(mode).isEqualTo(500);
                assertThat(upstream.requests()).isEmpty();
                gateway.awaitMetric("jigress_filter_jar_failures_total", 1);
            }
        }
    }

    @Test
    void aPluginThatFailsOpenIsLeftOut() {
        try (PluginGateway gateway = gateway("event", ", 'failStrategy': 'FAIL_OPEN'")) {
            for (int i = 0; i < 10; i++) {
                assertThat(get(gateway, "throw").status()).isEqualTo(200);
            }
            gateway.awaitMetric("jigress_filter_jar_quarantines_total", 1);
            assertThat(gateway.metric("jigress_filter_jar_requests_without_plugin_total")).isPositive();
        }
    }

    @Test
    void fiveFailuresInARowAreAQuarantine() {
        try (PluginGateway gateway = gateway("event", "")) {
            for (int i = 0; i < 4; i++) {
                assertThat(get(gateway, "throw").status()).isEqualTo(500);
            }
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            for (int i = 0; i < 5; i++) {
                assertThat(get(gateway, "throw").status()).isEqualTo(500);
            }
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(503);
            while (TestClient.get(gateway.port(), "/").status() == 503) {
                // It is tried again after a second.
                Poll.pause();
            }
        }
    }

    @Test
    void resumptionsThatHaveNoEffectAreCounted() {
        try (PluginGateway gateway = gateway("event", "")) {
            assertThat(get(gateway, "twice").status()).isEqualTo(200);
            TestClient.get(gateway.port(), "/");
            assertThat(get(gateway, "never").status()).isEqualTo(504);
            gateway.awaitMetric("jigress_filter_jar_late_total", 1);
            assertThat(get(gateway, "late").status()).isEqualTo(504);
            gateway.awaitMetric("jigress_filter_jar_late_total", 2);
            assertThat(get(gateway, "elsewhere").status()).isEqualTo(200);
            assertThat(word()).isEqualTo("refused");
            while (gateway.metric("jigress_filter_jar_misuses_total") < 3) {
                TestClient.get(gateway.port(), "/");
            }
        }
    }

    @Test
    void aBlockingCallIsAnsweredAtItsDeadline() {
        try (PluginGateway gateway = gateway("blocking", ", 'limits': {'deadline': '50ms'}")) {
            assertThat(get(gateway, "throw").status()).isEqualTo(500);
            gateway.awaitMetric("jigress_filter_jar_failures_total", 1);
            assertThat(get(gateway, "wait").status()).isEqualTo(500);
            gateway.awaitMetric("jigress_filter_jar_late_total", 1);
            assertThat(gateway.metric("jigress_filter_jar_quarantines_total")).isZero();
        }
    }

    @Test
    void twoCallsThatDoNotEndAreAQuarantine() {
        try (PluginGateway gateway = gateway("blocking", ", 'limits': {'deadline': '50ms'}")) {
            assertThat(get(gateway, "spin").status()).isEqualTo(500);
            assertThat(get(gateway, "spin").status()).isEqualTo(500);
            while (TestClient.get(gateway.port(), "/").status() != 503) {
                // The second one counts 100 ms after its deadline.
                Poll.pause();
            }
            // As long as the calls have not ended, it is not tried again.
            latch.countDown();
            while (TestClient.get(gateway.port(), "/").status() == 503) {
                Poll.pause();
            }
            gateway.awaitMetric("jigress_filter_jar_quarantines_total", 1);
        }
    }

    /// As many calls loop as there are processors that carry virtual threads, on a machine with two.
    @Test
    void whileTwoCallsDoNotEndOtherPluginsAreServed() {
        String limits = ", 'limits': {'deadline': '50ms'}";
        try (PluginGateway gateway = gateway("blocking", limits)) {
            assertThat(get(gateway, "spin").status()).isEqualTo(500);
            assertThat(get(gateway, "spin").status()).isEqualTo(500);
            while (TestClient.get(gateway.port(), "/").status() != 503) {
                // The second one counts 100 ms after its deadline.
                Poll.pause();
            }
            while (gateway.faults().isEmpty()) {
                Poll.pause();
            }
            assertThat(gateway.faults()).singleElement().asString().contains("2 calls did not end", "TestPlugins");
            gateway.replace(new PluginGateway.Plugin(factory(),
                    config(jar.toUri().toString(), "blocking", ", 'limits': {'deadline': '20s'}"), List.of()));
            for (int i = 0; i < 20; i++) {
                assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
                assertThat(word()).isEqualTo("hello");
            }
        }
    }

    @Test
    void aCallbackThatHoldsAnEventLoopIsAQuarantineAndOtherLoopsGoOn() throws InterruptedException {
        List<TestClient> clients = new ArrayList<>();
        try (PluginGateway gateway = gateway("event", ""); TestClient held = TestClient.connect(gateway.port())) {
            for (int i = 0; i < 16; i++) {
                clients.add(TestClient.connect(gateway.port()));
            }
            held.send(TestClient.head("GET", "/", "x-mode: spin") + "\r\n");
            // Those of the other event loop are answered, and soon in the fail mode.
            CountDownLatch refused = new CountDownLatch(1);
            for (TestClient client : clients) {
                Thread.ofVirtual().start(() -> {
                    while (client.request("GET", "/").status() == 200) {
                        Poll.pause();
                    }
                    refused.countDown();
                });
            }
            assertThat(refused.await(20, TimeUnit.SECONDS)).isTrue();
            while (gateway.faults().isEmpty()) {
                Poll.pause();
            }
            assertThat(gateway.faults()).singleElement().asString().contains("Plugin test/jar", "holds event loop",
                    "test.plugin.TestPlugins", "answered with 503");
            latch.countDown();
            assertThat(held.readResponse().status()).isEqualTo(200);
            gateway.awaitMetric("jigress_filter_jar_holds_total", 1);
        } finally {
            latch.countDown();
            clients.forEach(TestClient::close);
        }
    }

    // ---- where the code comes from

    private List<String> faultsOf(String url, String factory, String more) {
        try (PluginGateway gateway = gateway(new PluginGateway.Plugin(factory(), config(url, factory, more), List.of()))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(503);
            while (gateway.faults().isEmpty()) {
                Poll.pause();
            }
            return gateway.faults();
        }
    }

    private void assertServes(JarFactory factory, String url) {
        try (PluginGateway gateway = gateway(new PluginGateway.Plugin(factory, config(url, "event", ""), List.of()))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(word()).isEqualTo("hello");
        }
    }

    @Test
    void aJarComesFromAFolderAServerARegistryOrAMavenRepository() throws IOException {
        byte[] bytes = Files.readAllBytes(jar);
        Path several = Files.createDirectory(folder.resolve("several"));
        Files.copy(jar, several.resolve("a.jar"));
        Files.writeString(several.resolve("readme.txt"), "x");
        assertServes(factory(), several.toUri().toString());
        try (TestRegistry registry = new TestRegistry().open()) {
            registry.file("plugin.jar", bytes);
            assertServes(factory(), "http://" + registry.address() + "/files/plugin.jar");
            registry.push("1", "application/java-archive", bytes, "");
            assertServes(factory(), registry.image("1"));
            registry.push("2", "application/vnd.oci.image.layer.v1.tar+gzip", TestRegistry.tarGz("./plugin.jar", bytes), "");
            assertServes(factory(), registry.image("2"));
            registry.file("org/example/check/1.2/check-1.2.jar", bytes);
            JarFactory maven = JarFactory.of(new JarRuntime(folder.resolve("jars"), "http://" + registry.address() + "/files"));
            assertServes(maven, "maven:org.example:check:1.2");
        }
    }

    @Test
    void whatIsWrongWithAJarIsNamed() throws IOException {
        String url = jar.toUri().toString();
        assertThat(faultsOf(folder.resolve("missing.jar").toUri().toString(), "event", "")).singleElement().asString()
                .contains("missing.jar does not exist");
        assertThat(faultsOf(url, "event", ", 'sha256': '" + "0".repeat(64) + "'")).singleElement().asString()
                .contains("has the SHA-256");
        assertThat(faultsOf(url, "other", "")).singleElement().asString().contains("no factory \"other\"", "blocking, event");
        assertThat(faultsOf(url, "", "")).singleElement().asString().contains("has 2 factories: blocking, event");
        Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
        assertThat(faultsOf(text.toUri().toString(), "event", "")).singleElement().asString().contains("names no factory");
        Path broken = JarBuilder.build(folder, "broken", Map.of("p/Broken.java", "package p; public class Broken {}"),
                List.of("p.Broken"));
        assertThat(faultsOf(broken.toUri().toString(), "", "")).singleElement().asString()
                .contains("factory that cannot be loaded");
    }

    @Test
    void aJarForALaterJavaOrAnotherPlatformIsNotLoaded() throws IOException {
        Path later = JarBuilder.ofLaterJava(jar, folder.resolve("later.jar"));
        assertThat(faultsOf(later.toUri().toString(), "event", "")).singleElement().asString()
                .contains("later.jar has a factory that cannot be loaded",
                        "compiled by a more recent version of the Java Runtime");
        try (TestRegistry registry = new TestRegistry().open()) {
            String digest = registry.push("one", "application/java-archive", Files.readAllBytes(jar), "");
            registry.manifest("1", "{\"manifests\": [{\"digest\": \"sha256:" + digest
                    + "\", \"platform\": {\"os\": \"plan9\", \"architecture\": \"mips\"}}]}");
            assertThat(faultsOf(registry.image("1"), "event", "")).singleElement().asString()
                    .contains("plugins/auth:1 is for plan9/mips (expected: ");
        }
    }

    @Test
    void aMavenCoordinateNeedsARepository() {
        assertThat(FilterTester.issues(factory(), "{'url': 'maven:org.example:check:1.2'}")).singleElement().asString()
                .contains("url", "no repository is set", "plugins.maven.repository");
    }

    @Test
    void aConfigurationThatThePluginDoesNotAcceptIsNamed() {
        PluginGateway.Plugin plugin = new PluginGateway.Plugin(factory(),
                "{'name': 'test/jar', 'url': '" + jar.toUri() + "', 'factory': 'event', 'config': {'word': ''}}", List.of());
        try (PluginGateway gateway = gateway(plugin)) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(503);
            while (gateway.faults().isEmpty()) {
                Poll.pause();
            }
            assertThat(gateway.faults()).singleElement().asString()
                    .contains("does not accept its configuration: config.word is empty (expected: a word)");
        }
    }
}
