package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.plugins.wasm.abi.HostFunctions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Each host function of Proxy-Wasm, with a module of its own; and the table of them in the docs.
class AbiTest {
    private static final Path TABLE = Path.of("..", "docs", "plugins-wasm-abi.md");
    private static WasmTester wasm;

    @BeforeAll
    static void begin(@TempDir Path folder) {
        wasm = new WasmTester(folder);
    }

    @AfterAll
    static void end() {
        wasm.close();
    }

    @TestFactory
    Stream<DynamicTest> hostFunctions() {
        return AbiCases.of(wasm).stream().map(one -> DynamicTest.dynamicTest(one.toString(), one.run()::run));
    }

    @Test
    void eachHostFunctionHasACase() {
        assertThat(AbiCases.of(wasm).stream().map(AbiCases.AbiCase::function).sorted().toList())
                .containsExactlyElementsOf(HostFunctions.names());
    }

    /// `-Dgolden.update=true` writes the table.
    @Test
    void theTableInTheDocsIsCurrent() throws IOException {
        String table = table(AbiCases.of(wasm));
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(TABLE, table);
        }
        assertThat(Files.readString(TABLE)).isEqualTo(table);
    }

    private static String table(List<AbiCases.AbiCase> cases) {
        return """
                # Functions that Wasm plugins can import

                This table is generated from the tests (`AbiTest`): each row is a test with a module that imports this function. All versions of the ABI
                may import all functions. From WASI (`wasi_snapshot_preview1`, `wasi_unstable`) plugins can import the functions that compilers link in;
                there are the clock, random numbers, environment variables and the two outputs, which go to the log, and no files and no sockets.

                | function of `env` | what it does |
                |---|---|
                """ + cases.stream().map(one -> "| `" + one.function() + "` | " + one.what() + " |\n").sorted()
                .collect(Collectors.joining());
    }
}
