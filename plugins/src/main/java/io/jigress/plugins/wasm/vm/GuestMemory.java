package io.jigress.plugins.wasm.vm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import run.endive.runtime.ConstantEvaluators;
import run.endive.runtime.GlobalInstance;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.types.ActiveDataSegment;
import run.endive.wasm.types.DataSegment;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.PassiveDataSegment;

/// The memory of an instance, in pages: it grows without being copied. Every compiled function has it as a parameter, so what the functions need all
/// the time is here too: the global variables, and whether they shall stop. [Accelerator] makes them use it.
///
/// For the thread of the instance; [#stop] is for any. An access out of bounds throws [IndexOutOfBoundsException].
final class GuestMemory implements Memory {
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int SHIFT = 16;
    private static final int MASK = PAGE_SIZE - 1;
    /// In the place of a page that there is not: every access to it is out of bounds.
    private static final byte[] NONE = {};

    private final MemoryLimits limits;
    private final byte[][] pages;
    private int count;
    private DataSegment[] segments = {};
    private GlobalInstance[] globals = {};
    private volatile boolean stopped;

    GuestMemory(MemoryLimits limits) {
        this.limits = limits;
        count = limits.initialPages();
        pages = new byte[maximumPages()][];
        Arrays.fill(pages, NONE);
        for (int i = 0; i < count; i++) {
            pages[i] = new byte[PAGE_SIZE];
        }
    }

    /// Makes the functions stop at their next check; for any thread. There is no way back.
    void stop() {
        stopped = true;
    }

    boolean isStopped() { return stopped; }

    long global(int index) {
        return globals[index].getValue();
    }

    void global(int index, long value) {
        globals[index].setValue(value);
    }

    // ---- by an unsigned address of up to 33 bits, which is the sum of a base and an offset. These call as little as can be: they run before they are
    // compiled, too.

    byte byteAt(long address) {
        return pages[(int) (address >>> SHIFT)][(int) address & MASK];
    }

    void byteAt(long address, byte value) {
        pages[(int) (address >>> SHIFT)][(int) address & MASK] = value;
    }

    short shortAt(long address) {
        int in = (int) address & MASK;
        return in <= PAGE_SIZE - Short.BYTES
                ? (short) SHORTS.get(pages[(int) (address >>> SHIFT)], in)
                : (short) acrossPages(address, Short.BYTES);
    }

    void shortAt(long address, short value) {
        int in = (int) address & MASK;
        if (in <= PAGE_SIZE - Short.BYTES) {
            SHORTS.set(pages[(int) (address >>> SHIFT)], in, value);
        } else {
            acrossPages(address, Short.BYTES, value);
        }
    }

    int intAt(long address) {
        int in = (int) address & MASK;
        return in <= PAGE_SIZE - Integer.BYTES
                ? (int) INTS.get(pages[(int) (address >>> SHIFT)], in)
                : (int) acrossPages(address, Integer.BYTES);
    }

    void intAt(long address, int value) {
        int in = (int) address & MASK;
        if (in <= PAGE_SIZE - Integer.BYTES) {
            INTS.set(pages[(int) (address >>> SHIFT)], in, value);
        } else {
            acrossPages(address, Integer.BYTES, value);
        }
    }

    long longAt(long address) {
        int in = (int) address & MASK;
        return in <= PAGE_SIZE - Long.BYTES
                ? (long) LONGS.get(pages[(int) (address >>> SHIFT)], in)
                : acrossPages(address, Long.BYTES);
    }

    void longAt(long address, long value) {
        int in = (int) address & MASK;
        if (in <= PAGE_SIZE - Long.BYTES) {
            LONGS.set(pages[(int) (address >>> SHIFT)], in, value);
        } else {
            acrossPages(address, Long.BYTES, value);
        }
    }

    private long acrossPages(long address, int length) {
        long value = 0;
        for (int i = length - 1; i >= 0; i--) {
            value = value << Byte.SIZE | byteAt(address + i) & 0xff;
        }
        return value;
    }

    /// Nothing is written when a part is out of bounds.
    private void acrossPages(long address, int length, long value) {
        byte[] _ = range(address, length);
        for (int i = 0; i < length; i++) {
            byteAt(address + i, (byte) (value >>> Byte.SIZE * i));
        }
    }

    /// @return the page of the first byte
    private byte[] range(long address, long length) {
        Objects.checkFromIndexSize(address, length, (long) count << SHIFT);
        return length == 0 ? NONE : pages[(int) (address >>> SHIFT)];
    }

    // ---- as the runtime calls it, which interprets functions that are too large to be compiled

    @Override
    public int pages() {
        return count;
    }

    @Override
    public int grow(int size) {
        int before = count;
        if (size < 0 || size > maximumPages() - before) {
            return -1;
        }
        for (int i = before; i < before + size; i++) {
            pages[i] = new byte[PAGE_SIZE];
        }
        count = before + size;
        return before;
    }

    @Override
    public int initialPages() {
        return limits.initialPages();
    }

    @Override
    public int maximumPages() {
        return Math.min(limits.maximumPages(), RUNTIME_MAX_PAGES);
    }

