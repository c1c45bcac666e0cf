package io.jigress.proxy.http1;

import io.jigress.proxy.loop.SendQueue;
import io.netty.channel.Channel;

/// Tells from one check to the next whether a slow client still acknowledges what was sent to it. Each check may be a system call: for
/// timers, not for requests. Event loop only.
final class SendProgress {
    private final Channel channel;
    /// Bytes at the last check; without limit before the first.
    private long before = Long.MAX_VALUE;

    SendProgress(Channel channel) {
        this.channel = channel;
    }

    /// Bytes that were written and that the client has not acknowledged, as far as the transport can tell.
    long unacknowledged() {
        return SendQueue.unacknowledged(channel);
    }

    void restart() {
        before = Long.MAX_VALUE;
    }

    /// Whether bytes are on their way, and fewer than at the last check.
    boolean advances() {
        long last = before;
        before = unacknowledged();
        return before > 0 && before < last;
    }
}
