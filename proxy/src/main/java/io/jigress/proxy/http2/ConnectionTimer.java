package io.jigress.proxy.http2;

import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.Timeout;
import java.time.Duration;

/// The one timer of a connection: which deadline it stands for depends on the connection's state. Event loop only.
final class ConnectionTimer extends Timeout {
    private final Loop loop;
    private final Runnable expiry;
    private boolean running;
    private long deadline;

    ConnectionTimer(Loop loop, Runnable expiry) {
        this.loop = loop;
        this.expiry = expiry;
    }

    void start(Duration longest) {
        deadline = loop.nanoTime() + longest.toNanos();
        running = true;
        loop.timers().set(this, deadline);
    }

    void startUnlessEarlier(Duration longest) {
        if (!running || deadline - loop.nanoTime() > longest.toNanos()) {
            start(longest);
        }
    }

    void stop() {
        if (running) {
            running = false;
            loop.timers().clear(this);
        }
    }

    /// The connection is gone.
    void remove() {
        running = false;
        loop.timers().remove(this);
    }

    @Override
    protected void expired() {
        running = false;
        expiry.run();
    }
}
