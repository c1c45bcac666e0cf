package io.jigress.plugins.wasm.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class DataSegmentsTest {
    private static final int MEMORY = 2000;

    private record Segment(int place, byte[] bytes) {}

    private static byte[] section(Segment... segments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Leb128.write(out, segments.length);
        for (Segment segment : segments) {
            out.write(0);
            out.write(0x41);
            Leb128.writeSigned(out, segment.place());
            out.write(0x0b);
            Leb128.write(out, segment.bytes().length);
            out.writeBytes(segment.bytes());
        }
        return out.toByteArray();
    }

    /// What is in a memory of zeros after all segments were written.
    private static byte[] memory(byte[] section) {
        byte[] memory = new byte[MEMORY];
        int at = Leb128.length(section, 0);
        for (int i = Leb128.unsigned(section, 0); i > 0; i--) {
            at += 2;
            int place = Leb128.signed(section, at);
            at += Leb128.length(section, at) + 1;
            int length = Leb128.unsigned(section, at);
            at += Leb128.length(section, at);
            System.arraycopy(section, at, memory, place, length);
            at += length;
        }
        assertThat(at).isEqualTo(section.length);
        return memory;
    }

    @Test
    void neighboursAreOneSegment() {
        byte[] merged = DataSegments.merged(
                section(new Segment(8, new byte[] {1, 2}), new Segment(10, new byte[] {3}), new Segment(100, new byte[] {4}),
                        new Segment(1000, new byte[] {5})),
                0);
        assertThat(merged).isNotNull();
        assertThat(Leb128.unsigned(merged, 0)).isEqualTo(2);
    }

    @Test
    void aSegmentIsNotWrittenOverByTheZerosOfALaterOne() {
        byte[] section = section(new Segment(50, new byte[] {1}), new Segment(10, new byte[] {2}),
                new Segment(60, new byte[] {3}));
        assertThat(memory(DataSegments.merged(section, 0))).isEqualTo(memory(section));
    }

    @Test
    void passiveSegmentsAndUnknownPlacesAreLeftAlone() {
        assertThat(DataSegments.merged(new byte[] {1, 1, 1, 9}, 0)).isNull();
        assertThat(DataSegments.merged(new byte[] {1, 0, 0x23, 0, 0x0b, 1, 9}, 0)).isNull();
    }

    @RepeatedTest(200)
    void theMemoryIsTheSame() {
        Random random = new Random();
        Segment[] segments = new Segment[random.nextInt(12)];
        boolean ascending = random.nextBoolean();
        for (int i = 0; i < segments.length; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            segments[i] = new Segment(random.nextInt(MEMORY - 40), bytes);
        }
        if (ascending) {
            Arrays.sort(segments, (a, b) -> a.place() - b.place());
        }
        byte[] section = section(segments);
        byte[] merged = DataSegments.merged(section, 0);
        assertThat(memory(merged)).isEqualTo(memory(section));
        assertThat(Leb128.unsigned(merged, 0)).isLessThanOrEqualTo(segments.length);
    }

    @Test
    void signedNumbersAreReadAsWritten() {
        for (int number : new int[] {0, 63, 64, -64, -65, 8191, 8192, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Leb128.writeSigned(out, number);
            assertThat(Leb128.signed(out.toByteArray(), 0)).isEqualTo(number);
            assertThat(Leb128.length(out.toByteArray(), 0)).isEqualTo(out.size());
        }
    }
}
