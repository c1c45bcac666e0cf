package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.ManualServices;
import io.jigress.testkit.Poll;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WasmFactoryTest {
    @TempDir private Path folder;
    private WasmTester wasm;

    @BeforeEach
    void begin() {
        wasm = new WasmTester(folder);
    }

    @AfterEach
    void end() {
        wasm.close();
    }

    private List<String> issues(String config) {
        return FilterTester.issues(wasm.factory(), config).stream()
                .map(issue -> issue.path() + " " + issue.what() + " (" + issue.expected() + ")").toList();
    }

    @Test
    void reportsFaultsWithTheirPaths() {
        assertThat(issues(
                "{'url': 'ftp://x/y', 'sha256': '12', 'limits': {'memory': '1', 'deadline': '1h'}, 'failStrategy': 'OPEN'}"))
                .containsExactlyInAnyOrder("url is \"ftp://x/y\" (file:///…, http://…, https://… or oci://…)",
                        "sha256 is \"12\" (64 hexadecimal digits in lower case)",
                        "limits.memory is \"1\" (a quantity from 64Ki to 2Gi, such as 16Mi)",
                        "limits.deadline is 1h (1ms to 10s)",
                        "failStrategy is \"OPEN\"; did you mean \"FAIL_OPEN\"? (FAIL_OPEN or FAIL_CLOSE)");
        assertThat(issues("{}")).anySatisfy(issue -> assertThat(issue).startsWith("url is missing"));
        assertThat(issues("{'url': 'oci://r/p:1', 'rootID': 'x'}")).singleElement().asString().contains("rootID")
                .contains("rootId");
        assertThat(issues("{'url': 'oci://r/p:1', 'registryUser': 'u'}")).singleElement().asString()
                .startsWith("registryPassword");
        assertThat(issues("{'url': 'https://h/p.wasm', 'cosignKey': 'k'}")).singleElement().asString().startsWith("cosignKey");
    }

    @Test
    void doesNotShowThePassword() {
        JsonReader reader = JsonReader.of("", Json.object().put("url", "oci://r/p:1").put("registryUser", "u")
                .put("registryPassword", "secret").build());
        assertThat(wasm.factory().parse(reader).toString()).doesNotContain("secret");
    }

    /// Why a plugin is not loaded.
    private String refusal(Path module, Json.Obj more) {
        return String.valueOf(catchThrowable(() -> wasm.start(module, more)));
    }

    private String refusal(TestModule module) {
        return refusal(wasm.store(module.assemble()), Json.Obj.EMPTY);
    }

    @Test
    void saysWhyAPluginIsNotLoaded() throws IOException {
        Path module = wasm.store(TestModule.current().requestHeaders(c -> {}).assemble());
        assertThat(refusal(module, Json.object().put("sha256", "0".repeat(64)).build())).contains("has the SHA-256",
                "expected: " + "0".repeat(64));
        assertThat(refusal(Files.writeString(folder.resolve("text.wasm"), "no module"), Json.Obj.EMPTY))
                .contains("text.wasm is not a valid WebAssembly module");
        assertThat(refusal(folder.resolve("missing.wasm"), Json.Obj.EMPTY)).contains("missing.wasm does not exist");
        assertThat(refusal(TestModule.abi("0_3_0"))).contains("exports no known version of the Proxy-Wasm ABI");
        assertThat(refusal(TestModule.current().requestHeaders(c -> c.imported("env", "proxy_fly", "i:i", 1))))
                .contains("imports what the gateway does not have: env.proxy_fly");
        assertThat(refusal(TestModule.current().requestHeaders(c -> c.imported("env", "proxy_log", "i:i", 1))))
                .contains("env.proxy_log (as i:i; it is iii:i)");
        assertThat(refusal(TestModule.current().configure(c -> c.host("proxy_log", 4, 1024, 0).returns(0))))
                .contains("refused its configuration");
        assertThat(refusal(TestModule.current().configure(TestModule.Code::trap))).contains("failed in its start");
    }

    @Test
    void aModuleThatIsNotForWasm32IsNotLoaded() {
        byte[] component = {0, 'a', 's', 'm', 13, 0, 1, 0};
        assertThat(refusal(wasm.store(component), Json.Obj.EMPTY)).contains("is a component (expected: a core module");
        byte[] memory64 = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 1, 0, 5, 3, 1, 4, 1};
        assertThat(refusal(wasm.store(memory64), Json.Obj.EMPTY)).contains("is for wasm64", "expected: a module for wasm32");
        byte[] elf = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0};
        assertThat(refusal(wasm.store(elf), Json.Obj.EMPTY)).contains("is not a valid WebAssembly module");
        for (byte[] cut : List.of(new byte[] {0, 'a', 's'}, new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0, 5},
                new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0, 1, -1, -1, -1, -1, 15, 5},
                new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0, 1, -1, -1, -1, -1, -1, -1})) {
            assertThat(refusal(wasm.store(cut), Json.Obj.EMPTY)).contains("is not a valid WebAssembly module");
        }
    }

    @Test
    void aModuleWithoutARequiredExportIsNotLoaded() {
        assertThat(refusal(TestModule.withoutAllocation())).contains("does not export proxy_on_memory_allocate (or malloc)");
    }

    @Test
    void loadsAPluginThatAppearsLater() throws Exception {
        Path file = folder.resolve("later.wasm");
        WasmConfig config = wasm.factory().parse(JsonReader.of("", WasmTester.config(file).build()));
        PreparedFilter prepared = wasm.factory().prepare(config).toCompletableFuture().get();
        ManualServices services = FilterTester.start(wasm.factory(),
                WasmTester.config(wasm.store(TestModule.current().assemble())).build()).services();
        assertThatThrownBy(() -> prepared.create(services)).hasMessageContaining("does not exist");
        Files.write(file, TestModule.current().requestHeaders(c -> {}).assemble());
        await(() -> {
            try {
                prepared.create(services).close();
                return true;
            } catch (IllegalStateException _) {
                return false;
            }
        });
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("within 20 s").isLessThan(end);
            Poll.pause();
        }
    }

    @Test
    void compilesAModuleOnce() {
        TestModule m = TestModule.current().requestHeaders(c -> {});
        Path module = wasm.store(m.assemble());
        wasm.start(module, Json.Obj.EMPTY);
        wasm.start(module, Json.object().put("config", "other").build());
        assertThat(wasm.cache.compiled()).isEqualTo(1);
        try (WasmTester again = new WasmTester(folder)) {
            again.start(module, Json.Obj.EMPTY);
            assertThat(again.cache.compiled()).as("the bytecode is in the folder").isZero();
        }
    }
}
