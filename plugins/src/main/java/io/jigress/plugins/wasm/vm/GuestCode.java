package io.jigress.plugins.wasm.vm;

import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmInterruptedException;

/// What compiled functions call all the time, in place of the functions of the same names that the compiler gives them: [Accelerator] makes them do
/// so. An address is the sum of a base and an offset, both unsigned. Public, since the compiled classes are of another package.
public final class GuestCode {

    private static final long UNSIGNED = 0xffffffffL;

    private GuestCode() {}

    public static byte memoryReadByte(int base, int offset, Memory memory) {
        return ((GuestMemory) memory).byteAt((base & UNSIGNED) + (offset & UNSIGNED));
    }

    public static short memoryReadShort(int base, int offset, Memory memory) {
        return ((GuestMemory) memory).shortAt((base & UNSIGNED) + (offset & UNSIGNED));
    }

    public static int memoryReadInt(int base, int offset, Memory memory) {
        return ((GuestMemory) memory).intAt((base & UNSIGNED) + (offset & UNSIGNED));
    }

    public static long memoryReadLong(int base, int offset, Memory memory) {
        return ((GuestMemory) memory).longAt((base & UNSIGNED) + (offset & UNSIGNED));
    }

    public static float memoryReadFloat(int base, int offset, Memory memory) {
        return Float.intBitsToFloat(memoryReadInt(base, offset, memory));
    }

    public static double memoryReadDouble(int base, int offset, Memory memory) {
        return Double.longBitsToDouble(memoryReadLong(base, offset, memory));
    }

    public static void memoryWriteByte(int base, byte value, int offset, Memory memory) {
        ((GuestMemory) memory).byteAt((base & UNSIGNED) + (offset & UNSIGNED), value);
    }

    public static void memoryWriteShort(int base, short value, int offset, Memory memory) {
        ((GuestMemory) memory).shortAt((base & UNSIGNED) + (offset & UNSIGNED), value);
    }

    public static void memoryWriteInt(int base, int value, int offset, Memory memory) {
        ((GuestMemory) memory).intAt((base & UNSIGNED) + (offset & UNSIGNED), value);
    }

    public static void memoryWriteLong(int base, long value, int offset, Memory memory) {
        ((GuestMemory) memory).longAt((base & UNSIGNED) + (offset & UNSIGNED), value);
    }

    public static void memoryWriteFloat(int base, float value, int offset, Memory memory) {
        memoryWriteInt(base, Float.floatToRawIntBits(value), offset, memory);
    }

    public static void memoryWriteDouble(int base, double value, int offset, Memory memory) {
        memoryWriteLong(base, Double.doubleToRawLongBits(value), offset, memory);
    }

    public static long readGlobal(int index, Instance instance, Memory memory) {
        return ((GuestMemory) memory).global(index);
    }

    public static void writeGlobal(long value, int index, Instance instance, Memory memory) {
        ((GuestMemory) memory).global(index, value);
    }

    public static void checkInterruption(Memory memory) {
        if (((GuestMemory) memory).isStopped()) {
            throw new WasmInterruptedException("stopped");
        }
    }
}
