package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Poll;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The page about Wasm plugins: its code is what `conformance/wasm-plugins/build` builds, and its folder runs with the plugins of all SDKs. A test whose
/// plugin is missing is skipped.
@Timeout(120)
class WasmGuideTest {
    private static final Path PLUGINS = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "wasm");
    private static final Path ROOT = Path.of("..");
    private static final String WRITTEN = "file:///tmp/plugins/greeting.wasm";

    @TempDir private Path folder;
    private TestUpstream upstream;
    private TestGateway gateway;

    @BeforeEach
    void start() {
        upstream = TestUpstream.answering(Reply.ok("hello", "server: origin"));
        gateway = TestGateway.start();
    }

    @AfterEach
    void stop() {
        gateway.close();
        upstream.close();
    }

    /// Without the section whose example is a plugin of its own.
    private static String page() throws IOException {
        String whole = Files.readString(ROOT.resolve("docs/plugins-wasm.md"));
        return whole.replace(Guide.section(whole, "## Services that a WasmPlugin calls"), "");
    }

    private static String blocks(String language) throws IOException {
        StringBuilder found = new StringBuilder();
        Matcher matcher = Pattern.compile("(?ms)^```" + language + "\n(.*?)^```").matcher(page());
        while (matcher.find()) {
            found.append(found.isEmpty() || !language.equals("yaml") ? "" : "---\n").append(matcher.group(1));
        }
        return found.toString();
    }

    private static Path require(String plugin) {
        Path module = PLUGINS.resolve(plugin + ".wasm");
        Assumptions.assumeTrue(Files.isReadable(module),
                "skipped: " + module + " is missing; conformance/wasm-plugins/build makes it");
        return module;
    }

    /// The folder of the page, with this module.
    private TestGateway apply(String url) throws IOException {
        // One of the SDKs names its plugin.
        return applied(blocks("yaml").replace(WRITTEN, url + "\n  rootId: greeting"));
    }

    /// Applies a folder, and waits until its plugin is ready or could not be made.
    private TestGateway applied(String yaml) {
        gateway.apply(yaml.replace("port: 9000", "port: " + upstream.port()));
        gateway.awaitFilters();
        return gateway;
    }

    @Test
    void theCodeOfThePageIsWhatIsBuilt() throws IOException {
        Path sources = ROOT.resolve("conformance/wasm-plugins");
        assertThat(blocks("toml")).isEqualTo(Files.readString(sources.resolve("rust/Cargo.toml")));
        assertThat(blocks("rust")).isEqualTo(Files.readString(sources.resolve("rust/src/lib.rs")));
        assertThat(blocks("go")).isEqualTo(Files.readString(sources.resolve("go/main.go")));
    }

    @Tag("suite")
    @ParameterizedTest
    @ValueSource(strings = {"rust", "go", "higress", "assemblyscript"})
    void thePluginRunsInTheGateway(String sdk) throws IOException {
        apply(require(sdk).toUri().toString());
        assertThat(gateway.problems()).isEmpty();
        ReceivedResponse response = TestClient.get(gateway.port(8080), "/");
        assertThat(response.text()).isEqualTo("hello");
        assertThat(response.headers().all("x-wasm")).containsExactly("hello");
        assertThat(upstream.lastRequest().headers().all("x-wasm")).containsExactly("hello");
        ReceivedResponse refused = TestClient.get(gateway.port(8080), "/", "x-user: nobody");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).isEqualTo("not you");
        assertThat(upstream.requests()).hasSize(1);
    }

    @Test
    @Tag("suite")
    void bodiesPassThroughAPluginThatSeesThem() throws IOException {
        apply(require("go").toUri().toString());
        byte[] body = "x".repeat(300_000).getBytes(StandardCharsets.UTF_8);
        try (TestClient client = TestClient.connect(gateway.port(8080))) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.request("POST", "/", body).status()).isEqualTo(200);
            }
        }
        assertThat(upstream.requests()).extracting(ReceivedRequest::body).allSatisfy(each -> assertThat(each).isEqualTo(body));
    }

    @Test
    @Tag("suite")
    void aChangeOfTheConfigurationAppliesToNewRequests() throws IOException {
        String url = require("rust").toUri().toString();
        apply(url);
        applied(blocks("yaml").replace(WRITTEN, url).replace("config: hello", "config: {word: hi}"));
        assertThat(TestClient.get(gateway.port(8080), "/").headers().all("x-wasm")).containsExactly("{\"word\":\"hi\"}");
    }

    @Test
    void aModuleThatIsMissingIsAProblemWithItsReason() throws IOException {
        apply(folder.resolve("missing.wasm").toUri().toString());
        assertThat(TestClient.get(gateway.port(8080), "/").status()).isEqualTo(503);
        // They are told from the event loop to the thread that applies configurations.
        while (gateway.gateway().faults().isEmpty()) {
            Poll.pause();
        }
        assertThat(gateway.gateway().faults()).singleElement().asString().contains("Plugin default/greeting",
                "missing.wasm does not exist");
    }
}