    @Override
    public boolean shared() {
        return false;
    }

    @Override
    @SuppressWarnings("removal")
    public Object lock(int address) {
        return this;
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, int expected, long timeout) {
        throw new WasmRuntimeException("expected shared memory");
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, long expected, long timeout) {
        throw new WasmRuntimeException("expected shared memory");
    }

    @Override
    @SuppressWarnings("removal")
    public int notify(int address, int maxThreads) {
        return 0;
    }

    @Override
    public void initialize(Instance instance, DataSegment[] data) {
        segments = data == null ? segments : data;
        globals = new GlobalInstance[instance.module().globalSection().globalCount()];
        Arrays.setAll(globals, instance::global);
        for (DataSegment segment : segments) {
            if (segment instanceof ActiveDataSegment active && active.index() == 0) {
                write((int) ConstantEvaluators.computeConstantValue(instance, active.offsetInstructions())[0], active.data());
            }
        }
    }

    @Override
    public void initPassiveSegment(int segment, int address, int offset, int size) {
        write(address, segments[segment].data(), offset, size);
    }

    @Override
    public void drop(int segment) {
        segments[segment] = PassiveDataSegment.EMPTY;
    }

    private static long unsigned(int number) {
        return Integer.toUnsignedLong(number);
    }

    @Override
    public void write(int address, byte[] data, int offset, int size) {
        Objects.checkFromIndexSize(unsigned(offset), unsigned(size), data.length);
        byte[] page = range(unsigned(address), unsigned(size));
        for (int done = 0; done < size;) {
            int at = address + done;
            int part = Math.min(size - done, PAGE_SIZE - (at & MASK));
            System.arraycopy(data, offset + done, page, at & MASK, part);
            done += part;
            page = done < size ? pages[address + done >>> SHIFT] : page;
        }
    }

    @Override
    public byte[] readBytes(int address, int length) {
        byte[] page = range(unsigned(address), unsigned(length));
        byte[] bytes = new byte[length];
        for (int done = 0; done < length;) {
            int at = address + done;
            int part = Math.min(length - done, PAGE_SIZE - (at & MASK));
            System.arraycopy(page, at & MASK, bytes, done, part);
            done += part;
            page = done < length ? pages[address + done >>> SHIFT] : page;
        }
        return bytes;
    }

    @Override
    public void fill(byte value, int from, int to) {
        byte[] page = range(unsigned(from), unsigned(to - from));
        for (int at = from; at < to;) {
            int part = Math.min(to - at, PAGE_SIZE - (at & MASK));
            Arrays.fill(page, at & MASK, (at & MASK) + part, value);
            at += part;
            page = at < to ? pages[at >>> SHIFT] : page;
        }
    }

    @Override
    public void zero() {
        fill((byte) 0, 0, count << SHIFT);
    }

    /// Parts within one page each, from the last one when the ranges overlap so that the first one would destroy it.
    @Override
    public void copy(int destination, int source, int size) {
        byte[] _ = range(unsigned(destination), unsigned(size));
        byte[] _ = range(unsigned(source), unsigned(size));
        boolean backwards = destination > source;
        for (int left = size; left > 0;) {
            int to = backwards ? destination + left : destination + size - left;
            int from = backwards ? source + left : source + size - left;
            int part = Math.min(left, backwards
                    ? Math.min((to - 1 & MASK) + 1, (from - 1 & MASK) + 1)
                    : PAGE_SIZE - Math.max(to & MASK, from & MASK));
            int begin = backwards ? part : 0;
            System.arraycopy(pages[from - begin >>> SHIFT], from - begin & MASK, pages[to - begin >>> SHIFT], to - begin & MASK,
                    part);
            left -= part;
        }
    }

    @Override
    public byte read(int address) {
        return byteAt(unsigned(address));
    }

    @Override
    public void writeByte(int address, byte value) {
        byteAt(unsigned(address), value);
    }

    @Override
    public short readShort(int address) {
        return shortAt(unsigned(address));
    }

    @Override
    public long readU16(int address) {
        return Short.toUnsignedLong(readShort(address));
    }

    @Override
    public void writeShort(int address, short value) {
        shortAt(unsigned(address), value);
    }

    @Override
    public int readInt(int address) {
        return intAt(unsigned(address));
    }

    @Override
    public void writeI32(int address, int value) {
        intAt(unsigned(address), value);
    }

    @Override
    public long readLong(int address) {
        return longAt(unsigned(address));
    }

    @Override
    public void writeLong(int address, long value) {
        longAt(unsigned(address), value);
    }

    @Override
    public float readFloat(int address) {
        return Float.intBitsToFloat(readInt(address));
    }

    @Override
    public long readF32(int address) {
        return readInt(address);
    }

    @Override
    public void writeF32(int address, float value) {
        writeI32(address, Float.floatToRawIntBits(value));
    }

    @Override
    public double readDouble(int address) {
        return Double.longBitsToDouble(readLong(address));
    }

    @Override
    public long readF64(int address) {
        return readLong(address);
    }

    @Override
    public void writeF64(int address, double value) {
        writeLong(address, Double.doubleToRawLongBits(value));
    }
}
