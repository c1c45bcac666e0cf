package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.WiringTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The page about plugins in another process, followed word for word, with its servers. `conformance/ext-proc/build` builds the one in Go, and installs
/// what the one in Python needs; the tests with them are skipped without.
@Timeout(120)
class ProcessGuideTest {
    private static final Path TOOLS = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "ext-proc");
    private static final Path SOURCES = Path.of("..", "conformance", "ext-proc");

    @TempDir private Path folder;
    private PluginGuide guide;

    @BeforeEach
    void start() throws IOException {
        guide = new PluginGuide(folder, "docs/plugins-process.md");
        guide.hello();
    }

    @AfterEach
    void stop() throws InterruptedException {
        guide.close();
    }

    /// With the configuration of the whole page.
    private void check(String path) throws Exception {
        guide.check(guide.blocks("yaml"), Guide.page("docs/plugins-process.md"), path);
    }

    @Test
    @Tag("suite")
    void theServerInJavaAnswersAsThePageSays() throws Exception {
        guide.java(9001);
        check("/java");
    }

    @Test
    @Tag("suite")
    void theServerInGoAnswersAsThePageSays() throws Exception {
        assertThat(guide.blocks("go").getFirst()).isEqualTo(Files.readString(SOURCES.resolve("main.go")));
        Path tool = TOOLS.resolve("ext-proc");
        Assumptions.assumeTrue(Files.isExecutable(tool), "skipped: " + tool + " is missing; conformance/ext-proc/build makes it");
        int port = WiringTest.freePort();
        guide.server(9002, port, Map.of(), tool.toString(), "-listen", "127.0.0.1:" + port);
        check("/go");
    }

    @Test
    void theServerInPythonAnswersAsThePageSays() throws Exception {
        assertThat(guide.blocks("python").getFirst()).isEqualTo(Files.readString(SOURCES.resolve("server.py")));
        Path packages = TOOLS.resolve("python");
        Assumptions.assumeTrue(Files.isDirectory(packages.resolve("grpc")),
                "skipped: " + packages + " is missing; conformance/ext-proc/build installs it");
        int port = WiringTest.freePort();
        guide.server(9003, port, Map.of("PYTHONPATH", packages.toString()), "python3", SOURCES.resolve("server.py").toString(),
                "127.0.0.1:" + port);
        check("/python");
    }
}
