package io.jigress.plugins.wasm.vm;

import io.jigress.plugins.load.CodeFault;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.MachineFactoryCompiler;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmEngineException;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.MemorySection;

/// A module that was compiled to bytecode. Immutable; for several threads.
public final class WasmCode {
    /// How many elements a table may have.
    static final int MAX_TABLE = 1 << 18;

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

    /// Compiles a module, or takes its bytecode from the cache. Slow: seconds for a module of some megabytes.
    ///
    /// @param digest SHA-256 of the bytes, in hexadecimal
    static WasmCode compile(byte[] bytes, String digest, BytecodeCache cache) throws CodeFault {
        try {
            WasmModule module = Parser.parse(bytes);
            check(module);
            Function<Instance, Machine> machine = MachineFactoryCompiler.builder(module)
                    .withInterpreterFallback(InterpreterFallback.SILENT).withCache(cache.entry(digest)).compile();
            return new WasmCode(module, machine, functions(module), digest);
        } catch (WasmEngineException e) {
            throw new CodeFault("is not a valid WebAssembly module: " + e.getMessage());
        }
    }

    /// Refuses what is not bounded by the limits of an instance: objects of the collector's heap, exceptions, several memories.
    private static void check(WasmModule module) throws CodeFault {
        int memories = module.memorySection().map(MemorySection::memoryCount).orElse(0);
        if (memories != 1 || module.memorySection().orElseThrow().getMemory(0).limits().shared()) {
            throw new CodeFault("has " + memories + " memories, or a shared one (expected: one that is not shared)");
        }
        for (int i = 0; i < module.typeSection().subTypeCount(); i++) {
            if (module.typeSection().getSubType(i).compType().funcType() == null) {
                throw new CodeFault("has types of the proposal for garbage collection, which are not supported");
            }
        }
        if (module.tagSection().isPresent()) {
            throw new CodeFault("has tags of the proposal for exceptions, which are not supported");
        }
        for (int i = 0; i < module.tableSection().tableCount(); i++) {
            if (module.tableSection().getTable(i).limits().min() > MAX_TABLE) {
                throw new CodeFault(
                        "has a table of " + module.tableSection().getTable(i).limits().min() + " elements (expected: at most "
                                + MAX_TABLE + ")");
            }
        }
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
