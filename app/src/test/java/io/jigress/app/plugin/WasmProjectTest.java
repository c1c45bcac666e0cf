package io.jigress.app.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.ProcessRun;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `jigress plugin new` with Wasm, then `jigress plugin dev` while the source is edited.
@Tag("suite")
@Timeout(600)
class WasmProjectTest {
    private static final Path BUILT = Path.of(System.getProperty("user.home"), ".cache", "jigress-test", "wasm");

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({"wasm-go, go.wasm, main.go, 'go build -mod=mod -buildmode=c-shared -o greeting.wasm .'",
        "wasm-rust, rust.wasm, src/lib.rs, cargo build --offline --release --target wasm32-wasip1"})
    void aSavedChangeIsBuiltAndLoaded(String kind, String built, String source, String build) throws Exception {
        Assumptions.assumeTrue(Files.isReadable(BUILT.resolve(built)),
                "skipped: " + BUILT.resolve(built)
                        + " is missing; conformance/wasm-plugins/build makes it, with the compiler and libraries that this test needs");
        ProcessRun making = new ProcessRun(folder);
        assertThat(making.run("plugin", "new", "greeting", "--kind", kind)).as(making.err()).isZero();
        Path code = folder.resolve("greeting").resolve(source);

        try (DevRun dev = DevRun.start(folder, "x-greeting", "greeting", "--build", build)) {
            dev.awaitText("hello");
            dev.awaitOutput("live after", 1);
            assertThat(dev.status("x-user: mallory")).isEqualTo(403);
            Files.writeString(code, Files.readString(code).replace("mallory", "trudy"));
            dev.awaitOutput("plugin greeting: built in", 2);
            dev.await("the new version", () -> dev.status("x-user: trudy") == 403);
            // What does not compile is reported, and the last version stays.
            Files.writeString(code, "mistake");
            dev.awaitOutput("failed with exit code", 1);
            assertThat(dev.status("x-user: trudy")).isEqualTo(403);
        }
    }
}
