package io.jigress.plugins.wasm;

import java.nio.file.Path;

/// A module that adds a header, for tests that replace it.
public final class WasmSwaps implements AutoCloseable {
    private final WasmTester tester;
    private final Path module;

    public WasmSwaps(Path folder) {
        tester = new WasmTester(folder);
        TestModule m = TestModule.current();
        m.configure(c -> c.host("proxy_set_tick_period_milliseconds", 100).returns(1));
        m.requestHeaders(c -> c.host("proxy_add_header_map_value", 0, m.text("x-word"), m.text("w")));
        module = tester.store(m.assemble());
    }

    public WasmFactory factory() {
        return tester.factory();
    }

    /// The configuration of a swap: each has another text for the plugin.
    public String config(int swap) {
        return "{'name': 'test/wasm', 'url': '" + module.toUri() + "', 'config': 'w" + swap + "'}";
    }

    @Override
    public void close() {
        tester.close();
    }
}
