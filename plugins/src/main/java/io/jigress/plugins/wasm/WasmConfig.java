package io.jigress.plugins.wasm;

import io.jigress.plugins.wasm.abi.PluginFacts;
import io.jigress.plugins.load.CodeReference;

/// The configuration of a plugin in WebAssembly.
///
/// @param module where its code is
/// @param facts what its instances are told
public record WasmConfig(CodeReference module, PluginFacts facts) {}
