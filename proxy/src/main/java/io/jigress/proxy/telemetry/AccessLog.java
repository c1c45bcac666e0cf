package io.jigress.proxy.telemetry;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes one line per exchange, from all event loops into one file, without ever making a request wait.
///
/// Each loop formats into a bounded ring of its own; one thread carries the rings to the file. When the file is slow or cannot
/// be written, rings fill, further records are dropped and counted, and the cause is logged once a minute.
public final class AccessLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long CLOSE_MILLIS = 5_000;

    private final AccessLogSettings settings;
    private final List<LogRing> rings = new CopyOnWriteArrayList<>();
    /// Null when there is no log.
    private final @Nullable Thread thread;
    private volatile boolean reopen;
    private volatile boolean closing;

    /// Opens the file on its own thread; a file that cannot be opened is tried again every second.
    ///
    /// @throws java.nio.file.InvalidPathException when the path is none
    public AccessLog(AccessLogSettings settings) {
        this.settings = settings;
        this.thread = settings.enabled() ? start(new LogDrain(settings.path(), rings, System.nanoTime())) : null;
    }

    public boolean isEnabled() { return settings.enabled(); }

    /// The writer of one event loop; what it takes and drops is counted in the loop's metrics.
    public Writer writer(LoopMetrics loop) {
        Thread reader = thread;
        if (reader == null) {
            return new Writer(null, LineFormat.of(settings.format()), loop);
        }
        LogRing ring = new LogRing(settings.ringBytes(), () -> LockSupport.unpark(reader));
        rings.add(ring);
        return new Writer(ring, LineFormat.of(settings.format()), loop);
    }

    /// Opens the file again, soon, as after a rotation; a rotated file is also noticed without, within a second or two.
    public void reopen() {
        reopen = true;
        LockSupport.unpark(thread);
    }

    /// Writes what the rings hold and ends the thread. Writers must have stopped. Gives up after 5 s when the file does not take it.
    @Override
    public void close() {
        if (thread == null) {
            return;
        }
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private Thread start(LogDrain drain) {
        return Thread.ofPlatform().name("jigress-access-log").daemon().start(() -> run(drain));
    }

    private void run(LogDrain drain) {
        while (!closing) {
            turn(drain);
            LockSupport.parkNanos(this, POLL_NANOS);
        }
        if (!turn(drain) && rings.stream().anyMatch(ring -> ring.held() > 0)) {
            LOG.warn("access log {} was closed with lines that could not be written", settings.path());
        }
        drain.close();
    }

    private boolean turn(LogDrain drain) {
        boolean asked = reopen;
        if (asked) {
            reopen = false;
        }
        return drain.turn(System.nanoTime(), asked);
    }

    /// One event loop's end of the log.
    public static final class Writer {
        /// Null when there is no log.
        private final @Nullable LogRing ring;
        private final LineFormat format;
        private final LoopMetrics loop;

        private Writer(@Nullable LogRing ring, LineFormat format, LoopMetrics loop) {
            this.ring = ring;
            this.format = format;
            this.loop = loop;
        }

        /// What the ring can hold; 0 without a log.
        public long capacityBytes() {
            return ring == null ? 0 : ring.capacity();
        }

        /// What waits in the ring to be written.
        public long heldBytes() {
            return ring == null ? 0 : ring.held();
        }

        /// Takes the record as it is now, after [AccessRecord#end]. Does nothing when the log is off.
        ///
        /// @return false when it was dropped, because the file is slower than the traffic
        public boolean write(AccessRecord record) {
            if (ring == null) {
                return true;
            }
            Line line = format.format(record);
            boolean taken = ring.offer(line.bytes(), line.length());
            loop.logged(taken);
            return taken;
        }
    }
}
