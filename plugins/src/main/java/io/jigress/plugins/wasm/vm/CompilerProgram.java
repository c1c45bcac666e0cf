package io.jigress.plugins.wasm.vm;

import io.jigress.plugins.load.CodeFault;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// A program that compiles one module and ends: [ModuleCompiler] starts it.
///
/// Its input is the length of the module and the module, and stays open; when it ends before the answer, the gateway has ended. Its output is
/// [#COMPILED] and the [Bytecode], or [#REFUSED] and the reason.
final class CompilerProgram {
    static final int COMPILED = 0;
    static final int REFUSED = 1;
    /// The nice value: with it, a busy event loop gets some thirty times as much of a processor.
    private static final int NICE = 15;
    private static final int PRIO_PROCESS = 0;

    private CompilerProgram() {}

    public static void main(String[] arguments) throws IOException {
        givesWay();
        DataInputStream in = new DataInputStream(System.in);
        byte[] wasm = in.readNBytes(in.readInt());
        Thread.ofPlatform().daemon().name("gateway").start(() -> endWith(in));
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)))) {
            answer(wasm, out);
        }
    }

    private static void answer(byte[] wasm, DataOutputStream out) throws IOException {
        Bytecode bytecode;
        try {
            bytecode = Bytecode.compile(wasm);
        } catch (CodeFault e) {
            refuse(e.what(), out);
            return;
        } catch (RuntimeException | StackOverflowError e) {
            refuse("cannot be compiled: " + e, out);
            return;
        }
        out.write(COMPILED);
        bytecode.write(out);
    }

    private static void refuse(String why, DataOutputStream out) throws IOException {
        out.write(REFUSED);
        out.writeUTF(why.substring(0, Math.min(why.length(), 1000)));
    }

    private static void endWith(InputStream gateway) {
        try {
            while (gateway.read() >= 0) {
                // nothing is sent
            }
        } catch (IOException _) {
            // as at its end
        }
        Runtime.getRuntime().halt(1);
    }

    /// This process gets the processors that the gateway does not need, and is the first to be killed when memory ends. Where the system does
    /// not allow that, or is not Linux, it runs like any other.
    @SuppressWarnings("restricted")
    private static void givesWay() {
        try {
            Files.writeString(Path.of("/proc/self/oom_score_adj"), "1000");
        } catch (IOException _) {
            // as it is
        }
        Linker linker = Linker.nativeLinker();
        MethodHandle setpriority = linker.downcallHandle(linker.defaultLookup().findOrThrow("setpriority"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            for (int thread : threads()) {
                int _ = (int) setpriority.invokeExact(PRIO_PROCESS, thread, NICE);
            }
        } catch (Throwable _) {
            // as it is
        }
    }

    /// The threads that are there, also these of the JVM: on Linux the nice value is a thread's, and new ones have that of their parent. Elsewhere 0,
    /// the process.
    private static List<Integer> threads() {
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return threads.map(thread -> Integer.valueOf(thread.getFileName().toString())).toList();
        } catch (IOException _) {
            return List.of(0);
        }
    }
}
