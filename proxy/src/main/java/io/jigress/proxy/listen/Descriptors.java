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

/// What Linux does with descriptors of sockets, and Java and Netty have no call for.
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

    /// Makes a descriptor stand for another socket of the same address family, in one step: dup3(2). What it stood for is closed, the
    /// other descriptor stays.
    static void replace(FileDescriptor descriptor, FileDescriptor by) throws IOException {
        // Whoever has the descriptor reads the addresses of its peers as those of the family that it had first.
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
