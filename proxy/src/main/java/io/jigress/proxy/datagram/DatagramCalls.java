package io.jigress.proxy.datagram;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// System calls for many datagrams at once, which Java does not offer, and Netty only with objects for each datagram.
@SuppressWarnings("restricted") // The launcher gives the permission that native calls need.
final class DatagramCalls {
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int EMSGSIZE = 90;
    private static final int ENETUNREACH = 101;
    private static final int ENOBUFS = 105;
    private static final int ECONNREFUSED = 111;
    private static final int EHOSTUNREACH = 113;
    private static final int ENETDOWN = 100;
    private static final int EHOSTDOWN = 112;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(StructLayout.PathElement.groupElement("errno"));
    private static final MethodHandle RECVMMSG = call("recvmmsg",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle SENDMMSG = call("sendmmsg",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));

    /// Where a thread's last error is written; an object for each event loop.
    private final MemorySegment state = Arena.ofAuto().allocate(STATE);

    private static MethodHandle call(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type,
                Linker.Option.captureCallState("errno"));
    }

    /// A result as [UdpSocket] has them.
    int receive(int descriptor, MemorySegment headers, int count) {
        int result;
        do {
            try {
                result = (int) RECVMMSG.invokeExact(state, descriptor, headers, count, MSG_DONTWAIT, MemorySegment.NULL);
            } catch (Throwable e) {
                throw new AssertionError("a native call throws nothing", e);
            }
        } while (result < 0 && errno() == EINTR);
        return result < 0 ? error() : result;
    }

    /// A result as [UdpSocket] has them.
    int send(int descriptor, MemorySegment headers, int count) {
        int result;
        do {
            try {
                result = (int) SENDMMSG.invokeExact(state, descriptor, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL);
            } catch (Throwable e) {
                throw new AssertionError("a native call throws nothing", e);
            }
        } while (result < 0 && errno() == EINTR);
        return result < 0 ? error() : result;
    }

    private int errno() {
        return (int) ERRNO.get(state, 0L);
    }

    private int error() {
        return switch (errno()) {
            case EAGAIN, ENOBUFS -> UdpSocket.NOTHING;
            case ECONNREFUSED -> UdpSocket.REFUSED;
            case EMSGSIZE -> UdpSocket.TOO_LONG;
            case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN -> UdpSocket.UNREACHABLE;
            default -> UdpSocket.FAILED;
        };
    }
}
