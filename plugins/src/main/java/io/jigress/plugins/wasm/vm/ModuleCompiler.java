package io.jigress.plugins.wasm.vm;

import io.jigress.plugins.load.CodeFault;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compiles modules. A large one is compiled by a process of its own ([CompilerProgram]): in the gateway's, the collector would pause the event
/// loops for what the compiler allocates, and both would share the processors evenly. For one thread, and [#close] for any.
final class ModuleCompiler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModuleCompiler.class);
    /// A module of at most so many bytes is compiled in the gateway's process, which takes less than to start another.
    private static final int SMALL = 64 * 1024;
    private static final long MIB = 1024 * 1024;
    /// How `-XX:+ExitOnOutOfMemoryError` ends a JVM, and how the system does.
    private static final int OUT_OF_MEMORY = 3;
    private static final int KILLED = 128 + 9;

    private final CompilerJvm jvm;
    private volatile @Nullable Process running;
    private volatile boolean closed;

    ModuleCompiler(CompilerJvm jvm) {
        this.jvm = jvm;
    }

    /// @throws CodeFault when it is not a module that can be used, or its compilation takes too much time or memory
    Bytecode compile(byte[] wasm) throws CodeFault {
        if (wasm.length <= SMALL) {
            return Bytecode.compile(wasm);
        }
        Process process;
        try {
            process = start();
        } catch (IOException e) {
            LOG.warn(
                    "a Wasm module is compiled in the gateway's own process, which may delay requests: no other can be started: {}",
                    e.toString());
            return Bytecode.compile(wasm);
        }
        running = process;
        CompletableFuture<Void> limit = CompletableFuture.runAsync(process::destroyForcibly,
                CompletableFuture.delayedExecutor(BytecodeCache.COMPILE_TIMEOUT.toMinutes(), TimeUnit.MINUTES));
        try {
            if (closed) {
                throw new CodeFault("is not compiled: the gateway ends");
            }
            return answer(process, wasm);
        } catch (IOException e) {
            throw new CodeFault("cannot be compiled: " + why(process, limit));
        } finally {
            limit.cancel(false);
            process.destroyForcibly();
            running = null;
        }
    }

    private Process start() throws IOException {
        List<String> command = List.of(jvm.java().toString(),
                "-Xmx" + jvm.memory() / MIB + "m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError",
                "-XX:-UsePerfData", "-Xlog:disable", "--enable-native-access=ALL-UNNAMED", "-cp",
                jvm.classPath(), CompilerProgram.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        // These are meant for the gateway: a debugger's port can be opened once.
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        return builder.start();
    }

    /// The process ends when its input ends, so that is closed last.
    private static Bytecode answer(Process process, byte[] wasm) throws IOException, CodeFault {
        try (DataOutputStream request = new DataOutputStream(process.getOutputStream());
                DataInputStream answer = new DataInputStream(new BufferedInputStream(process.getInputStream()))) {
            request.writeInt(wasm.length);
            request.write(wasm);
            request.flush();
            return switch (answer.read()) {
                case CompilerProgram.COMPILED -> Bytecode.read(answer);
                case CompilerProgram.REFUSED -> throw new CodeFault(answer.readUTF());
                default -> throw new EOFException();
            };
        }
    }

    private String why(Process process, CompletableFuture<Void> limit) {
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                return "the compiler gave no answer that can be read";
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return "the gateway ends";
        }
        int status = process.exitValue();
        if (status == OUT_OF_MEMORY) {
            return "the compiler needs more memory than plugins.wasm.compiler.memory, which is " + jvm.memory() / MIB + "MiB";
        }
        if (status == KILLED) {
            return limit.isDone()
                    ? "the compiler took more than " + BytecodeCache.COMPILE_TIMEOUT.toMinutes() + " minutes"
                    : "the system has killed the compiler; there may not be enough memory for it";
        }
        return "the compiler ended with status " + status;
    }

    /// Ends a compilation that runs; no other one begins.
    @Override
    public void close() {
        closed = true;
        Process process = running;
        if (process != null) {
            process.destroyForcibly();
        }
    }
}
