package io.jigress.plugins.process.proc;

import io.jigress.api.Services;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The time that a server has for an answer. It does not run while the gateway does not read from the server. Event loop only.
final class AnswerTimer {
    private final ProcStream stream;
    private Services.@Nullable Cancellable running;
    private boolean extended;

    AnswerTimer(ProcStream stream) {
        this.stream = stream;
    }

    void start() {
        extended = false;
        start(stream.config.rules().messageTimeout());
    }

    private void start(Duration time) {
        stop();
        running = stream.services.schedule(time, this::over);
    }

    void stop() {
        Services.Cancellable now = running;
        if (now != null) {
            running = null;
            now.cancel();
        }
    }

    private void over() {
        running = null;
        if (stream.isPaused()) {
            start();
        } else {
            stream.timedOut();
        }
    }

    /// Begins anew, if it runs.
    void restart() {
        if (running != null) {
            start();
        }
    }

    /// Gives more time, once.
    ///
    /// @return false when it does not run, or was extended already
    boolean extend(Duration time) {
        if (running == null || extended) {
            return false;
        }
        extended = true;
        start(time);
        return true;
    }
}
