package io.jigress.plugins.process.proc;

import io.jigress.api.Services;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The time that a server has for an answer. It does not run while the gateway does not read from the server. Event loop only.
final class AnswerTimer extends TimeoutQueue.Entry {
    private final ProcStream stream;
    /// The time that the server has asked for, which replaces the usual one.
    private Services.@Nullable Cancellable more;
    private boolean extended;

    AnswerTimer(ProcStream stream) {
        this.stream = stream;
    }

    void start() {
        stop();
        extended = false;
        stream.common.answers().set(this);
    }

    void stop() {
        stream.common.answers().clear(this);
        Services.Cancellable now = more;
        if (now != null) {
            more = null;
            now.cancel();
        }
    }

    private boolean isRunning() { return isSet() || more != null; }

    @Override
    void expired() {
        more = null;
        if (stream.isPaused()) {
            start();
        } else {
            stream.timedOut();
        }
    }

    /// Begins anew, if it runs.
    void restart() {
        if (isRunning()) {
            start();
        }
    }

    /// Gives more time, once.
    ///
    /// @return false when it does not run, or was extended already
    boolean extend(Duration time) {
        if (!isRunning() || extended) {
            return false;
        }
        stop();
        extended = true;
        more = stream.services.schedule(time, this::expired);
        return true;
    }
}
