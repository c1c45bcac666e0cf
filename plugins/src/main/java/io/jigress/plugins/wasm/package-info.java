/// Plugins in WebAssembly, by the Proxy-Wasm ABI. [WasmFactory] reads the configuration, [WasmPlugin] is what all event loops share of a plugin,
/// [WasmFilter] is the filter of one loop.
@NullMarked
package io.jigress.plugins.wasm;

import org.jspecify.annotations.NullMarked;
