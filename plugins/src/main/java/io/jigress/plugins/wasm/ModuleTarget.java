package io.jigress.plugins.wasm;

import io.jigress.plugins.load.CodeFault;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Names what binaries of WebAssembly were built for that are not modules for wasm32. What is malformed is left to the parser.
final class ModuleTarget {
    private static final int MAGIC = 0x6d736100;
    /// The second half of the version; 0 for modules.
    private static final int COMPONENT_LAYER = 1;
    private static final int MEMORY_SECTION = 5;
    private static final int HAS_64_BIT_ADDRESSES = 4;

    private ModuleTarget() {}

    /// @throws CodeFault for a component, and for a module for wasm64
    static void check(byte[] binary) throws CodeFault {
        ByteBuffer in = ByteBuffer.wrap(binary).order(ByteOrder.LITTLE_ENDIAN);
        try {
            if (in.getInt() != MAGIC) {
                return;
            }
            in.getShort();
            if (in.getShort() == COMPONENT_LAYER) {
                throw new CodeFault("is a component (expected: a core module, which compilers build for wasm32-wasip1)");
            }
            if (has64BitMemory(in)) {
                throw new CodeFault("is for wasm64: its memory has 64-bit addresses (expected: a module for wasm32)");
            }
        } catch (BufferUnderflowException _) {
            // The parser says what is wrong.
        }
    }

    private static boolean has64BitMemory(ByteBuffer in) {
        while (in.hasRemaining()) {
            int section = in.get();
            int length = leb128(in);
            if (section == MEMORY_SECTION) {
                return leb128(in) > 0 && (in.get() & HAS_64_BIT_ADDRESSES) != 0;
            }
            if (length < 0 || length > in.remaining()) {
                return false;
            }
            in.position(in.position() + length);
        }
        return false;
    }

    /// An unsigned number of up to 32 bits; negative from 2^31 on.
    private static int leb128(ByteBuffer in) {
        int value = 0;
        int shift = 0;
        byte next;
        do {
            next = in.get();
            value |= (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0 && shift < Integer.SIZE);
        return value;
    }
}
