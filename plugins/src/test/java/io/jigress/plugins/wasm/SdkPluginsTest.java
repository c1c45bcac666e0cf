package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterDecision;
import io.jigress.api.Json;
import io.jigress.api.LocalReply;
import io.jigress.api.ReplyBody;
import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Plugins of the SDKs for Rust, Go (upstream and Higress) and AssemblyScript.
@Tag("suite")
class SdkPluginsTest {
    private static WasmTester wasm;

    @BeforeAll
    static void begin(@TempDir Path folder) {
        wasm = new WasmTester(folder);
    }

    @AfterAll
    static void end() {
        wasm.close();
    }

    private static FilterTester start(SdkPlugins plugin) {
        Path module = plugin.require();
        wasm.compile(module);
        return wasm.start(module, Json.object().put("config", "hello").put("rootId", "greeting").build());
    }

    @ParameterizedTest
    @EnumSource
    void addsAHeaderToRequestAndResponse(SdkPlugins plugin) {
        FilterTester tester = start(plugin);
        TestExchange exchange = tester.exchange("GET", "/", "host: shop.example");
        assertThat(exchange.requestHead()).isInstanceOfAny(FilterDecision.Continue.class, FilterDecision.SkipBody.class);
        assertThat(exchange.requestHeaders().all("x-wasm")).containsExactly("hello");
        assertThat(exchange.respond(200, "content-length: 0")).isInstanceOfAny(FilterDecision.Continue.class,
                FilterDecision.SkipBody.class);
        assertThat(exchange.responseHeaders().all("x-wasm")).containsExactly("hello");
        exchange.complete();
        tester.close();
    }

    @ParameterizedTest
    @EnumSource
    void answersByItself(SdkPlugins plugin) {
        FilterTester tester = start(plugin);
        LocalReply reply = tester.exchange("GET", "/", "host: shop.example", "x-user: nobody").reply();
        assertThat(reply.status()).isEqualTo(403);
        assertThat(new String(((ReplyBody.Whole) reply.body()).bytes(), StandardCharsets.UTF_8)).isEqualTo("not you");
        tester.close();
    }
}
