package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.Test;

class NoLeaksTest {

    @Test
    void aBufferThatIsDroppedFailsTheClass() {
        NoLeaks leaks = new NoLeaks();
        leaks.watch();
        drop();
        assertThatThrownBy(leaks::check).isInstanceOf(AssertionError.class)
                .hasMessageContaining("buffers that were not released");
    }

    @Test
    void aBufferThatIsReleasedDoesNot() {
        NoLeaks leaks = new NoLeaks();
        leaks.watch();
        PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
        leaks.check();
    }

    private static void drop() {
        PooledByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1);
    }
}
