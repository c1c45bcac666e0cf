package io.jigress.app.registry;

import static io.jigress.app.Awaited.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.app.ProcessRun;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.sources.nacos.NacosAddress;
import io.jigress.sources.nacos.NacosFault;
import io.jigress.sources.nacos.NacosStore;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Gateways whose configuration is in a real Nacos server.
@Tag("suite")
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NacosConfigTest {

    @TempDir private Path folder;
    private NacosServer server;
    private TestUpstream one;
    private TestUpstream two;
    private String url;
    private int port;
    private int second;

    @BeforeEach
    void start(TestInfo test) throws IOException {
        server = NacosServer.get();
        one = TestUpstream.named("one");
        two = TestUpstream.named("two");
        // Each test has a group of its own.
        url = "nacos://" + server.address() + "?group=" + test.getTestMethod().orElseThrow().getName();
        port = WiringTest.freePort();
        second = WiringTest.freePort();
        Files.createDirectories(folder.resolve("conf/shop"));
    }

    @AfterEach
    void stop() throws Exception {
        if (one != null) {
            server.ensureRunning();
            one.close();
            two.close();
        }
    }

    private Settings settings(String... sources) {
        return Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.CONFIG_SOURCES, List.of(sources), "test");
    }

    private static String gateway(int port) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: %d, protocol: HTTP}]
                """.formatted(port);
    }

    private static String route(TestUpstream upstream) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: all}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: one}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: one}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                """.formatted(upstream.port());
    }

    private void write(String file, String yaml) throws IOException {
        Files.writeString(folder.resolve("conf").resolve(file), yaml);
    }

    /// @param more options
    private String push(String... more) {
        ProcessRun run = new ProcessRun(folder);
        List<String> arguments = new ArrayList<>(List.of("push", "conf", url));
        arguments.addAll(List.of(more));
        assertThat(run.run(arguments.toArray(String[]::new))).as(run.err()).isZero();
        return run.out();
    }

    private NacosStore store() throws Exception {
        return NacosStore.open(NacosAddress.parse(url), Map.of());
    }

    /// A server pushes a deletion a moment before its queries return it.
    private static void gone(NacosStore store, String dataId) {
        until(dataId + " is gone", () -> {
            try {
                return store.query(dataId) == null;
            } catch (NacosFault e) {
                throw new AssertionError(e);
            }
        });
    }

    /// A server accepts a text a moment before its queries return it.
    private static NacosStore.Content appeared(NacosStore store, String dataId, String text) {
        AtomicReference<NacosStore.Content> read = new AtomicReference<>();
        until(dataId + " is " + text, () -> {
            try {
                read.set(store.query(dataId));
                return read.get() != null && read.get().text().equals(text);
            } catch (NacosFault e) {
                throw new AssertionError(e);
            }
        });
        return read.get();
    }

    private static boolean servedBy(TestUpstream upstream, int port) {
        int before = upstream.requests().size();
        return TestClient.get(port, "/").status() == 200 && upstream.requests().size() > before;
    }

    private static String problems(Wiring wiring) {
        return wiring.live().problems().stream().map(problem -> problem.source() + ": " + problem).toList().toString();
    }

    @Test
    @Order(1)
    void whatIsPushedIsServedByTwoGatewaysThatAgreeWithinASecond() throws Exception {
        write("gateway.yaml", "# a part: each gateway has its own listener here: both run on this machine\n");
        write("shop/routes.yaml", route(one));
        Files.createDirectories(folder.resolve("a"));
        Files.createDirectories(folder.resolve("b"));
        Files.writeString(folder.resolve("a/gateway.yaml"), gateway(port));
        Files.writeString(folder.resolve("b/gateway.yaml"), gateway(second));
        assertThat(push("--force")).contains("created shop:routes.yaml", "created gateway.yaml");
        try (Wiring first = Wiring.start(settings("folder:a", url), folder);
                Wiring other = Wiring.start(settings("folder:b", url), folder)) {
            assertThat(problems(first)).isEqualTo("[]");
            assertThat(problems(other)).isEqualTo("[]");
            assertThat(servedBy(one, port)).isTrue();
            assertThat(servedBy(one, second)).isTrue();

            write("shop/routes.yaml", route(two));
            assertThat(push("--force")).contains("changed shop:routes.yaml", "1 written, 0 deleted, 1 unchanged");
            long pushed = System.nanoTime();
            until("both serve the new version", () -> servedBy(two, port) && servedBy(two, second));
            assertThat(Duration.ofNanos(System.nanoTime() - pushed)).isLessThan(Duration.ofSeconds(1));

            Files.delete(folder.resolve("conf/shop/routes.yaml"));
            assertThat(push("--force")).contains("deleted shop:routes.yaml");
            until("the route is gone from both", () -> TestClient.get(port, "/").status() == 404
                    && TestClient.get(second, "/").status() == 404);
            try (NacosStore store = store()) {
                gone(store, "shop:routes.yaml");
            }
        }
    }

    @Test
    @Order(2)
    void aFaultIsShownWithDataIdAndLineAndTheLastVersionServes() throws Exception {
        write("gateway.yaml", gateway(port));
        write("routes.yaml", route(one));
        push();
        try (Wiring wiring = Wiring.start(settings(url), folder); NacosStore store = store()) {
            assertThat(servedBy(one, port)).isTrue();
            String prefix = NacosAddress.parse(url).prefix();

            store.publish("routes.yaml", "a: [\n", store.query("routes.yaml"));
            until("the fault is shown", () -> problems(wiring).contains(prefix + "routes.yaml"));
            assertThat(problems(wiring)).contains("its last good version stays in effect for 2 objects");
            assertThat(servedBy(one, port)).isTrue();

            store.publish("routes.yaml", route(two).replace("  rules:", "  color: red\n  rules:"), store.query("routes.yaml"));
            until("the new version serves", () -> servedBy(two, port));
            String listed = TestClient.get(wiring.adminAddress().orElseThrow().getPort(), "/config/problems").text();
            assertThat(listed).contains("spec.color").contains("\"line\": 6").contains(prefix + "routes.yaml");

            store.publish("routes.yaml", route(one) + "#" + "x".repeat(17 << 20), store.query("routes.yaml"));
        } catch (io.jigress.sources.nacos.NacosFault e) {
            assertThat(e.words()).as("the server itself refuses 17 MB").isNotEmpty();
        }
    }

    @Test
    @Order(3)
    void withoutAnIndexAWatchTellsWhichDataIdsThereAre() throws Exception {
        try (NacosStore store = store()) {
            store.publish("gateway.yaml", gateway(port), null);
            store.publish("notes.txt", "not configuration", null);
            try (Wiring wiring = Wiring.start(settings(url), folder)) {
                until("the listener is open", () -> status() == 404);
                store.publish("routes.yaml", route(one), null);
                long published = System.nanoTime();
                until("the new data id serves", () -> status() == 200);
                if (NacosServer.isThree()) {
                    assertThat(Duration.ofNanos(System.nanoTime() - published)).isLessThan(Duration.ofSeconds(5));
                }
                store.publish("routes.yaml", route(two), store.query("routes.yaml"));
                until("its change serves", () -> servedBy(two, port));
                store.remove("routes.yaml");
                until("it is gone", () -> status() == 404);
                assertThat(problems(wiring)).isEqualTo("[]");
            }
        }
    }

    private int status() {
        try {
            return TestClient.get(port, "/").status();
        } catch (RuntimeException | AssertionError _) {
            return 0;
        }
    }

    @Test
    @Order(4)
    void aPushRefusesAFolderWithErrorsAndShowsThem() throws Exception {
        write("routes.yaml", route(one).replace("kind: Backend, name: one", "kind: Backend, name: none"));
        ProcessRun run = new ProcessRun(folder);
        assertThat(run.run("push", "conf", url)).isEqualTo(1);
        assertThat(run.err()).contains("routes.yaml:6", "nothing was written");
        try (NacosStore store = store()) {
            assertThat(store.query(NacosStore.INDEX)).isNull();
        }
        assertThat(new ProcessRun(folder).run("push", "conf", "http://" + server.address())).isEqualTo(2);
    }

    @Test
    @Order(5)
    void aDataIdThatTheIndexNamesAndThatIsNotThereKeepsItsObjects() throws Exception {
        write("gateway.yaml", gateway(port));
        write("routes.yaml", route(one));
        push();
        try (Wiring wiring = Wiring.start(settings(url), folder); NacosStore store = store()) {
            store.remove("routes.yaml");
            until("it is shown", () -> problems(wiring).contains("there is no such data id; its last content stays in effect"));
            assertThat(servedBy(one, port)).isTrue();
            store.publish("routes.yaml", route(two), null);
            until("the new version serves", () -> servedBy(two, port));
            until("the problem is gone", () -> problems(wiring).equals("[]"));
        }
    }

    @Test
    @Order(5)
    void aDataIdThatAnotherClientHasChangedMeanwhileIsNotOverwritten() throws Exception {
        // A server of version 2 with its embedded database takes an outdated version too.
        NacosServer.assumeThree("refusals of outdated versions");
        try (NacosStore store = store()) {
            store.publish("routes.yaml", "# one\n", null);
            NacosStore.Content read = appeared(store, "routes.yaml", "# one\n");
            store.publish("routes.yaml", "# two\n", read);
            assertThatThrownBy(() -> store.publish("routes.yaml", "# three\n", read)).isInstanceOf(NacosFault.class);
            appeared(store, "routes.yaml", "# two\n");
        }
    }

    @Test
    @Order(5)
    void aDataIdThatIsTooLargeIsAProblemAndItsLastVersionServes() throws Exception {
        write("gateway.yaml", gateway(port));
        write("routes.yaml", route(one));
        push();
        Settings settings = settings(url).with(KnownSettings.CONFIG_FILE_BYTES, 2_048L, "test");
        try (Wiring wiring = Wiring.start(settings, folder); NacosStore store = store()) {
            assertThat(servedBy(one, port)).isTrue();
            store.publish("routes.yaml", route(two) + "#" + "x".repeat(4_096), store.query("routes.yaml"));
            until("the size is a problem", () -> problems(wiring).contains("bytes large"));
            assertThat(problems(wiring)).contains(NacosAddress.parse(url).prefix() + "routes.yaml");
            assertThat(servedBy(one, port)).isTrue();
            store.publish("routes.yaml", route(two), store.query("routes.yaml"));
            until("a smaller version serves", () -> servedBy(two, port));
            until("the problem is gone", () -> problems(wiring).equals("[]"));
        }
    }

    @Test
    @Order(5)
    void secretsAreEncryptedInTheStoreAndTheKeyIsRotated() throws Exception {
        String first = "one=" + "A".repeat(43) + "=\n";
        String next = "two=" + "B".repeat(42) + "A=\n";
        Files.writeString(folder.resolve("keys"), first);
        write("gateway.yaml", gateway(port));
        write("routes.yaml", route(one) + """
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: login}
                stringData: {password: open-sesame}
                """);
        assertThat(push("--set", "nacos.secrets.keys=keys")).contains("2 written");
        assertThat(push("--set", "nacos.secrets.keys=keys")).contains("0 written, 0 deleted, 2 unchanged");
        Settings settings = settings(url).with(KnownSettings.NACOS_SECRETS_KEYS, "keys", "test");
        try (Wiring wiring = Wiring.start(settings, folder); NacosStore store = store()) {
            assertThat(store.query("routes.yaml").text()).doesNotContain("sesame").contains("\"key\":\"one\"");
            assertThat(problems(wiring)).isEqualTo("[]");
            assertThat(servedBy(one, port)).isTrue();

            // Encrypted by a key that the gateway does not have yet, beside a change of the route.
            Files.writeString(folder.resolve("keys"), next + first);
            write("routes.yaml",
                    Files.readString(folder.resolve("conf/routes.yaml")).replace(":" + " " + one.port(), ": " + two.port()));
            assertThat(push("--set", "nacos.secrets.keys=keys")).contains("1 written, 0 deleted, 1 unchanged");
            until("the rest of the data id is in effect", () -> servedBy(two, port));
            until("the problem is shown", () -> !problems(wiring).equals("[]"));
            assertThat(problems(wiring)).contains(
                    "line 13: Secret default/login is encrypted by the key \"two\"",
                    "its last good version stays in effect");
        }
        try (Wiring wiring = Wiring.start(settings, folder)) {
            assertThat(problems(wiring)).isEqualTo("[]");
        }
    }

    @Test
    @Order(5)
    void theLayoutOfHigressIsRead() throws Exception {
        String higress = "nacos://" + server.address() + "?layout=higress&namespace=higress-test";
        String key = "0123456789abcdef0123456789abcdef";
        Files.writeString(folder.resolve("higress.key"), key + "\n");
        Settings settings = settings(higress).with(KnownSettings.NACOS_HIGRESS_KEY, "higress.key", "test");
        try (NacosStore store = NacosStore.open(NacosAddress.parse(higress), Map.of())) {
            store.publish("default/gateways.main", gateway(port), null);
            store.publish("default/wasmplugins.__names__", "EMPTY", null);
            store.publish("default/unknown.a", "not configuration", null);
            store.publish("default/services.one", encrypted(key, """
                    apiVersion: v1
                    kind: Service
                    metadata: {name: one, namespace: default}
                    spec: {ports: [{port: 80}]}
                    """), null);
            store.publish("default/endpointslices.one", slice(one), null);
            try (Wiring wiring = Wiring.start(settings, folder)) {
                until("the listener is open", () -> status() == 404);
                store.publish("default/httproutes.all", """
                        {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "all", "namespace": "default"},
                         "spec": {"parentRefs": [{"name": "main"}], "rules": [{"backendRefs": [{"name": "one", "port": 80}]}]}}
                        """, null);
                // Higress changes this data id when an object is created, in one of two forms.
                store.publish("DEFAULT_GROUP/httproutes.__names__", "default/all\n" + System.nanoTime(), null);
                until("the new object serves", () -> servedBy(one, port));
                store.publish("default/endpointslices.one", slice(two), store.query("default/endpointslices.one"));
                until("its change serves", () -> servedBy(two, port));
                assertThat(problems(wiring)).isEqualTo("[]");

                store.publish("default/secrets.login", encrypted("another key of 32 bytes, not ours", "{}"), null);
                store.publish("DEFAULT_GROUP/secrets.__names__", "default/login\n" + System.nanoTime(), null);
                until("what cannot be decrypted is shown", () -> problems(wiring)
                        .contains("nacos:higress-test/default/secrets.login: "));
                assertThat(problems(wiring)).contains("cannot be decrypted by the key of the setting nacos.higress.key");

                store.remove("default/httproutes.all");
                until("it is gone", () -> status() == 404);
            }
        }
        ProcessRun push = new ProcessRun(folder);
        assertThat(push.run("push", "conf", higress)).isEqualTo(2);
        assertThat(push.err()).contains("which is only read");
    }

    private static String slice(TestUpstream upstream) {
        return """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: one, namespace: default, labels: {kubernetes.io/service-name: one}}
                addressType: IPv4
                ports: [{port: %d}]
                endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}}]
                """.formatted(upstream.port());
    }

    /// As Higress encrypts: AES-CBC, with the beginning of the key as initialization vector.
    private static String encrypted(String key, String text) throws Exception {
        byte[] bytes = key.substring(0, 32).getBytes(StandardCharsets.UTF_8);
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(bytes, "AES"), new IvParameterSpec(bytes, 0, 16));
        return "enc|" + Base64.getUrlEncoder().encodeToString(cipher.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    @Order(6)
    void aServerThatIsGoneOrEmptyChangesNothingAndAStartServesTheLastGoodState() throws Exception {
        write("gateway.yaml", gateway(port));
        write("routes.yaml", route(one));
        push();
        Settings settings = settings(url).with(KnownSettings.STATE_FOLDER, "state", "test");
        try (Wiring wiring = Wiring.start(settings, folder)) {
            assertThat(servedBy(one, port)).isTrue();
            server.kill();
            until("it is shown", () -> problems(wiring).contains("its last content stays in effect"));
            assertThat(servedBy(one, port)).isTrue();
        }
        try (Wiring wiring = Wiring.start(settings, folder)) {
            assertThat(servedBy(one, port)).isTrue();
            assertThat(problems(wiring)).contains("serving the last good state of");
            server.start();
            until("the problem is gone", () -> problems(wiring).equals("[]"));
            try (NacosStore store = store()) {
                store.publish("routes.yaml", route(two), store.query("routes.yaml"));
                until("a change is served", () -> servedBy(two, port));
            }
        }
        try (NacosStore store = store()) {
            for (String dataId : List.of(NacosStore.INDEX, "routes.yaml", "gateway.yaml")) {
                store.remove(dataId);
                gone(store, dataId);
            }
        }
        // A server continues to list deleted data ids for a moment.
        until("an empty server is said", () -> {
            try (Wiring wiring = Wiring.start(settings, folder)) {
                return servedBy(two, port) && problems(wiring).contains("is empty; serving the last good state of");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }
}
