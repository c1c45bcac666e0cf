package io.jigress.sources.state;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps all resources in effect in one file, so that a restart can serve them when their source cannot be read.
///
/// Written on a thread of its own, at most once per interval, and once more on [#close]. A full or missing disk causes a [Problem] and has no
/// other effect.
public final class LastGoodState implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LastGoodState.class);

    /// The state found at the start.
    ///
    /// @param saved when it was in effect
    /// @param resources empty when there is no usable state
    public record Loaded(Instant saved, List<Resource> resources) {}

    private final Path directory;
    private final Path file;
    private final Duration interval;
    private final InstantSource clock;
    private final Consumer<List<Problem>> reporter;
    private final Thread thread;

    // The fields up to `started` are guarded by this.
    private @Nullable ResourceSet latest;
    private PersistentMap<ResourceKey, Resource> written = PersistentMap.empty();
    private boolean closed;
    private boolean started;
    private volatile List<Problem> problems = List.of();

    /// @param directory is created when it is missing
    /// @param interval the least time between two writes
    /// @param reporter is called with all present problems of the state (an empty list when there are none any more), on any thread
    public LastGoodState(Path directory, Duration interval, InstantSource clock, Consumer<List<Problem>> reporter) {
        this.directory = directory.toAbsolutePath();
        this.file = this.directory.resolve("last-good.state");
        this.interval = interval;
        this.clock = clock;
        this.reporter = reporter;
        thread = Thread.ofPlatform().name("last-good-state").daemon().unstarted(this::run);
    }

    /// The key of its problems.
    public ResourceKey key() {
        return new ResourceKey("", "File", "", file.toString());
    }

    /// Reads the state of the last run. A missing state is empty; a damaged one is empty and causes a [Problem].
    public Loaded load() {
        try {
            StateFile.Content content = StateFile.read(file);
            PersistentMap<ResourceKey, Resource> resources = PersistentMap.empty();
            for (Resource resource : content.resources()) {
                resources = resources.with(resource.key(), resource);
            }
            synchronized (this) {
                written = resources;
            }
            return new Loaded(content.saved(), content.resources());
        } catch (NoSuchFileException _) {
            return new Loaded(Instant.EPOCH, List.of());
        } catch (IOException e) {
            report("the last good state cannot be used: " + Optional.ofNullable(e.getMessage()).orElse("it ends too early"));
            return new Loaded(Instant.EPOCH, List.of());
        }
    }

    /// Stores the resources that are in effect now; returns at once. An empty set is ignored, since it is not worth keeping.
    public synchronized void changed(ResourceSet resources) {
        if (closed || resources.resources().isEmpty()) {
            return;
        }
        latest = resources;
        if (!started) {
            started = true;
            thread.start();
        }
        notifyAll();
    }

    /// The present problems of the state.
    public List<Problem> problems() {
        return problems;
    }

    /// The size of the file in bytes; 0 when nothing is kept yet.
    public long size() {
        try {
            return Files.size(file);
        } catch (IOException _) {
            return 0;
        }
    }

    private void run() {
        long nextNanos = System.nanoTime();
        for (ResourceSet set = await(nextNanos); set != null; set = await(nextNanos)) {
            write(set);
            nextNanos = System.nanoTime() + interval.toNanos();
        }
    }

    /// Waits for the newest set until it may be written; null when closed and nothing is left.
    private synchronized @Nullable ResourceSet await(long earliestNanos) {
        try {
            while (!closed && latest == null) {
                wait();
            }
            for (long left = earliestNanos - System.nanoTime(); !closed && left > 0; left = earliestNanos - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException _) {
            closed = true;
        }
        ResourceSet set = latest;
        latest = null;
        return set;
    }

    /// A state equal to the one on disk is not written, so that its date is that of the last change and not of the last use.
    private void write(ResourceSet set) {
        synchronized (this) {
            if (set.resources().equals(written)) {
                return;
            }
        }
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory, StateFile.ownerOnly(file, "rwx------"));
            }
            StateFile.write(directory, file, clock.instant(), set.resources());
            synchronized (this) {
                written = set.resources();
            }
            if (!problems.isEmpty()) {
                problems = List.of();
                reporter.accept(problems);
            }
        } catch (IOException e) {
            report("the last good state cannot be written: " + e);
            retry(set);
        }
    }

    private synchronized void retry(ResourceSet set) {
        if (latest == null && !closed) {
            latest = set;
        }
    }

    private void report(String what) {
        List<Problem> now = List.of(new Problem(key(), file.toString(), "", what, "", Severity.WARNING));
        if (!now.equals(problems)) {
            log.warn("{}: {}", file, what);
            problems = now;
            reporter.accept(now);
        }
    }

    /// Writes what is not yet written, and ends.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
            if (!started) {
                return;
            }
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(30));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
