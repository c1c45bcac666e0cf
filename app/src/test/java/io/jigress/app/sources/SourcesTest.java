package io.jigress.app.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.app.GatewayProcess;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.control.Problem;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SourcesTest {
    @TempDir private Path folder;
    private int port;

    @BeforeEach
    void port() throws IOException {
        port = WiringTest.freePort();
    }

    private Settings settings(String... sources) {
        return Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.CONFIG_SOURCES, List.of(sources), "test");
    }

    private void write(String file, String yaml) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, yaml);
    }

    private String gateway() {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: %d, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: all}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: one}]}]
                """.formatted(port);
    }

    private static String backend(TestUpstream upstream) {
        return """
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: one}
                spec: {endpoints: [{address: 127.0.0.1, port: %s}]}
                """.formatted(upstream.authority().substring(upstream.authority().lastIndexOf(':') + 1));
    }

    @Test
    void ofTwoFoldersTheFirstWinsAndTheLoserIsShownWithItsLine() throws Exception {
        try (TestUpstream one = TestUpstream.named("one"); TestUpstream two = TestUpstream.named("two")) {
            write("z/all.yaml", gateway() + "---\n" + backend(one));
            write("a/all.yaml", "# the second folder\n" + backend(two));
            try (Wiring wiring = Wiring.start(settings("folder:z", "folder:a"), folder)) {
                assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
                assertThat(one.requests()).hasSize(1);
                Problem problem = wiring.live().problems().getFirst();
                assertThat(wiring.live().problems()).hasSize(1);
                assertThat(problem.source()).isEqualTo("a/all.yaml");
                assertThat(problem.what()).isEqualTo("is defined twice, also in z/all.yaml; this one has no effect");
            }
        }
    }

    @Test
    void foldersOfTwoClustersHaveTheSameNamesAndTheirRoutesMerge() throws Exception {
        try (TestUpstream one = TestUpstream.named("one"); TestUpstream two = TestUpstream.named("two")) {
            write("e/all.yaml", gateway() + "---\n" + backend(one));
            write("w/all.yaml",
                    gateway().replace("rules: [{", "rules: [{matches: [{path: {value: /west}}], ") + "---\n" + backend(two));
            try (Wiring wiring = Wiring.start(settings("east=folder:e", "west=folder:w"), folder)) {
                assertThat(wiring.live().problems()).isEmpty();
                assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
                assertThat(TestClient.get(port, "/west").status()).isEqualTo(200);
                assertThat(one.requests()).hasSize(1);
                assertThat(two.requests()).hasSize(1);
                int admin = wiring.adminAddress().orElseThrow().getPort();
                assertThat(TestClient.get(admin, "/config/statuses?kind=HTTPRoute&cluster=west").text())
                        .contains("\"cluster\": \"west\"").doesNotContain("east");
            }
        }
    }

    @Test
    void eachClusterHasItsLastGoodState() throws Exception {
        try (TestUpstream one = TestUpstream.named("one")) {
            write("e/all.yaml", gateway() + "---\n" + backend(one));
            write("w/all.yaml", backend(one));
            Settings settings = settings("east=folder:e", "west=folder:w").with(KnownSettings.STATE_FOLDER, "state", "test");
            try (Wiring _ = Wiring.start(settings, folder)) {
                assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
            }
            Files.move(folder.resolve("e"), folder.resolve("gone"));
            try (Wiring wiring = Wiring.start(settings, folder)) {
                assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
                assertThat(wiring.live().resources().resources().size()).isEqualTo(4);
            }
        }
    }

    @Test
    void theFolderOfConfigComesBeforeTheSources() {
        assertThat(Sources.names(settings("folder:b", "kubernetes:").with(KnownSettings.CONFIG_FOLDER, "a", "test")))
                .containsExactly("folder:a", "folder:b", "kubernetes:");
    }

    @Test
    void eachOfSeveralFoldersHasItsLastGoodState() throws Exception {
        try (TestUpstream one = TestUpstream.named("one")) {
            write("a/all.yaml", gateway());
            write("b/all.yaml", backend(one));
            Settings settings = settings("folder:a", "folder:b").with(KnownSettings.STATE_FOLDER, "state", "test");
            try (Wiring _ = Wiring.start(settings, folder)) {
                assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
            }
            Files.move(folder.resolve("b"), folder.resolve("gone"));
            try (Wiring wiring = Wiring.start(settings, folder)) {
                assertThat(TestClient.get(port, "/").status()).isEqualTo(200);
                assertThat(wiring.live().problems()).singleElement().asString()
                        .contains("is missing; serving the last good state");
            }
        }
    }

    @Test
    void aSourceThatIsNamedTwiceIsRefused() throws Exception {
        write("a/all.yaml", gateway());
        assertThatThrownBy(() -> Wiring.start(settings("folder:a", "folder:a"), folder)).isInstanceOfSatisfying(CannotStart.class,
                e -> assertThat(e.why()).startsWith("a source is named twice"));
    }

    @Test
    @Tag("suite")
    void aStartWithAFolderLoadsNothingOfKubernetes() throws Exception {
        write("conf/all.yaml", gateway());
        Path classes = folder.resolve("classes.log");
        try (GatewayProcess process = GatewayProcess.run(List.of(), List.of("-Xlog:class+load:file=" + classes), folder,
                "--config",
                "conf")) {
            assertThat(process.isAlive()).isTrue();
            assertThat(Files.readString(classes)).contains("io.jigress.sources.folder.FolderSource").doesNotContain(
                    "io.fabric8", "io.jigress.sources.kubernetes", "java.net.http.HttpClient");
        }
    }
}
