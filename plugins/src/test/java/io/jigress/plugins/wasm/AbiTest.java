package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.plugins.wasm.abi.HostFunctions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
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

    @Test
    void eachFunctionThatAnSdkDeclaresIsThere() throws IOException {
        assertThat(HostFunctions.names()).containsAll(sdks().values().stream().flatMap(Set::stream).toList());
    }

    /// The functions that each SDK declares, by its name and source.
    private static Map<String, Set<String>> sdks() throws IOException {
        Map<String, Set<String>> sdks = new LinkedHashMap<>();
        try (InputStream in = AbiTest.class.getResourceAsStream("/wasm/sdk-imports.txt")) {
            Set<String> functions = new TreeSet<>();
            for (String line : new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.startsWith("[")) {
                    functions = new TreeSet<>();
                    sdks.put(line.substring(1, line.length() - 1), functions);
                } else if (!line.startsWith("#")) {
                    functions.add(line);
                }
            }
        }
        assertThat(sdks).hasSize(3).allSatisfy((_, functions) -> assertThat(functions).hasSizeGreaterThan(20));
        return sdks;
    }

    /// `-Dgolden.update=true` writes the table.
    @Test
    void theTableInTheDocsIsCurrent() throws IOException {
        String table = table(AbiCases.of(wasm), sdks());
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(TABLE, table);
        }
        assertThat(Files.readString(TABLE)).isEqualTo(table);
    }

    private static String table(List<AbiCases.AbiCase> cases, Map<String, Set<String>> sdks) {
        return """
                # Functions that Wasm plugins can import

                This table is generated from the tests (`AbiTest`): each row is a test with a module that imports this function. All versions of the ABI
                may import all functions. From WASI (`wasi_snapshot_preview1`, `wasi_unstable`) plugins can import the functions that compilers link in;
                there are the clock, random numbers, environment variables and the two outputs, which go to the log, and no files and no sockets.

                The last column names the SDKs that declare a function; a module imports those functions of its SDK that it uses:

                """ + sdks.keySet().stream().map(sdk -> "- " + sdk + "\n").collect(Collectors.joining()) + """

                | function of `env` | what it does | SDKs |
                |---|---|---|
                """
                + cases.stream()
                        .map(one -> "| `" + one.function() + "` | " + one.what() + " | " + declaredBy(one.function(), sdks)
                                + " |\n")
                        .sorted().collect(Collectors.joining());
    }

    private static String declaredBy(String function, Map<String, Set<String>> sdks) {
        return sdks.entrySet().stream().filter(sdk -> sdk.getValue().contains(function))
                .map(sdk -> sdk.getKey().substring(0, sdk.getKey().indexOf(':'))).collect(Collectors.joining(", "));
    }
}
