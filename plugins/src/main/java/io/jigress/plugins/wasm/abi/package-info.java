/// The host side of Proxy-Wasm: instances of a plugin, their contexts, and the functions that they call. ABI 0.1.0, 0.2.0, 0.2.1, and 0.2.100 of
/// Higress. Start with [Vm], then [HttpContext] and [MessageFlow]; [HostFunctions] lists the functions.
@NullMarked
package io.jigress.plugins.wasm.abi;

import org.jspecify.annotations.NullMarked;
