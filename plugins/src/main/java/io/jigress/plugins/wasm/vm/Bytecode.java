package io.jigress.plugins.wasm.vm;

import io.jigress.plugins.load.CodeFault;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.internal.ByteClassCollector;
import run.endive.compiler.internal.Compiler;
import run.endive.compiler.internal.CompilerResult;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmEngineException;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.ExternalType;
import run.endive.wasm.types.MemorySection;

/// A module as bytecode of the JVM: what its compilation gives, and what the folder of bytecode keeps. Immutable.
///
/// The functions are in the classes, so the module that belongs to them has no code ([Skeleton]): it is parsed in milliseconds and takes little
/// memory, where a whole one takes hundreds of megabytes. The compiler's own cache needs the whole module.
///
/// @param module the module without the bodies of the functions that were compiled
/// @param machine the name of the class that runs its functions
/// @param classes the class files by the names of their classes
record Bytecode(byte[] module, String machine, Map<String, byte[]> classes) {
    /// How many elements a table may have.
    static final int MAX_TABLE = 1 << 18;
    /// How large the bytecode of one module may be.
    static final long MAX_BYTES = 256L * 1024 * 1024;

    /// Compiles a module. Slow: seconds, and hundreds of megabytes of memory, for a module of some megabytes.
    ///
    /// @throws CodeFault when it is not a module, or one that the limits of an instance would not bound
    static Bytecode compile(byte[] wasm) throws CodeFault {
        try {
            WasmModule module = Parser.parse(wasm);
            check(module);
            CompilerResult result = Compiler.builder(module).withInterpreterFallback(InterpreterFallback.SILENT)
                    .withClassCollectorFactory(ByteClassCollector::new).build().compile();
            int imported = module.importSection().count(ExternalType.FUNCTION);
            Set<Integer> interpreted = result.interpretedFunctions();
            byte[] skeleton = Skeleton.of(wasm, function -> interpreted.contains(imported + function));
            Map<String, byte[]> classes = new HashMap<>();
            result.classBytes().forEach((name, file) -> classes.put(name.replace('/', '.'), file));
            String machine = result.collector().mainClassName().replace('/', '.');
            Accelerator.change(machine, classes);
            return new Bytecode(skeleton, machine, classes);
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
            long elements = module.tableSection().getTable(i).limits().min();
            if (elements > MAX_TABLE) {
                throw new CodeFault("has a table of " + elements + " elements (expected: at most " + MAX_TABLE + ")");
            }
        }
    }

    /// How many bytes [#write] writes, nearly.
    long bytes() {
        long bytes = module.length;
        for (Map.Entry<String, byte[]> each : classes.entrySet()) {
            bytes += each.getKey().length() + each.getValue().length;
        }
        return bytes;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(module.length);
        out.write(module);
        out.writeUTF(machine);
        out.writeInt(classes.size());
        for (Map.Entry<String, byte[]> each : classes.entrySet()) {
            out.writeUTF(each.getKey());
            out.writeInt(each.getValue().length);
            out.write(each.getValue());
        }
        out.flush();
    }

    /// Reads what [#write] has written.
    ///
    /// @throws IOException when it cannot be read, ends too soon or is too large
    static Bytecode read(DataInputStream in) throws IOException {
        long left = MAX_BYTES;
        byte[] module = block(in, left);
        left -= module.length;
        String machine = in.readUTF();
        Map<String, byte[]> classes = new HashMap<>();
        for (int count = in.readInt(); count > 0; count--) {
            String name = in.readUTF();
            byte[] file = block(in, left);
            left -= name.length() + file.length;
            classes.put(name, file);
        }
        return new Bytecode(module, machine, classes);
    }

    private static byte[] block(DataInputStream in, long allowed) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > allowed) {
            throw new IOException("a block of " + length + " bytes (expected: at most " + allowed + ")");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new IOException(bytes.length + " bytes of a block of " + length);
        }
        return bytes;
    }
}
