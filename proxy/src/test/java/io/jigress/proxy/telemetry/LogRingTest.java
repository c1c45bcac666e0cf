package io.jigress.proxy.telemetry;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class LogRingTest {
    private final AtomicInteger nudges = new AtomicInteger();
    private final LogRing ring = new LogRing(4096, nudges::incrementAndGet);

    @Test
    void whatGoesInComesOutInOrder() {
        Random random = new Random(3);
        StringBuilder in = new StringBuilder();
        StringBuilder out = new StringBuilder();
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            String line = (round + " ").repeat(1 + random.nextInt(60)) + "\n";
            if (offer(line)) {
                in.append(line);
            } else {
                refused++;
            }
            if (random.nextInt(8) == 0) {
                out.append(take(1 + random.nextInt(3_000), true));
            }
        }
        out.append(take(4096, true));
        assertThat(out).hasToString(in.toString());
        assertThat(refused).isBetween(100, 19_000);
    }

    /// However many bytes the reader takes and leaves: a slow reader can use the whole ring for lines, and for a fast one the ring
    /// starts again at its beginning.
    @Test
    void aRingThatIsEmptyBeginsAnewAndLosesNothing() {
        Random random = new Random(5);
        StringBuilder in = new StringBuilder();
        StringBuilder out = new StringBuilder();
        for (int round = 0; round < 20_000; round++) {
            String line = (round + " ").repeat(1 + random.nextInt(60)) + "\n";
            assertThat(offer(line)).isTrue();
            in.append(line);
            if (random.nextInt(4) == 0) {
                out.append(take(1 + random.nextInt(100), false));
                ring.rewind();
                out.setLength(out.lastIndexOf("\n") + 1);
            }
            if (ring.end() - ring.position() > 2_048 || random.nextBoolean()) {
                out.append(take(4_096, true));
            }
        }
        out.append(take(4_096, true));
        assertThat(out).hasToString(in.toString());
    }

    @Test
    void aLineThatDoesNotFitIsRefusedAsAWhole() {
        assertThat(offer("a".repeat(4_000) + "\n")).isTrue();
        assertThat(offer("b".repeat(95) + "\n")).isFalse();
        assertThat(offer("c".repeat(94) + "\n")).isTrue();
        assertThat(offer("\n")).isFalse();
        assertThat(take(8_192, true)).hasSize(4096).endsWith("c\n").doesNotContain("b");
        assertThat(offer("d".repeat(4_095) + "\n")).isTrue();
        assertThat(take(8_192, true)).hasSize(4096);
        assertThat(offer("e".repeat(4_096) + "\n")).isFalse();
    }

    @Test
    void sizeIsRoundedUp() {
        LogRing odd = new LogRing(5000, () -> {});
        assertThat(odd.offer(new byte[8192], 8192)).isTrue();
        assertThat(odd.offer(new byte[1], 1)).isFalse();
    }

    @Test
    void readerIsNudgedOncePerFilling() {
        offer("a".repeat(2_047) + "\n");
        assertThat(nudges).hasValue(0);
        offer("\n");
        offer("\n");
        offer("\n");
        assertThat(nudges).hasValue(1);
        take(4_096, true);
        offer("a".repeat(2_000) + "\n");
        assertThat(nudges).hasValue(1);
        offer("a".repeat(2_000) + "\n");
        assertThat(nudges).hasValue(2);
    }

    @Test
    void aLineWrittenInPartBeginsAnewAfterARewind() {
        offer("first\n");
        offer("second\n");
        assertThat(take(9, false)).isEqualTo("first\nsec");
        ring.rewind();
        assertThat(take(100, false)).isEqualTo("second\n");
        ring.rewind();
        assertThat(take(100, false)).isEmpty();
    }

    @Test
    void aLineWrittenInPartKeepsItsRoom() {
        offer("a".repeat(4_000) + "\n");
        take(3_999, false);
        assertThat(offer("b".repeat(100) + "\n")).isFalse();
        take(2, false);
        assertThat(offer("b".repeat(100) + "\n")).isTrue();
    }

    private boolean offer(String line) {
        return ring.offer(line.getBytes(US_ASCII), line.length());
    }

    /// @param all whether to go on until nothing is left, in chunks of `chunk`
    private String take(int chunk, boolean all) {
        StringBuilder taken = new StringBuilder();
        long end = ring.end();
        ByteBuffer out = ByteBuffer.allocate(chunk);
        do {
            out.clear();
            ring.copy(end, out);
            out.flip();
            int count = out.remaining();
            taken.append(US_ASCII.decode(out));
            ring.written(count, end);
        } while (all && ring.position() < end);
        return taken.toString();
    }
}
