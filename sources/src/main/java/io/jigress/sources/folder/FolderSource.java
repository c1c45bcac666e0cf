package io.jigress.sources.folder;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.manifest.Manifest;
import io.jigress.sources.manifest.ManifestReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Resources from a watched folder of YAML and JSON files, with subfolders: saving a file applies it.
///
/// A file is read when it has stopped changing ([FolderSettings#settle]); a file that keeps changing does not delay others. A missing file
/// counts as deleted only when it does not reappear soon, as it does when an editor saves it. When a file or the whole folder cannot be read,
/// the last good versions of its objects stay in effect.
public final class FolderSource implements ResourceSource {
    /// While further files vanish, the first one counts as deleted only after this multiple of [FolderSettings#vanish]: a folder is removed
    /// file by file.
    private static final long VANISH_LIMIT = 10;
    /// File times have the resolution of the kernel's tick.
    private static final long TICK_MILLIS = 50;
    /// Scanning the folder may take at most a 50th of a core.
    private static final long LOOK_SHARE = 50;
    private static final int PARALLEL_FROM = 64;

    private static final String HELD = "its last content stays in effect";

    private static final Logger log = LoggerFactory.getLogger(FolderSource.class);

    private final Path folder;
    private final FolderSettings settings;
    private final InstantSource clock;
    private final FolderFiles files;
    private final CountDownLatch delivered = new CountDownLatch(1);
    private volatile boolean closed;
    private volatile @Nullable Thread thread;

    // The following fields are used by the source's own thread only.

    /// Files that wait to be read, and since when.
    private final Map<Path, Long> pending = new LinkedHashMap<>();
    private final Set<String> vanished = new HashSet<>();
    private long firstVanished;
    private long lastVanished;
    private long nextLook;
    private boolean lookNow;
    /// The folder is missing, and its last content is in effect.
    private boolean absent;
    private String standIn = HELD;
    private Map<ResourceKey, List<Problem>> folderProblems = Map.of();

    /// @param lastGood used for what cannot be read at the start
    /// @param clock for the age of that state
    public FolderSource(Path folder, FolderSettings settings, LastGood lastGood, InstantSource clock) {
        this.folder = folder.toAbsolutePath().normalize();
        this.settings = settings;
        this.clock = clock;
        this.files = new FolderFiles(lastGood, settings.objectVanish());
    }

    /// Why a folder cannot be read now: `is missing`, `is not a folder`, `may not be read`; empty when it can.
    public static Optional<String> obstacle(Path folder) {
        if (!Files.exists(folder)) {
            return Optional.of("is missing");
        }
        if (!Files.isDirectory(folder)) {
            return Optional.of("is not a folder");
        }
        return Files.isReadable(folder) ? Optional.empty() : Optional.of("may not be read");
    }

    /// The files of a folder that are read, in their order.
    public static List<Path> files(Path folder) throws IOException {
        try (FolderWatch watch = new FolderWatch(folder.toAbsolutePath().normalize())) {
            FolderWatch.Seen seen = watch.look();
            for (Map.Entry<String, String> failure : seen.failures().entrySet()) {
                throw new IOException(failure.getKey() + " " + failure.getValue());
            }
            return seen.files().keySet().stream().map(folder::resolve).toList();
        }
    }

