package io.jigress.sources.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LastGoodStateTest {
    private static final Instant THEN = Instant.parse("2026-11-01T09:00:00Z");
    private static final Instant LATER = Instant.parse("2026-11-02T09:00:00Z");

    @TempDir Path temporary;

    private final BlockingQueue<List<Problem>> reported = new LinkedBlockingQueue<>();

    @Test
    void aRestartFindsWhatWasInEffect() throws IOException {
        ResourceSet set = set(100, "{\"x\":1}");
        save(THEN, set);

        LastGoodState.Loaded loaded = state(LATER, Duration.ZERO).load();
        assertThat(loaded.saved()).isEqualTo(THEN);
        assertThat(loaded.resources()).hasSize(100).allSatisfy(r -> assertThat(set.resources().get(r.key())).isEqualTo(r));
        assertThat(Files.getPosixFilePermissions(file())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(reported).isEmpty();
    }

    @Test
    void nothingIsThereAtTheFirstStart() {
        assertThat(state(THEN, Duration.ZERO).load().resources()).isEmpty();
        assertThat(reported).isEmpty();
    }

    @Test
    void manyChangesAreOneWriteAndTheCloseWritesTheLast() throws Exception {
        try (LastGoodState state = state(THEN, Duration.ofHours(1))) {
            for (int i = 1; i <= 1000; i++) {
                state.changed(set(1, "{\"x\":" + i + "}"));
            }
        }
        assertThat(state(LATER, Duration.ZERO).load().resources()).singleElement()
                .satisfies(r -> assertThat(new String(r.json(), UTF_8)).isEqualTo("{\"x\":1000}"));
    }

    @Test
    void aStateThatIsOnlyServedAgainKeepsItsDate() {
        save(THEN, set(3, "{}"));
        try (LastGoodState state = state(LATER, Duration.ZERO)) {
            state.load();
            state.changed(set(3, "{}"));
        }
        assertThat(state(LATER, Duration.ZERO).load().saved()).isEqualTo(THEN);
    }

    @Test
    void anEmptySetDoesNotReplaceAGoodState() {
        save(THEN, set(3, "{}"));
        save(LATER, ResourceSet.EMPTY);
        assertThat(state(LATER, Duration.ZERO).load().resources()).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 8, 20, 30, 60, 200, -1})
    void aDamagedStateIsAProblemAndNothingElse(int length) throws Exception {
        save(THEN, set(3, "{\"x\":1}"));
        byte[] bytes = Files.readAllBytes(file());
        if (length < 0) {
            bytes[bytes.length - 9] ^= 1;
        }
        Files.write(file(), length < 0 ? bytes : java.util.Arrays.copyOf(bytes, Math.min(length, bytes.length - 1)));

        assertThat(state(LATER, Duration.ZERO).load().resources()).isEmpty();
        assertThat(reported.remove()).singleElement()
                .satisfies(p -> assertThat(p.what()).startsWith("the last good state cannot be used: "));
    }

    @Test
    void whatCannotBeWrittenIsAProblemUntilItCan() throws Exception {
        Path blocked = Files.createFile(temporary.resolve("state"));
        try (LastGoodState state = state(THEN, Duration.ofMillis(5))) {
            state.changed(set(1, "{}"));
            assertThat(reported.poll(10, TimeUnit.SECONDS)).singleElement()
                    .satisfies(p -> assertThat(p.what()).startsWith("the last good state cannot be written: "));
            Files.delete(blocked);
            assertThat(reported.poll(10, TimeUnit.SECONDS)).isEmpty();
            assertThat(state.problems()).isEmpty();
        }
        assertThat(state(LATER, Duration.ZERO).load().resources()).hasSize(1);
    }

    /// The figures are informative; the bound only catches gross errors.
    @Test
    void aHundredThousandObjects() {
        ResourceSet set = set(100_000, "{\"x\":\"" + "y".repeat(400) + "\"}");
        long began = System.nanoTime();
        save(THEN, set);
        long written = System.nanoTime();
        assertThat(state(LATER, Duration.ZERO).load().resources()).hasSize(100_000);
        long read = System.nanoTime();
        System.out.printf("state of 100,000 objects: written in %d ms, read in %d ms%n", (written - began) / 1_000_000,
                (read - written) / 1_000_000);
        assertThat(read - began).isLessThan(TimeUnit.SECONDS.toNanos(60));
    }

    private Path file() {
        return temporary.resolve("state/last-good.state");
    }

    private LastGoodState state(Instant now, Duration interval) {
        return new LastGoodState(temporary.resolve("state"), interval, InstantSource.fixed(now), reported::add);
    }

    private void save(Instant now, ResourceSet set) {
        try (LastGoodState state = state(now, Duration.ZERO)) {
            state.changed(set);
        }
    }

    private static ResourceSet set(int count, String json) {
        PersistentMap<ResourceKey, Resource> resources = PersistentMap.empty();
        for (int i = 0; i < count; i++) {
            ResourceKey key = new ResourceKey("", "Service", "default", "s" + i);
            resources = resources.with(key, new Resource(key, "v1", i, "a.yaml", json.getBytes(UTF_8)));
        }
        return new ResourceSet(1, resources);
    }
}
