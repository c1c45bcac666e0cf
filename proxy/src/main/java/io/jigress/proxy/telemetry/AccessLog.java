package io.jigress.proxy.telemetry;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes one line per exchange, from all event loops into one file. No request waits for it.
///
/// Each loop formats into a bounded ring buffer of its own; one thread writes the rings to the file. When the file is slow or cannot
/// be written, the rings fill up, further records are dropped and counted, and the cause is logged once a minute.
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

    /// Opens the file on a thread of its own; when that fails it is retried every second.
    ///
    /// @throws java.nio.file.InvalidPathException when the path is not valid
    public AccessLog(AccessLogSettings settings) {
        this.settings = settings;
        this.thread = settings.enabled() ? start(new LogDrain(settings.path(), rings, System.nanoTime())) : null;
    }

    public boolean isEnabled() { return settings.enabled(); }

    /// The writer of one event loop; accepted and dropped lines are counted in the loop's metrics.
    public Writer writer(LoopMetrics loop) {
        Thread reader = thread;
        if (reader == null) {
            return new Writer(null, LineFormat.of(settings.format()), loop);
        }
        LogRing ring = new LogRing(settings.ringBytes(), () -> LockSupport.unpark(reader));
        rings.add(ring);
        return new Writer(ring, LineFormat.of(settings.format()), loop);
    }

    /// Reopens the file soon, as after a rotation. A rotated file is also noticed without this call, within two seconds.
    public void reopen() {
        reopen = true;
        LockSupport.unpark(thread);
    }

    /// Writes what the rings hold and ends the thread. Writers must have stopped. Gives up after 5 s when the file cannot be written.
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

    /// The part of the log that belongs to one event loop.
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

        /// Whether there is a log.
        public boolean isOn() { return ring != null; }

        /// The capacity of the ring; 0 without a log.
        public long capacityBytes() {
            return ring == null ? 0 : ring.capacity();
        }

        /// The bytes in the ring that are not written yet.
        public long heldBytes() {
            return ring == null ? 0 : ring.held();
        }

        /// Writes the record to the ring; to be called after [AccessRecord#end]. Does nothing when the log is off.
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
