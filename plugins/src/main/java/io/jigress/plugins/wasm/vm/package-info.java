/// Runs WebAssembly modules: compiles them to bytecode ahead of time, limits their memory and their time, and binds the functions they import.
/// Knows nothing of Proxy-Wasm.
@NullMarked
package io.jigress.plugins.wasm.vm;

import org.jspecify.annotations.NullMarked;
