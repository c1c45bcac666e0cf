package io.jigress.proxy.http1;

import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.Timeout;
import java.time.Duration;

/// The one timer of a client's connection: which deadline it stands for depends on the connection's state. Event loop only.
final class ConnectionTimer extends Timeout {
    private final Loop loop;
    private final Runnable expiry;

    ConnectionTimer(Loop loop, Runnable expiry) {
        this.loop = loop;
        this.expiry = expiry;
    }

    void start(Duration longest) {
        startAt(loop.nanoTime() + longest.toNanos());
    }

    /// @param deadline in nanoseconds of the loop's clock
    void startAt(long deadline) {
        loop.timers().set(this, deadline);
    }

    void stop() {
        loop.timers().clear(this);
    }

    /// The connection is gone.
    void remove() {
        loop.timers().remove(this);
    }

    @Override
    protected void expired() {
        expiry.run();
    }
}
