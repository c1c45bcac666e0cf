package io.jigress.proxy.telemetry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes lines from the rings to the file, in turn, on one thread.
final class LogDrain {
    private static final Logger LOG = LoggerFactory.getLogger(LogDrain.class);
    private static final int CHUNK_BYTES = 64 * 1024;
    static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
    static final long COMPLAIN_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final String path;
    private final LogFile file;
    private final List<LogRing> rings;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    /// The ring to begin with: the one whose line is partly in the file.
    private int first;
    private long checkAt;
    private long complainAt;
    private int complaints;

    /// @param rings may grow, at its end
    LogDrain(String path, List<LogRing> rings, long now) {
        this.path = path;
        this.file = new LogFile(path);
        this.rings = rings;
        this.checkAt = now;
        this.complainAt = now;
    }

    /// Writes everything available. What cannot be written stays in its ring for the next turn.
    ///
    /// @param reopen whether to reopen the file in any case
    /// @return whether everything was written
    boolean turn(long now, boolean reopen) {
        try {
            if (reopen || checkAt - now <= 0) {
                checkAt = now + CHECK_NANOS;
                if (reopen || !file.isOpen() || file.isMoved()) {
                    open();
                }
            }
            return file.isOpen() && drain();
        } catch (IOException failure) {
            complain(now, failure);
            return false;
        }
    }

    void close() {
        try {
            file.close();
        } catch (IOException failure) {
            LOG.warn("access log {} did not close: {}", path, failure.toString());
        }
    }

    /// How often a failure was logged.
    int complaints() {
        return complaints;
    }

    private void open() throws IOException {
        for (LogRing ring : rings) {
            ring.rewind();
        }
        file.open();
    }

    private boolean drain() throws IOException {
        int count = rings.size();
        int begin = first;
        for (int i = 0; i < count; i++) {
            first = (begin + i) % count;
            drain(rings.get(first));
        }
        return true;
    }

    private void drain(LogRing ring) throws IOException {
        long end = ring.end();
        while (ring.position() < end) {
            chunk.clear();
            ring.copy(end, chunk);
            chunk.flip();
            ring.written(file.write(chunk), end);
        }
    }

    private void complain(long now, IOException failure) {
        if (complainAt - now <= 0) {
            complainAt = now + COMPLAIN_NANOS;
            complaints++;
            LOG.warn("access log {} cannot be written, lines that do not fit the rings are dropped: {}", path,
                    failure.toString());
        }
    }
}
