package io.jigress.sources.folder;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.Resource;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.manifest.ManifestReader;
import io.jigress.sources.manifest.ManifestReaderTest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderSourceTest {
    /// No periodic scans: all changes are found by events.
    private static final FolderSettings EVENTS = FolderSettings.DEFAULT.withRescan(Duration.ofHours(1))
            .withObjectVanish(Duration.ofMillis(200));

    @TempDir Path temporary;

    private final Recorder recorder = new Recorder();
    private final List<FolderSource> sources = new ArrayList<>();
    private Path folder;

    @BeforeEach
    void make() throws IOException {
        folder = Files.createDirectory(temporary.resolve("conf"));
    }

    @AfterEach
    void close() {
        sources.forEach(FolderSource::close);
    }

    @Test
    void startDeliversEverythingInOneChange() throws Exception {
        save("a.yaml", "a", 1);
        save("deep/er/b.yml", "b", 1);
        save("c.json", "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"c\"}}");
        save("note.txt", "no: [");
        save(".hidden.yaml", "no: [");
        save(".git/x.yaml", "no: [");
        save("a.yaml~", "no: [");
        save("#a.yaml#", "no: [");
        start();
        assertThat(recorder.objects()).containsOnlyKeys("a", "b", "c");
        assertThat(recorder.resources()).extracting(Resource::source).containsExactlyInAnyOrder("a.yaml", "deep/er/b.yml",
                "c.json");
        assertThat(recorder.problems()).isEmpty();
        assertThat(recorder.deliveries()).isEqualTo(1);
    }

    @Test
    void savingAFileAppliesOnlyWhatDiffers() throws Exception {
        save("a.yaml", text("a", 1) + "---\n" + text("b", 1));
        start();
        recorder.forget();
        save("a.yaml", text("a", 1) + "---\n" + text("b", 2) + "---\n" + text("c", 1));
        recorder.awaitText("c", "\"x\":1");
        assertThat(recorder.history()).containsExactly("+b", "+c");
        save("a.yaml", text("b", 2));
        recorder.awaitObjects("b");
        assertThat(recorder.history()).containsExactly("+b", "+c", "-a", "-c");
    }

    @Test
    void filesAndFoldersComeAndGo() throws Exception {
        start();
        save("one/two/a.yaml", "a", 1);
        recorder.awaitObjects("a");
        save("one/two/b.yaml", "b", 1);
        recorder.awaitObjects("a", "b");
        Files.delete(folder.resolve("one/two/b.yaml"));
        recorder.awaitObjects("a");
        remove(folder.resolve("one"));
        recorder.awaitObjects();
    }

    @Test
    void aRenamedFileKeepsItsObjectsWithoutAGap() throws Exception {
        save("a.yaml", "a", 1);
        start();
        recorder.forget();
        Files.move(folder.resolve("a.yaml"), folder.resolve("b.yaml"));
        recorder.await("only b.yaml", r -> r.resources().stream().map(Resource::source).toList().equals(List.of("b.yaml")));
        // The new file is written first, so that the object always exists.
        assertThat(recorder.history()).containsExactly("+a", "-a");
        assertThat(recorder.problems()).isEmpty();
    }

    @Test
    void vimSavesWithoutAGap() throws Exception {
        save("a.yaml", "a", 1);
        // However slow the machine is, the file is back in time.
        start(folder, EVENTS.withVanish(Duration.ofMinutes(1)), LastGood.NONE);
        recorder.forget();
        for (int i = 2; i < 20; i++) {
            Files.writeString(folder.resolve("4913"), "");
            Files.delete(folder.resolve("4913"));
            Files.writeString(folder.resolve(".a.yaml.swp"), "x");
            Files.move(folder.resolve("a.yaml"), folder.resolve("a.yaml~"), StandardCopyOption.REPLACE_EXISTING);
            save("a.yaml", "a", i);
            Files.delete(folder.resolve("a.yaml~"));
            Files.delete(folder.resolve(".a.yaml.swp"));
            recorder.awaitText("a", "\"x\":" + i + "}");
        }
        assertThat(recorder.history()).containsOnly("+a");
        assertThat(recorder.problems()).isEmpty();
    }

    @Test
    void anEditorThatRenamesATemporaryFileIntoPlaceIsHeard() throws Exception {
        save("a.yaml", "a", 1);
        start();
        Files.writeString(folder.resolve(".a.yaml.tmp123"), text("a", 2));
        Files.move(folder.resolve(".a.yaml.tmp123"), folder.resolve("a.yaml"), StandardCopyOption.ATOMIC_MOVE);
        recorder.awaitText("a", "\"x\":2");
    }

    @Test
    void aHalfWrittenFileIsReadWhenItIsWhole() throws Exception {
        save("a.yaml", text("a", 1) + "---\n" + text("b", 1));
        // However slow the machine is, the next byte comes in time.
        start(folder, EVENTS.withObjectVanish(Duration.ofMinutes(1)).withSettle(Duration.ofMillis(500), Duration.ofMillis(500)),
                LastGood.NONE);
        recorder.forget();
        byte[] whole = (text("a", 2) + "---\n" + text("b", 2)).getBytes(UTF_8);
        try (OutputStream out = Files.newOutputStream(folder.resolve("a.yaml"))) {
            for (byte b : whole) {
                out.write(b);
                spin(TimeUnit.MICROSECONDS.toNanos(300));
            }
        }
        recorder.awaitText("b", "\"x\":2");
        assertThat(recorder.history()).doesNotContain("-a", "-b");
        recorder.awaitNoProblem();
        assertThat(recorder.objects().get("a")).contains("\"x\":2");
    }

    @Test
    void aFileWrittenInPiecesLosesNoObjectAndItsChangesAreLiveAtOnce() throws Exception {
        save("a.yaml", text("a", 1) + "---\n" + text("b", 1) + "---\n" + text("c", 1));
        // However slow the machine is, the next piece comes in time.
        start(folder, EVENTS.withObjectVanish(Duration.ofMinutes(1)), LastGood.NONE);
        recorder.forget();
        save("a.yaml", text("a", 2));
        recorder.awaitText("a", "\"x\":2");
        recorder.awaitProblem("no longer holds HTTPRoute default/b, HTTPRoute default/c");
        append(folder.resolve("a.yaml"), "---\n" + text("b", 2) + "---\n" + text("d", 1));
        recorder.awaitObjects("a", "b", "c", "d");
        recorder.awaitProblem("no longer holds HTTPRoute default/c");
        append(folder.resolve("a.yaml"), "---\n" + text("c", 2));
        recorder.awaitText("c", "\"x\":2");
        recorder.awaitNoProblem();
        assertThat(recorder.history()).containsExactly("+a", "+b", "+d", "+c");
    }

    @Test
    void objectsThatStayMissingGoAfterTheFilesLastChange() throws Exception {
        save("a.yaml", text("a", 1) + "---\n" + text("b", 1));
        start();
        save("a.yaml", text("a", 1));
        recorder.awaitProblem("no longer holds HTTPRoute default/b");
        recorder.awaitObjects("a");
        recorder.awaitNoProblem();
    }

    @Test
    void aFileThatIsRenamedIntoPlaceIsWholeAtOnce() throws Exception {
        save("a.yaml", text("a", 1) + "---\n" + text("b", 1));
        start(folder, EVENTS.withObjectVanish(Duration.ofMinutes(1)), LastGood.NONE);
        Files.writeString(folder.resolve(".a.tmp"), text("a", 2));
        Files.move(folder.resolve(".a.tmp"), folder.resolve("a.yaml"), StandardCopyOption.ATOMIC_MOVE);
        recorder.awaitObjects("a");
        assertThat(recorder.problems()).isEmpty();
    }

    @Test
    void anObjectThatMovesToAnotherFileIsNotHeldBack() throws Exception {
        save("a.yaml", text("a", 1) + "---\n" + text("b", 1));
        save("z.yaml", "z", 1);
        start(folder, EVENTS.withObjectVanish(Duration.ofMinutes(1)), LastGood.NONE);
        save("a.yaml", text("a", 1));
        recorder.awaitProblem("no longer holds HTTPRoute default/b");
        save("z.yaml", text("z", 1) + "---\n" + text("b", 2));
        recorder.awaitText("b", "\"x\":2");
        recorder.awaitNoProblem();

        save("a.yaml", text("a", 1) + "---\n" + text("z", 3));
        recorder.awaitText("z", "\"x\":3");
        save("z.yaml", text("b", 2));
        recorder.awaitNoProblem();
        assertThat(recorder.objects()).containsOnlyKeys("a", "b", "z");
    }

    @Test
    void anEmptyFileCountsAsDeletedOnlyWhenItStaysEmpty() throws Exception {
        save("a.yaml", "a", 1);
        start(folder, EVENTS.withObjectVanish(Duration.ofSeconds(1)), LastGood.NONE);
        recorder.forget();
        save("a.yaml", "");
        save("b.yaml", "b", 1);
        recorder.awaitObjects("a", "b");
        save("a.yaml", "a", 2);
        recorder.awaitText("a", "\"x\":2");
        save("a.yaml", "");
        recorder.awaitObjects("b");
        assertThat(recorder.history()).containsExactly("+b", "+a", "-a");
    }

    @Test
    void aFileThatNeverRestsIsReadInTheEnd() throws Exception {
        start(folder, EVENTS, LastGood.NONE);
        Path file = save("a.yaml", "a", 1);
        Thread writer = Thread.ofPlatform().start(() -> {
            while (!Thread.interrupted()) {
                append(file, "#\n");
            }
        });
        try {
            recorder.awaitObjects("a");
        } finally {
            writer.interrupt();
            writer.join();
        }
    }

    @Test
    void aBrokenFileKeepsItsLastGoodVersion() throws Exception {
        save("a.yaml", "a", 1);
        start();
        save("a.yaml", "kind: [\n");
        recorder.awaitProblem("its last good version stays in effect for HTTPRoute default/a");
        assertThat(recorder.problems()).anyMatch(p -> p.startsWith("line 2, column 1: "));
        assertThat(recorder.objects()).containsOnlyKeys("a");
        save("a.yaml", "a", 2);
        recorder.awaitText("a", "\"x\":2");
        recorder.awaitNoProblem();
    }

    @Test
    void aBrokenDocumentKeepsOnlyWhatMayStandInIt() throws Exception {
        save("a.yaml", text("a", 1) + "---\n" + text("b", 1) + "---\n" + text("c", 1));
        start();
        save("a.yaml", text("a", 2) + "---\nkind: [\n---\n" + text("c", 2));
        recorder.awaitText("c", "\"x\":2");
        assertThat(recorder.objects().get("a")).contains("\"x\":2");
        assertThat(recorder.objects().get("b")).contains("\"x\":1");
        save("a.yaml", text("a", 2) + "---\n" + text("c", 2));
        recorder.awaitObjects("a", "c");
        recorder.awaitNoProblem();
    }

    @Test
    void ofTwoFilesWithOneObjectTheLeastNameCounts() throws Exception {
        save("b.yaml", "a", 2);
        start();
        save("a.yaml", "a", 1);
        recorder.awaitProblem("HTTPRoute default/a: is defined twice, also in a.yaml; this one has no effect");
        assertThat(recorder.objects().get("a")).contains("\"x\":1");
        Files.delete(folder.resolve("a.yaml"));
        recorder.awaitText("a", "\"x\":2");
        recorder.awaitNoProblem();
    }

    @Test
    void aConfigMapMountIsSwappedInOneStep() throws Exception {
        mount("..v1", 1);
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..v1"));
        Files.createSymbolicLink(folder.resolve("a.yaml"), Path.of("..data/a.yaml"));
        Files.createSymbolicLink(folder.resolve("b.yaml"), Path.of("..data/b.yaml"));
        start();
        assertThat(recorder.objects()).containsOnlyKeys("a", "b");
        recorder.forget();
        for (int i = 2; i < 6; i++) {
            mount("..v" + i, i);
            Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..v" + i));
            Files.move(folder.resolve("..data_tmp"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
            remove(folder.resolve("..v" + (i - 1)));
            recorder.awaitText("a", "\"x\":" + i + "}");
            recorder.awaitText("b", "\"x\":" + i + "}");
        }
        assertThat(recorder.history()).containsOnly("+a", "+b").hasSize(8);
        assertThat(recorder.problems()).isEmpty();
    }

    @Test
    void aFolderThatIsDeletedStaysInEffectUntilItIsBack() throws Exception {
        save("a.yaml", "a", 1);
        save("sub/b.yaml", "b", 1);
        // However slow the machine is, the folder goes before its first file counts as deleted.
        start(folder, EVENTS.withVanish(Duration.ofSeconds(2)), LastGood.NONE);
        recorder.forget();
        remove(folder);
        recorder.awaitProblem("is missing; its last content stays in effect");
        assertThat(recorder.objects()).containsOnlyKeys("a", "b");

        Files.createDirectory(folder);
        recorder.awaitProblem("is empty since it was created again; its last content stays in effect");
        save("a.yaml", "a", 2);
        recorder.awaitObjects("a");
        recorder.awaitText("a", "\"x\":2");
        recorder.awaitNoProblem();
        assertThat(recorder.history()).containsExactlyInAnyOrder("+a", "-b");
    }

    @Test
    void aFolderThatIsALinkMayBeSwapped() throws Exception {
        Path one = Files.createDirectory(temporary.resolve("one"));
        Path two = Files.createDirectory(temporary.resolve("two"));
        Files.writeString(one.resolve("a.yaml"), text("a", 1));
        Files.writeString(two.resolve("a.yaml"), text("a", 2));
        Path link = Files.createSymbolicLink(temporary.resolve("link"), one);
        start(link, EVENTS, LastGood.NONE);
        Files.createSymbolicLink(temporary.resolve("next"), two);
        Files.move(temporary.resolve("next"), link, StandardCopyOption.ATOMIC_MOVE);
        recorder.awaitText("a", "\"x\":2");
    }

    @Test
    void theLookThroughTheFolderFindsWhatNoEventTold() throws Exception {
        Path outside = Files.writeString(temporary.resolve("outside.yaml"), text("a", 1));
        Files.createSymbolicLink(folder.resolve("a.yaml"), outside);
        start(folder, EVENTS.withRescan(Duration.ofMillis(20)), LastGood.NONE);
        Files.writeString(outside, text("a", 2));
        recorder.awaitText("a", "\"x\":2");
    }

    @Test
    void aLinkThatLeadsInACircleDoesNoHarm() throws Exception {
        save("a.yaml", "a", 1);
        Files.createSymbolicLink(folder.resolve("loop"), folder);
        start();
        assertThat(recorder.objects()).containsOnlyKeys("a");
        assertThat(recorder.problems()).singleElement().asString()
                .isEqualTo("is a link to a folder above it, and is not followed (expected: a file or folder that can be read)");
    }

    @Test
    void aLinkThatLeadsNowhereIsAProblemOfItsName() throws Exception {
        save("a.yaml", "a", 1);
        Files.createSymbolicLink(folder.resolve("gone.yaml"), folder.resolve("gone"));
        Files.createSymbolicLink(folder.resolve("self.yaml"), folder.resolve("self.yaml"));
        start();
        assertThat(recorder.objects()).containsOnlyKeys("a");
        assertThat(recorder.problems()).hasSize(2)
                .allMatch(problem -> problem.toString().startsWith("is a symbolic link without a target"));
    }

    /// Tests the message only, since a test that runs as root can read every file.
    @Test
    void aFileThatMayNotBeReadIsSaidInWords() {
        assertThat(FolderWatch.why(new AccessDeniedException("a.yaml"))).isEqualTo("may not be read by the user of this process");
        assertThat(FolderWatch.why(new IOException("disk on fire"))).contains("cannot be read", "disk on fire");
    }

    @Test
    void aFileThatIsTooLargeIsNotRead() throws Exception {
        save("a.yaml", "a", 1);
        start(folder, EVENTS.withMaxFileBytes(500), LastGood.NONE);
        save("a.yaml", text("a", 2) + "#".repeat(600));
        recorder.awaitProblem("bytes large (expected: at most 500;");
        assertThat(recorder.objects().get("a")).contains("\"x\":1");
    }

    @Test
    void aMissingFolderIsServedFromTheLastGoodState() throws Exception {
        remove(folder);
        start(folder, EVENTS,
                LastGood.of(Instant.parse("2026-11-01T09:00:00Z"), resources("a.yaml", text("a", 1) + "---\n" + text("b", 1))));
        assertThat(recorder.objects()).containsOnlyKeys("a", "b");
        assertThat(recorder.problems()).singleElement().asString()
                .contains("is missing; serving the last good state of 2026-11-01T09:00:00Z, 3 h old");
        make();
        save("a.yaml", "a", 2);
        recorder.awaitObjects("a");
        recorder.awaitNoProblem();
    }

    @Test
    void aFileThatIsBrokenAtTheStartIsTakenFromTheLastGoodState() throws Exception {
        save("a.yaml", "kind: [\n");
        save("b.yaml", "b", 2);
        List<Resource> good = new ArrayList<>(resources("a.yaml", text("a", 1)));
        good.addAll(resources("b.yaml", text("b", 1) + "---\n" + text("gone", 1)));
        start(folder, EVENTS, LastGood.of(Instant.parse("2026-11-01T09:00:00Z"), good));
        assertThat(recorder.objects()).containsOnlyKeys("a", "b");
        assertThat(recorder.objects().get("b")).contains("\"x\":2");
        assertThat(recorder.problems()).anyMatch(
                p -> p.contains("its last good version (2026-11-01T09:00:00Z, 3 h old) stays in effect for HTTPRoute default/a"));
        save("a.yaml", "");
        recorder.awaitObjects("b");
    }

    @Test
    void saysWhyAFolderCannotBeRead() throws Exception {
        assertThat(FolderSource.obstacle(folder)).isEmpty();
        assertThat(FolderSource.obstacle(folder.resolve("none"))).contains("is missing");
        assertThat(FolderSource.obstacle(Files.createFile(folder.resolve("file")))).contains("is not a folder");
    }

    /// The figures are informative; the bounds only catch gross errors.
    @Test
    @Tag("suite")
    void tenThousandFilesThenOneSave() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            Path file = save("d" + i % 100 + "/r" + i + ".yaml", "r" + i, 1);
            Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
        }
        long began = System.nanoTime();
        start();
        long loaded = System.nanoTime() - began;
        assertThat(recorder.objects()).hasSize(10_000);
        recorder.forget();
        long[] took = new long[50];
        for (int i = 0; i < took.length; i++) {
            int version = i + 2;
            long saved = System.nanoTime();
            save("d0/r100.yaml", "r100", version);
            recorder.await("one more", r -> r.history().size() > version - 2);
            took[i] = System.nanoTime() - saved;
        }
        Arrays.sort(took);
        System.out.printf("10,000 files: loaded in %d ms; one save delivered in %.1f ms median, %.1f ms p90%n",
                loaded / 1_000_000, took[25] / 1e6,
                took[45] / 1e6);
        assertThat(recorder.history()).hasSize(50).containsOnly("+r100");
        assertThat(loaded).isLessThan(TimeUnit.SECONDS.toNanos(60));
        assertThat(took[25]).isLessThan(TimeUnit.SECONDS.toNanos(2));
    }

    private void mount(String version, int x) throws IOException {
        save(version + "/a.yaml", "a", x);
        save(version + "/b.yaml", "b", x);
    }

    private void start() {
        start(folder, EVENTS, LastGood.NONE);
    }

    private void start(Path where, FolderSettings settings, LastGood lastGood) {
        FolderSource source = new FolderSource(where, settings, lastGood,
                InstantSource.fixed(Instant.parse("2026-11-01T12:10:00Z")));
        sources.add(source);
        source.start(recorder);
    }

    private static List<Resource> resources(String source, String text) {
        return ManifestReader.read(source, text.getBytes(UTF_8)).resources();
    }

    private static String text(String name, int x) {
        return ManifestReaderTest.object(name) + "spec: {x: " + x + "}\n";
    }

    private Path save(String file, String name, int x) throws IOException {
        return save(file, text(name, x));
    }

    private Path save(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, text);
    }

    private static void append(Path file, String text) {
        try {
            // Not Files.writeString: an interrupt would close its channel.
            try (OutputStream out = new java.io.FileOutputStream(file.toFile(), true)) {
                out.write(text.getBytes(UTF_8));
            }
            spin(TimeUnit.MICROSECONDS.toNanos(500));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /// Pauses between the bytes of a slow writer.
    private static void spin(long nanos) {
        for (long end = System.nanoTime() + nanos; System.nanoTime() < end;) {
            Thread.onSpinWait();
        }
    }
}
