package io.jigress.plugins.wasm;

import io.jigress.plugins.load.CodeFault;
import io.jigress.plugins.load.CodeKind;
import io.jigress.plugins.load.CodeLoader;
import io.jigress.plugins.load.CodeReference;
import io.jigress.plugins.wasm.vm.BytecodeCache;
import io.jigress.plugins.wasm.vm.WasmCode;

/// Fetches modules, checks them, and gives their code. Slow; for several threads.
public final class ModuleLoader implements AutoCloseable {
    private final BytecodeCache cache;
    private final CodeLoader loader = new CodeLoader(CodeKind.WASM, null);

    public ModuleLoader(BytecodeCache cache) {
        this.cache = cache;
    }

    public WasmCode load(CodeReference reference) throws CodeFault {
        byte[] bytes = loader.load(reference);
        ModuleTarget.check(bytes);
        return cache.load(bytes, CodeLoader.sha256(bytes));
    }

    /// Ends a compilation that runs.
    @Override
    public void close() {
        cache.close();
    }
}
