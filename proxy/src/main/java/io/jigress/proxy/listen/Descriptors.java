package io.jigress.proxy.listen;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Operations on socket descriptors that Linux has and neither Java nor Netty offers.
@SuppressWarnings("restricted") // The launcher gives the permission that native calls need.
final class Descriptors {
    private static final int O_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_DOMAIN = 39;

    private static final MethodHandle DUP3 = call("dup3", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle GETSOCKOPT = call("getsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));

    private Descriptors() {}

    private static MethodHandle call(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type);
    }

    /// Makes a descriptor refer to another socket of the same address family, in one step: dup3(2). The socket that it referred to is closed;
    /// the other descriptor stays open.
    static void replace(FileDescriptor descriptor, FileDescriptor by) throws IOException {
        // The owner of the descriptor reads peer addresses as addresses of the family that the descriptor had first.
        if (family(descriptor) != family(by)) {
            throw new IOException(
                    "the socket that is handed over is of another address family; do both processes prefer IPv4 alike?");
        }
        if (result(() -> (int) DUP3.invokeExact(by.intValue(), descriptor.intValue(), O_CLOEXEC)) < 0) {
            throw new IOException("dup3 failed for a socket that was handed over");
        }
    }

    private static int family(FileDescriptor socket) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocateFrom(JAVA_INT, 0);
            MemorySegment length = arena.allocateFrom(JAVA_INT, Integer.BYTES);
            if (result(() -> (int) GETSOCKOPT.invokeExact(socket.intValue(), SOL_SOCKET, SO_DOMAIN, value, length)) < 0) {
                throw new IOException("getsockopt failed for a listening socket");
            }
            return value.get(JAVA_INT, 0);
        }
    }

    @FunctionalInterface
    private interface Call {
        int run() throws Throwable;
    }

    private static int result(Call call) {
        try {
            return call.run();
        } catch (Throwable e) {
            throw new AssertionError("a native call throws nothing", e);
        }
    }
}
