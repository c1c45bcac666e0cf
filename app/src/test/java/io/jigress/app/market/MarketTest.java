package io.jigress.app.market;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.market.PluginEntry.Kind;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestRegistry;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class MarketTest {
    private static final Market NONE = new Market(List.of(), List.of());

    @TempDir private Path folder;

    private Market load(String... indexes) {
        return Market.load(NONE, List.of(indexes), folder, Downloads.ANONYMOUS);
    }

    /// The example of docs/market.md.
    @Test
    void theIndexOfThePageIsRead() throws IOException {
        String page = Files.readString(Path.of("../docs/market.md"));
        int begin = page.indexOf("```yaml\n") + "```yaml\n".length();
        Files.createDirectory(folder.resolve("market"));
        Files.writeString(folder.resolve("market/index.yaml"), page.substring(begin, page.indexOf("```", begin)));

        Market market = load("market");

        assertThat(market.problems()).isEmpty();
        assertThat(market.plugins()).isNotEmpty();
    }

    @Test
    void anIndexInAFolderListsPlugins() throws IOException {
        Files.createDirectory(folder.resolve("market"));
        Files.writeString(folder.resolve("market/index.yaml"), """
                apiVersion: jigress.io/v1
                kind: PluginIndex
                metadata: {name: shop}
                spec:
                  plugins:
                    - name: greeting
                      version: 1.0.0
                      kind: lua
                      summary: {en: Greets., zh: 问候。}
                      docs: {en: "https://docs.example/greeting"}
                      icon: greeting.svg
                      phase: TRANSFORM
                      priority: 10
                      module: {url: greeting.lua}
                      schema: {type: object, properties: {word: {type: string}}}
                      examples: [{title: in English, config: {word: hello}}]
                    - name: auth
                      version: "2"
                      kind: wasm
                      module: {url: "oci://registry.example/auth:2"}
                """);

        Market market = load("market");

        assertThat(market.problems()).isEmpty();
        assertThat(market.plugins()).extracting(PluginEntry::name).containsExactly("greeting", "auth");
        PluginEntry greeting = market.find("greeting").orElseThrow();
        assertThat(greeting.kind()).isEqualTo(Kind.LUA);
        assertThat(greeting.about().summary().zh()).isEqualTo("问候。");
        assertThat(greeting.about().icon()).isEqualTo(folder.resolve("market/greeting.svg").toUri().toString());
        assertThat(greeting.json().toString()).contains("\"index\":\"market\"", "\"word\":\"hello\"", "\"phase\":\"TRANSFORM\"",
                "\"url\":\"" + folder.resolve("market/greeting.lua").toUri());
    }

    @Test
    void aPluginWithAnErrorIsLeftOutAndReported() throws IOException {
        Files.writeString(folder.resolve("index.yaml"), """
                apiVersion: jigress.io/v1
                kind: PluginIndex
                metadata: {name: shop}
                spec:
                  plugins:
                    - {name: Greeting, version: 1.0.0, kind: lua, module: {url: greeting.lua}}
                    - {name: none, version: 1.0.0, kind: native}
                    - {name: bare, version: 1.0.0, kind: wasm}
                    - {name: same, version: 1.0.0, kind: process}
                    - {name: same, version: 2.0.0, kind: process}
                    - {name: live, version: 1.0.0, kind: process, spec: {targetRefs: []}}
                """);

        Market market = load("index.yaml");

        assertThat(market.plugins()).extracting(each -> each.name() + " " + each.id().version()).containsExactly("same 1.0.0");
        assertThat(market.problems()).containsExactly(
                "the index index.yaml: PluginIndex default/shop: spec.plugins[0].name is \"Greeting\" (expected: lower-case letters, digits and hyphens, at most 63)",
                "the index index.yaml: PluginIndex default/shop: spec.plugins[1].kind is \"native\" (expected: jar, wasm, lua or process)",
                "the index index.yaml: PluginIndex default/shop: spec.plugins[1].module.url is missing (expected: where the module is)",
                "the index index.yaml: PluginIndex default/shop: spec.plugins[2].module.url is missing (expected: where the module is)",
                "the index index.yaml: PluginIndex default/shop: spec.plugins[4].name is \"same\", as another plugin is called before (expected: each name once)",
                "the index index.yaml: PluginIndex default/shop: spec.plugins[5].spec.targetRefs is not for an index to set (expected: fields of a Plugin other than type, name, config, targetRefs, url, sha256, script, phase, priority)");
    }

    @Test
    void anIndexThatCannotBeReadIsReportedAndTheOthersAreShown() throws IOException {
        Files.writeString(folder.resolve("broken.yaml"), "spec: [");
        Files.writeString(folder.resolve("other.yaml"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}");
        Files.write(folder.resolve("long.yaml"), new byte[(4 << 20) + 1]);
        Files.writeString(folder.resolve("good.yaml"), """
                {apiVersion: jigress.io/v1, kind: PluginIndex, metadata: {name: a}, spec: {plugins: [{name: a, version: "1", kind: process}]}}
                """);

        Market market = load("missing", "broken.yaml", "other.yaml", "long.yaml", "good.yaml#sha256=" + "0".repeat(64),
                "good.yaml");

        assertThat(market.plugins()).extracting(PluginEntry::name).containsExactly("a");
        assertThat(market.problems()).hasSize(5);
        assertThat(market.problems().get(0)).isEqualTo("the index missing does not exist");
        assertThat(market.problems().get(1)).startsWith("the index broken.yaml: line ");
        assertThat(market.problems().get(2)).startsWith("the index other.yaml has no object of kind PluginIndex");
        assertThat(market.problems().get(3)).isEqualTo("the index long.yaml has 4194305 bytes (expected: at most 4194304)");
        assertThat(market.problems().get(4)).startsWith("the index good.yaml#sha256=0000").contains(" has the SHA-256 ");
    }

    @Test
    void anIndexBehindAUrlHasReferencesRelativeToIt() {
        String index = """
                apiVersion: jigress.io/v1
                kind: PluginIndex
                metadata: {name: a}
                spec:
                  plugins:
                    - {name: a, version: v1, kind: wasm, module: {url: a.wasm}}
                    - {name: b, version: v1, kind: wasm, module: {url: "file:///etc/passwd"}}
                """;
        try (TestUpstream server = TestUpstream
                .start(call -> call.write(call.target().equals("/x/index.yaml") ? Reply.ok(index) : Reply.of(404, "")))) {
            String base = "http://127.0.0.1:" + server.port() + "/x/";

            Market market = load(base + "index.yaml", base + "none.yaml", "http://127.0.0.1:1/index.yaml");

            assertThat(market.plugins()).singleElement()
                    .satisfies(each -> assertThat(each.json().toString()).contains("\"url\":\"" + base + "a.wasm\""));
            assertThat(market.problems()).hasSize(3);
            assertThat(market.problems().get(0))
                    .contains("spec.plugins[1].module.url is \"file:///etc/passwd\", a file, in an index that is not one");
            assertThat(market.problems().get(1))
                    .isEqualTo("the index " + base + "none.yaml cannot be fetched: the server answered 404");
            assertThat(market.problems().get(2))
                    .startsWith("the index http://127.0.0.1:1/index.yaml cannot be fetched from 127.0.0.1:1: ");
        }
    }

    @Test
    @Timeout(30)
    void aServerThatNeverEndsItsAnswerIsGivenUp() {
        try (TestUpstream server = TestUpstream.start(call -> {
            call.write(Reply.head(200, "content-length: 100") + "\r\napiVersion: ");
            call.awaitClosedByPeer();
        })) {
            String index = "http://127.0.0.1:" + server.port() + "/index.yaml";

            Market market = Market.load(NONE, List.of(index), folder, new Downloads(null, Duration.ofMillis(300)));

            assertThat(market.problems()).singleElement().asString()
                    .startsWith("the index " + index + " cannot be fetched from ");
        }
    }

    private static byte[] indexOf(String plugin, String url) {
        return """
                apiVersion: jigress.io/v1
                kind: PluginIndex
                metadata: {name: a}
                spec:
                  plugins:
                    - {name: %s, version: v1, kind: lua, module: {url: "%s"}}
                """.formatted(plugin, url).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void anIndexIsReadFromARegistryWithTheLoginOfAPullSecret() throws IOException {
        try (TestRegistry registry = new TestRegistry()) {
            registry.push("script", "text/x-lua", "function envoy_on_request() end".getBytes(StandardCharsets.UTF_8), "");
            String digest = registry.push("index", "application/yaml", indexOf("layer", registry.image("script")), "");
            registry.push("tar", "application/vnd.oci.image.layer.v1.tar+gzip",
                    TestRegistry.tarGz("index.yaml", indexOf("tar", "https://files.example/a.lua")), "");
            Path logins = Files.writeString(folder.resolve("config.json"),
                    "{\"auths\": {\"" + registry.address() + "\": {\"auth\": \"dXNlcjpzZWNyZXQ=\"}}}");
            Downloads downloads = new Downloads(logins, Duration.ofSeconds(10));
            String image = registry.image("index");

            Market market = Market.load(NONE,
                    List.of(image, registry.image("tar"), image + "#sha256=" + digest, image + "@sha256:" + digest,
                            image + "#sha256=" + "0".repeat(64), registry.image("none")),
                    folder, downloads);

            assertThat(market.plugins()).extracting(PluginEntry::name).containsExactly("layer", "tar", "layer", "layer");
            assertThat(market.problems()).containsExactly(
                    "the index " + image + "#sha256=" + "0".repeat(64) + " has the digest sha256:" + digest
                            + " (expected: sha256:" + "0".repeat(64) + ")",
                    "the index " + registry.image("none") + " cannot be pulled: " + registry.address()
                            + " answered 404 to /manifests/none");
            PluginEntry plugin = market.plugins().getFirst();
            assertThat(downloads.module(plugin.kind(), Objects.requireNonNull(plugin.module())))
                    .asString(StandardCharsets.UTF_8).isEqualTo("function envoy_on_request() end");
        }
    }

    @Test
    void anIndexInARegistryThatCannotBePulledIsReported() throws IOException {
        try (TestRegistry registry = new TestRegistry()) {
            String image = registry.image("index");
            registry.push("index", "application/octet-stream", indexOf("other", "https://files.example/a.lua"), "");

            assertThat(load(image).problems()).singleElement().asString().isEqualTo("the index " + image
                    + " cannot be pulled: the token service of " + registry.address() + " answered 403");
            assertThat(Market.load(NONE, List.of(image), folder, new Downloads(folder.resolve("none"), Duration.ofSeconds(10)))
                    .problems()).singleElement().asString()
                    .startsWith("the index " + image
                            + " cannot be pulled: the file of the setting plugins.registry.config cannot be read: ");
            registry.open();
            assertThat(load(image).problems()).singleElement().asString().startsWith("the index " + image
                    + " has no index (expected: "
                    + "a layer of type application/yaml or application/vnd.jigress.plugin.index, or a file *.yaml in a tar layer)");
            registry.push("index", "application/yaml", indexOf("relative", "a.lua"), "");
            assertThat(load(image).problems()).singleElement().asString().endsWith(
                    "spec.plugins[0].module.url is \"a.lua\", a relative path, in an index of a registry (expected: a URL)");
        }
    }

    @Test
    void anIndexHasLimits() throws IOException {
        StringBuilder many = new StringBuilder(
                "apiVersion: jigress.io/v1\nkind: PluginIndex\nmetadata: {name: many}\nspec:\n  plugins:\n");
        for (int i = 0; i < 1001; i++) {
            many.append("  - {name: p").append(i).append(", version: v1, kind: process}\n");
        }
        Files.write(folder.resolve("many.yaml"), many.toString().getBytes(StandardCharsets.UTF_8));

        Market market = load("many.yaml");

        assertThat(market.plugins()).hasSize(1000);
        assertThat(market.problems()).singleElement().asString().contains("spec.plugins has 1001 items", "at most 1000");
    }
}
