package io.jigress.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class PartsTest {
    private static ByteBuf part(String text) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(text.length()).writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    /// Chunks of one byte: an object for each would take a hundred times the memory of what the client has sent.
    @Test
    @Tag("suite")
    void manySmallPartsCostFewBuffers() {
        ByteBuf all = part("x");
        for (int i = 1; i < 100_000; i++) {
            all = Parts.join(all, part("x"));
        }
        assertThat(all.readableBytes()).isEqualTo(100_000);
        assertThat(((CompositeByteBuf) all).numComponents()).isLessThan(50);
        assertThat(all.release()).isTrue();
    }

    @Test
    void smallAndLargePartsKeepTheirOrder() {
        Random random = new Random(4711);
        StringBuilder expected = new StringBuilder("first");
        ByteBuf first = part("first");
        ByteBuf all = first;
        for (int i = 0; i < 1000; i++) {
            String text = Character.toString('a' + i % 26).repeat(random.nextInt(3) == 0 ? 5_000 : random.nextInt(20));
            expected.append(text);
            ByteBuf next = part(text);
            all = Parts.join(all, next);
            if (random.nextInt(10) == 0) {
                int taken = random.nextInt(1 + Math.min(7_000, all.readableBytes()));
                assertThat(all.readCharSequence(taken, StandardCharsets.US_ASCII)).hasToString(expected.substring(0, taken));
                expected.delete(0, taken);
            }
        }
        assertThat(all.toString(StandardCharsets.US_ASCII)).isEqualTo(expected.toString());
        all.release();
        assertThat(first.refCnt()).isZero();
    }

    @Test
    void anEmptyPartIsNoPart() {
        ByteBuf before = part("x");
        ByteBuf empty = part("");
        assertThat(Parts.join(before, empty)).isSameAs(before);
        assertThat(empty.refCnt()).isZero();
        assertThat(Parts.join(null, before)).isSameAs(before);
        before.release();
    }
}