    @Override
    public void start(Sink sink) {
        Thread started = Thread.ofPlatform().name("folder").daemon().start(() -> run(sink));
        thread = started;
        try {
            delivered.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed = true;
        Thread started = thread;
        if (started == null) {
            return;
        }
        started.interrupt();
        try {
            started.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Sink sink) {
        try (FolderWatch watch = new FolderWatch(folder)) {
            look(watch);
            read(List.copyOf(pending.keySet()));
            deliver(sink);
            delivered.countDown();
            while (!closed) {
                attempt(watch, sink);
            }
        } catch (InterruptedException _) {
            // Closing interrupts the thread.
        } finally {
            delivered.countDown();
        }
    }

    /// An exception here is a bug; watching continues, and the folder is scanned again after [FolderSettings#rescan].
    private void attempt(FolderWatch watch, Sink sink) throws InterruptedException {
        try {
            turn(watch, sink);
        } catch (RuntimeException | Error e) {
            log.error("a change in {} could not be processed", folder, e);
            pending.clear();
            lookNow = false;
            nextLook = System.nanoTime() + settings.rescan().toNanos();
        }
    }

    private void turn(FolderWatch watch, Sink sink) throws InterruptedException {
        gather(watch, watch.await(patience()));
        if (lookNow || System.nanoTime() - nextLook >= 0) {
            look(watch);
        }
        if (!pending.isEmpty()) {
            read(settle(watch));
        }
        dropVanished();
        files.expire(System.nanoTime());
        deliver(sink);
    }

    private long patience() {
        if (lookNow || !pending.isEmpty()) {
            return 0;
        }
        long now = System.nanoTime();
        long expiry = files.expiryNanos(now);
        long look = expiry < 0 ? nextLook - now : Math.min(nextLook - now, expiry);
        return Math.max(0, vanished.isEmpty() ? look : Math.min(look, lastVanished + settings.vanish().toNanos() - now));
    }

    private void gather(FolderWatch watch, FolderWatch.Heard heard) {
        lookNow |= heard.rescan() || (absent && !heard.touched().isEmpty());
        heard.touched().forEach(path -> {
            if (FileStamp.of(path) != null) {
                await(watch.source(path), path);
            } else {
                vanish(watch.source(path), path);
            }
        });
    }

    private void await(String source, Path path) {
        pending.putIfAbsent(path, System.nanoTime());
        vanished.remove(source);
    }

    private void vanish(String source, Path path) {
        pending.remove(path);
        if (files.isKnown(source) && !absent) {
            lastVanished = System.nanoTime();
            if (vanished.isEmpty()) {
                firstVanished = lastVanished;
            }
            vanished.add(source);
        }
    }

    /// Scans the whole folder for new, changed and deleted files.
    private void look(FolderWatch watch) {
        long began = System.nanoTime();
        lookNow = false;
        FolderWatch.Seen seen = watch.look();
        Map<ResourceKey, List<Problem>> problems = new HashMap<>();
        String obstacle = obstacle(folder).or(() -> Optional.ofNullable(seen.failures().get("")))
                .orElse(absent && seen.files().isEmpty() ? "is empty since it was created again" : null);
        if (obstacle != null) {
            leave();
            problem(problems, folder.toString(), obstacle + "; " + standIn, "a folder of YAML files", Severity.ERROR);
        } else {
            absent = false;
            standIn = HELD;
            compare(seen);
            seen.failures().forEach((source, what) -> problem(problems, source, what, FolderWatch.READABLE, Severity.ERROR));
            String unwatched = watch.unwatched();
            if (unwatched != null) {
                problem(problems, folder.toString(), unwatched, "", Severity.WARNING);
            }
        }
        report(problems);
        long now = System.nanoTime();
        nextLook = now + Math.max(settings.rescan().toNanos(), (now - began) * LOOK_SHARE);
    }

    /// Keeps the folder's last content; at the start, the last good state.
    private void leave() {
        files.restore(clock.instant()).ifPresent(age -> standIn = "serving the last good state of " + age);
        absent = true;
        pending.clear();
        vanished.clear();
    }

    private void compare(FolderWatch.Seen seen) {
        seen.files().forEach((source, stamp) -> {
            if (files.isNews(source, stamp)) {
                await(source, folder.resolve(source));
            } else {
                vanished.remove(source);
            }
        });
        for (String source : files.sources()) {
            boolean hidden = seen.failures().keySet().stream()
                    .anyMatch(failed -> source.equals(failed) || source.startsWith(failed + "/"));
            if (!hidden && !seen.files().containsKey(source)) {
                vanish(source, folder.resolve(source));
            }
        }
    }

    private static void problem(Map<ResourceKey, List<Problem>> problems, String name, String what, String expected,
            Severity severity) {
        ResourceKey key = ManifestReader.fileKey(name);
        problems.put(key, List.of(new Problem(key, name, "", what, expected, severity)));
    }

    private void report(Map<ResourceKey, List<Problem>> problems) {
        folderProblems.keySet().stream().filter(key -> !problems.containsKey(key)).forEach(key -> files.report(key, List.of()));
        problems.forEach((key, list) -> {
            if (!list.equals(folderProblems.get(key))) {
                files.report(key, list);
            }
        });
        folderProblems = problems;
    }

    /// Waits until files stop changing, at most for [FolderSettings#settleLimit].
    ///
    /// @return the files that have stopped changing
    private List<Path> settle(FolderWatch watch) throws InterruptedException {
        long deadline = System.nanoTime() + settings.settleLimit().toNanos();
        Map<Path, FileStamp> stamps = new HashMap<>();
        pending.keySet().forEach(path -> stamp(path, stamps));
        while (true) {
            pause(watch, settings.settle().toNanos());
            long now = System.nanoTime();
            List<Path> rested = new ArrayList<>();
            boolean unrest = false;
            for (Map.Entry<Path, Long> entry : List.copyOf(pending.entrySet())) {
                Path path = entry.getKey();
                FileStamp before = stamps.get(path);
                FileStamp stamp = stamp(path, stamps);
                if (stamp == null) {
                    vanish(watch.source(path), path);
                } else if (isRested(before, stamp, now - entry.getValue())) {
                    rested.add(path);
                } else {
                    unrest = true;
                }
            }
            if (!unrest || now - deadline >= 0) {
                return rested;
            }
        }
    }

    private boolean isRested(@Nullable FileStamp before, FileStamp stamp, long waitedNanos) {
        boolean whole = stamp.size() > 0 || waitedNanos >= settings.vanish().toNanos();
        return (stamp.equals(before) && whole) || waitedNanos >= settings.writeLimit().toNanos();
    }

    private static @Nullable FileStamp stamp(Path path, Map<Path, FileStamp> stamps) {
        FileStamp stamp = FileStamp.of(path);
        if (stamp == null) {
            stamps.remove(path);
        } else {
            stamps.put(path, stamp);
        }
        return stamp;
    }

    /// Waits, and collects file events meanwhile.
    private void pause(FolderWatch watch, long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            gather(watch, watch.await(left));
        }
    }

    private void read(List<Path> paths) {
        long overdueSince = System.nanoTime() - settings.writeLimit().toNanos();
        Set<Path> overdue = paths.stream().filter(path -> pending.getOrDefault(path, overdueSince) - overdueSince < 0)
                .collect(Collectors.toSet());
        paths.forEach(pending::remove);
        Stream<Path> stream = paths.size() < PARALLEL_FROM ? paths.stream() : paths.parallelStream();
        stream.map(path -> version(path, overdue.contains(path))).filter(Objects::nonNull).toList()
                .forEach(version -> files.put(version, clock.instant(), System.nanoTime()));
    }

    /// Null when the file was removed or changed meanwhile; its directory's watch reports that.
    ///
    /// @param overdue whether it keeps changing: then its present content is used, and later changes are read the next time
    private FolderFiles.@Nullable Version version(Path path, boolean overdue) {
        FileStamp stamp = FileStamp.of(path);
        if (stamp == null) {
            return null;
        }
        String source = folder.relativize(path).toString().replace('\\', '/');
        boolean doubtful = clock.millis() - stamp.modified().toMillis() < TICK_MILLIS;
        try {
            Manifest manifest = stamp.size() > settings.maxFileBytes()
                    ? unreadable(source, "is " + stamp.size() + " bytes large",
                            "at most " + settings.maxFileBytes() + "; several smaller files")
                    : ManifestReader.read(source, Files.readAllBytes(path));
            return overdue || stamp.equals(FileStamp.of(path))
                    ? new FolderFiles.Version(source, stamp, doubtful, manifest)
                    : null;
        } catch (NoSuchFileException _) {
            return null;
        } catch (IOException e) {
            return new FolderFiles.Version(source, stamp, doubtful, unreadable(source, FolderWatch.why(e), FolderWatch.READABLE));
        }
    }

    private static Manifest unreadable(String source, String what, String expected) {
        return new Manifest(List.of(),
                List.of(new Problem(ManifestReader.fileKey(source), source, "", what, expected, Severity.ERROR)), false);
    }

    /// Files that did not reappear are deleted, unless the folder itself is missing.
    private void dropVanished() {
        long now = System.nanoTime();
        if (vanished.isEmpty()
                || (now - lastVanished < settings.vanish().toNanos()
                        && now - firstVanished < VANISH_LIMIT * settings.vanish().toNanos())) {
            return;
        }
        if (obstacle(folder).isPresent()) {
            lookNow = true;
            return;
        }
        for (String source : vanished) {
            Path path = folder.resolve(source);
            if (FileStamp.of(path) == null) {
                files.remove(source);
            } else {
                pending.putIfAbsent(path, now);
            }
        }
        vanished.clear();
    }

    private void deliver(Sink sink) {
        FolderFiles.Changes changes = files.take();
        if (!closed && (!changes.isEmpty() || delivered.getCount() > 0)) {
            sink.changed(changes.upserts, changes.deletions, changes.problems);
        }
    }
}
