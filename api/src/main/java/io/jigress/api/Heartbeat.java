package io.jigress.api;

import java.time.Duration;

/// Checks whether the peer of a connection is alive. When nothing was received or nothing was sent for an interval, it sends a probe; when
/// nothing was received for three intervals, it reports the peer as dead. For protocols whose connections stay open between calls.
/// Event loop only.
public final class Heartbeat {
    /// The number of intervals without a byte from the peer after which it is reported as dead.
    private static final int PATIENCE = 3;

    private final UpstreamChannel channel;
    private final Duration interval;
    private final Runnable ask;
    private final Runnable dead;
    private long lastRead;
    private long lastWritten;

    private Heartbeat(UpstreamChannel channel, Duration interval, Runnable ask, Runnable dead) {
        this.channel = channel;
        this.interval = interval;
        this.ask = ask;
        this.dead = dead;
        lastRead = channel.nanoTime();
        lastWritten = lastRead;
    }

    /// Starts the heartbeat of a new connection; it ends with the connection.
    ///
    /// @param ask writes a probe to the peer; the heartbeat flushes it
    /// @param dead is called once, when the peer has been silent for three intervals
    public static Heartbeat begin(UpstreamChannel channel, Duration interval, Runnable ask, Runnable dead) {
        Heartbeat heartbeat = new Heartbeat(channel, interval, ask, dead);
        channel.schedule(interval, heartbeat::beat);
        return heartbeat;
    }

    /// Something came from the peer.
    public void received() {
        lastRead = channel.nanoTime();
    }

    /// Something was written to the peer.
    public void written() {
        lastWritten = channel.nanoTime();
    }

    private void beat() {
        long now = channel.nanoTime();
        long nanos = interval.toNanos();
        if (now - lastRead >= PATIENCE * nanos) {
            dead.run();
            return;
        }
        if (now - lastRead >= nanos || now - lastWritten >= nanos) {
            ask.run();
            channel.flush();
        }
        channel.schedule(interval, this::beat);
    }
}
