package io.jigress.proxy.upstream;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes ejections and returns of endpoints to the program's log: at most [#LINES] lines in ten seconds for the whole process, since a
/// machine that fails takes endpoints of many clusters with it. The next line after that says how many were left out. For several threads.
final class EjectionLog {
    private static final Logger LOG = LoggerFactory.getLogger("io.jigress.proxy.upstream.Ejections");
    static final int LINES = 20;
    static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);

    private long begun;
    private int lines;
    private long omitted;

    /// @param now monotonic nanoseconds
    void ejected(long now, String text) {
        if (admit(now)) {
            LOG.warn("{}{}", text, omissions());
        }
    }

    void returned(long now, String text) {
        if (admit(now)) {
            LOG.info("{}{}", text, omissions());
        }
    }

    synchronized boolean admit(long now) {
        if (lines == 0 || now - begun >= PERIOD_NANOS) {
            begun = now;
            lines = 0;
        }
        if (lines == LINES) {
            omitted++;
            return false;
        }
        lines++;
        return true;
    }

    synchronized String omissions() {
        String text = omitted == 0 ? "" : " (" + omitted + " more such lines were left out)";
        omitted = 0;
        return text;
    }
}
