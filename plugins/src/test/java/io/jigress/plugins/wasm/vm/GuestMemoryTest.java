package io.jigress.plugins.wasm.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import run.endive.runtime.WasmInterruptedException;
import run.endive.wasm.types.MemoryLimits;

/// The memory of an instance, within a page, across pages and out of bounds.
class GuestMemoryTest {
    private static final int PAGE = 65536;

    private final GuestMemory memory = new GuestMemory(new MemoryLimits(3, 4));

    @Test
    void keepsNumbersAcrossPages() {
        for (int at = PAGE - 9; at <= PAGE + 1; at++) {
            GuestCode.memoryWriteLong(at, 0x8182838485868788L, 0, memory);
            assertThat(GuestCode.memoryReadLong(at, 0, memory)).isEqualTo(0x8182838485868788L);
            assertThat(GuestCode.memoryReadInt(at - 1, 1, memory)).isEqualTo(0x85868788);
            assertThat(GuestCode.memoryReadShort(at, 1, memory)).isEqualTo((short) 0x8687);
            assertThat(memory.readBytes(at, 8)).containsExactly(0x88, 0x87, 0x86, 0x85, 0x84, 0x83, 0x82, 0x81);
            GuestCode.memoryWriteShort(at, (short) 0x9192, 0, memory);
            GuestCode.memoryWriteInt(at, 0x93949596, 2, memory);
            GuestCode.memoryWriteByte(at, (byte) 0x97, 6, memory);
            assertThat(memory.readLong(at)).isEqualTo(0x8197939495969192L);
            GuestCode.memoryWriteDouble(at, -1.5, 0, memory);
            assertThat(GuestCode.memoryReadDouble(at, 0, memory)).isEqualTo(-1.5);
            GuestCode.memoryWriteFloat(at, 2.5f, 0, memory);
            assertThat(GuestCode.memoryReadFloat(at, 0, memory)).isEqualTo(2.5f);
        }
    }

    @Test
    void refusesAddressesOutOfBounds() {
        int end = 3 * PAGE;
        int[][] addresses = {{end, 0}, {end - 1, 0}, {0, end - 3}, {-1, 0}, {-1, 2}, {1, -1}, {Integer.MIN_VALUE, 0},
            {Integer.MIN_VALUE, Integer.MIN_VALUE}, {Integer.MAX_VALUE, Integer.MIN_VALUE + 1}};
        for (int[] address : addresses) {
            assertThatThrownBy(() -> GuestCode.memoryReadInt(address[0], address[1], memory))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> GuestCode.memoryWriteLong(address[0], -1, address[1], memory))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThatThrownBy(() -> GuestCode.memoryReadByte(end, 0, memory)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(memory.readInt(end - 4)).isZero();
    }

    @Test
    void copiesLikeAnArray() {
        Random random = new Random(5);
        byte[] model = new byte[3 * PAGE];
        random.nextBytes(model);
        memory.write(0, model, 0, model.length);
        for (int i = 0; i < 500; i++) {
            int size = random.nextInt(i % 2 == 0 ? 40 : 2 * PAGE);
            int from = random.nextInt(model.length - size + 1);
            int to = i % 3 == 0
                    ? Math.clamp(from + random.nextInt(21) - 10, 0, model.length - size)
                    : random.nextInt(model.length - size + 1);
            System.arraycopy(model, from, model, to, size);
            memory.copy(to, from, size);
            int filled = random.nextInt(model.length);
            Arrays.fill(model, filled, Math.min(filled + 5, model.length), (byte) i);
            memory.fill((byte) i, filled, Math.min(filled + 5, model.length));
            assertThat(memory.readBytes(0, model.length)).isEqualTo(model);
        }
        assertThatThrownBy(() -> memory.copy(1, 0, model.length)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.fill((byte) 0, 1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> memory.readBytes(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void growsUpToItsLimit() {
        assertThat(memory.grow(2)).isEqualTo(-1);
        assertThat(memory.grow(-1)).isEqualTo(-1);
        assertThat(memory.grow(1)).isEqualTo(3);
        assertThat(memory.pages()).isEqualTo(4);
        memory.writeI32(4 * PAGE - 4, 7);
        assertThat(memory.readInt(4 * PAGE - 4)).isEqualTo(7);
        assertThat(memory.grow(1)).isEqualTo(-1);
    }

    @Test
    void stopsFunctions() {
        GuestCode.checkInterruption(memory);
        memory.stop();
        assertThatThrownBy(() -> GuestCode.checkInterruption(memory)).isInstanceOf(WasmInterruptedException.class);
    }
}
