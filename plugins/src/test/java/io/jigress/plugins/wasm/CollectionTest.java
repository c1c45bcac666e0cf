package io.jigress.plugins.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.FilterTester;
import io.jigress.testkit.TestExchange;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Instances of plugins that are no longer used are collected.
@Tag("suite")
class CollectionTest {

    @Test
    void instancesOfReplacedPluginsAreCollected(@TempDir Path folder) {
        try (WasmTester wasm = new WasmTester(folder)) {
            List<WeakReference<Object>> closed = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                closed.add(useAndClose(wasm, i));
            }
            long end = System.nanoTime() + 20_000_000_000L;
            while (closed.stream().anyMatch(each -> each.get() != null)) {
                assertThat(System.nanoTime()).as("all are collected within 20 s").isLessThan(end);
                System.gc();
            }
        }
    }

    private static WeakReference<Object> useAndClose(WasmTester wasm, int i) {
        TestModule m = TestModule.current();
        m.configure(c -> c.host("proxy_set_tick_period_milliseconds", 100).returns(1));
        m.requestHeaders(c -> c.host("proxy_add_header_map_value", 0, m.text("x-n"), m.text(String.valueOf(i))));
        FilterTester tester = wasm.start(m);
        TestExchange exchange = tester.exchange("GET", "/");
        exchange.requestHead();
        exchange.complete();
        tester.close();
        assertThat(tester.services().pendingTimers()).isZero();
        return new WeakReference<>(tester.filter());
    }
}
