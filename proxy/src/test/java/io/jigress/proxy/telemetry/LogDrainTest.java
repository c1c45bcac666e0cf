package io.jigress.proxy.telemetry;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogDrainTest {
    @TempDir private Path folder;
    private final List<LogRing> rings = new ArrayList<>(List.of(new LogRing(4096, () -> {}), new LogRing(4096, () -> {})));
    private long now = -5;

    @Test
    void appendsWhatAllRingsHold() throws IOException {
        Path file = folder.resolve("access.log");
        Files.writeString(file, "before\n");
        LogDrain drain = new LogDrain(file.toString(), rings, now);
        offer(0, "a\n");
        offer(1, "b\n");
        assertThat(drain.turn(now, false)).isTrue();
        rings.add(new LogRing(4096, () -> {}));
        offer(2, "c\n");
        assertThat(drain.turn(now, false)).isTrue();
        drain.close();
        assertThat(file).hasContent("before\na\nb\nc\n");
    }

    @Test
    void aRenamedFileIsMadeAnewWithinASecond() throws IOException {
        Path file = folder.resolve("access.log");
        Path old = folder.resolve("access.log.1");
        LogDrain drain = new LogDrain(file.toString(), rings, now);
        offer(0, "a\n");
        drain.turn(now, false);
        Files.move(file, old);
        offer(0, "b\n");
        drain.turn(now + LogDrain.CHECK_NANOS - 1, false);
        assertThat(old).hasContent("a\nb\n");
        offer(0, "c\n");
        drain.turn(now + LogDrain.CHECK_NANOS, false);
        assertThat(old).hasContent("a\nb\n");
        assertThat(file).hasContent("c\n");

        Files.move(file, folder.resolve("access.log.2"));
        Files.writeString(file, "made by the rotation\n");
        offer(1, "d\n");
        drain.turn(now + 2 * LogDrain.CHECK_NANOS, false);
        assertThat(file).hasContent("made by the rotation\nd\n");
        drain.close();
    }

    @Test
    void reopensAtOnceWhenAsked() throws IOException {
        Path file = folder.resolve("access.log");
        LogDrain drain = new LogDrain(file.toString(), rings, now);
        drain.turn(now, false);
        Files.delete(file);
        offer(0, "a\n");
        drain.turn(now, true);
        assertThat(file).hasContent("a\n");
        drain.close();
    }

    @Test
    void anUnwritablePathIsTriedEachSecondAndToldOnceAMinute() throws IOException {
        Path file = folder.resolve("missing/access.log");
        LogDrain drain = new LogDrain(file.toString(), rings, now);
        offer(0, "a\n");
        for (int second = 0; second < 60; second++) {
            assertThat(drain.turn(now, false)).isFalse();
            now += LogDrain.CHECK_NANOS;
        }
        assertThat(drain.complaints()).isEqualTo(1);
        drain.turn(now, false);
        assertThat(drain.complaints()).isEqualTo(2);
        Files.createDirectory(file.getParent());
        assertThat(drain.turn(now, false)).isFalse();
        assertThat(drain.turn(now + LogDrain.CHECK_NANOS, false)).isTrue();
        assertThat(file).hasContent("a\n");
        drain.close();
    }

    @Test
    void aFullDiskKeepsLinesInTheirRingUntilThereIsRoom() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "Linux only");
        Path link = Files.createSymbolicLink(folder.resolve("access.log"), full);
        LogDrain drain = new LogDrain(link.toString(), rings, now);
        offer(0, "a\n");
        offer(1, "b\n");
        assertThat(drain.turn(now, false)).isFalse();
        while (offer(0, "more\n")) {
            assertThat(drain.turn(now, false)).isFalse();
        }
        Files.delete(link);
        assertThat(drain.turn(now + LogDrain.CHECK_NANOS, false)).isTrue();
        assertThat(Files.readString(link)).startsWith("a\nmore\nmore\n").endsWith("more\nb\n")
                .hasSize(2 + (4096 - 2) / 5 * 5 + 2);
        assertThat(drain.complaints()).isEqualTo(1);
        drain.close();
    }

    private boolean offer(int ring, String line) {
        return rings.get(ring).offer(line.getBytes(US_ASCII), line.length());
    }
}
