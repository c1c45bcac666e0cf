package io.jigress.plugins.wasm.vm;

import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.MemoryLimits;

/// A module that was compiled to bytecode. Immutable; for several threads.
public final class WasmCode {
    /// Modules are validated when they are compiled.
    private static final Parser MODULES = Parser.builder().withValidation(false).build();

    private final WasmModule module;
    private final Function<Instance, Machine> machine;
    private final Map<String, FunctionType> functions;
    private final String digest;

    private WasmCode(WasmModule module, Function<Instance, Machine> machine, Map<String, FunctionType> functions, String digest) {
        this.module = module;
        this.machine = machine;
        this.functions = functions;
        this.digest = digest;
    }

    /// @param digest SHA-256 of the module, in hexadecimal
    /// @throws LinkageError when the bytecode is broken
    static WasmCode of(Bytecode bytecode, String digest) {
        WasmModule module = MODULES.parse(() -> new ByteArrayInputStream(bytecode.module()));
        return new WasmCode(module, ModuleClasses.define(bytecode), functions(module), digest);
    }

    private static Map<String, FunctionType> functions(WasmModule module) {
        Map<String, FunctionType> found = new HashMap<>();
        int imported = module.importSection().count(ExternalType.FUNCTION);
        for (int i = 0; i < module.exportSection().exportCount(); i++) {
            var export = module.exportSection().getExport(i);
            if (export.exportType() == ExternalType.FUNCTION && export.index() >= imported) {
                found.put(export.name(),
                        module.functionSection().getFunctionType(export.index() - imported, module.typeSection()));
            }
        }
        return Map.copyOf(found);
    }

    WasmModule module() {
        return module;
    }

    Function<Instance, Machine> machine() {
        return machine;
    }

    /// SHA-256 of the module, in hexadecimal.
    public String digest() {
        return digest;
    }

    public boolean exports(String function) {
        return functions.containsKey(function);
    }

    /// How many parameters an exported function has; -1 when there is none of this name.
    public int parameters(String function) {
        FunctionType type = functions.get(function);
        return type == null ? -1 : type.params().size();
    }

    /// The limits of the module's memory.
    MemoryLimits memory() {
        return module.memorySection().orElseThrow().getMemory(0).limits();
    }
}
