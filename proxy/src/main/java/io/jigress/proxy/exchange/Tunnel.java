package io.jigress.proxy.exchange;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What remains of an exchange whose sides have left HTTP: two directions of bytes, and how long it may be silent when one of them has
/// ended (half-close). It holds neither heads nor routes nor filters. Event loop only; used for later exchanges.
final class Tunnel {
    private final ExchangeHandler exchange;
    private final ExchangeContext context;
    private final Deadlines deadlines;
    private TunnelSettings settings = TunnelSettings.DEFAULT;
    private boolean open;
    private boolean halfClosed;
    /// It is to end then, since its listener drains; 0 when it is not.
    private long endNanos;
    /// What came from the upstream while filters looked at the head; null for nothing.
    private @Nullable ByteBuf early;
    private boolean earlyLast;

    Tunnel(ExchangeHandler exchange, ExchangeContext context, Deadlines deadlines) {
        this.exchange = exchange;
        this.context = context;
        this.deadlines = deadlines;
    }

    /// Both sides are about to leave HTTP.
    void open(TunnelSettings by) {
        settings = by;
        open = true;
        halfClosed = false;
        endNanos = 0;
        context.loop.metrics().tunnelsOpen++;
        restart();
    }

    /// The client has been told: what came early goes to it.
    void begun() {
        ByteBuf data = early;
        if (data != null) {
            early = null;
            fromUpstream(data, earlyLast);
        }
        if (exchange.isLive()) {
            exchange.forwarder.reading(true);
        }
    }

    void closed() {
        early = BodyPart.release(early);
        if (open) {
            open = false;
            context.loop.metrics().tunnelsOpen--;
        }
    }

    /// Keeps what comes from the upstream while filters look at the head; takes ownership.
    void keep(ByteBuf data, boolean last) {
        early = Parts.join(early, data);
        earlyLast = last;
        exchange.forwarder.reading(false);
    }

    /// The listener drains.
    void draining() {
        long within = settings.drain().toNanos();
        if (within > 0 && endNanos == 0) {
            endNanos = context.loop.nanoTime() + 1 + (long) (within * (context.loop.random(1 << 20) / (double) (1 << 20)));
            restart();
        }
    }

    private void restart() {
        long now = context.loop.nanoTime();
        Duration silence = halfClosed ? settings.halfClose() : settings.idle();
        deadlines.begin(now, endNanos == 0 ? 0 : Math.max(1, endNanos - now), silence.toNanos());
    }

    /// Takes ownership.
    void fromClient(ByteBuf data, boolean last) {
        deadlines.touch();
        exchange.forwarder.send(data, last);
        if (last) {
            halfClosed();
        }
    }

    /// Takes ownership.
    void fromUpstream(ByteBuf data, boolean last) {
        deadlines.touch();
        exchange.client().body(data, last);
        if (last) {
            halfClosed();
        } else {
            exchange.pauseIfSlow();
        }
    }

    /// One direction has ended; the other goes on, until it ends or nothing moves for a while.
    private void halfClosed() {
        if (exchange.isLive()) {
            halfClosed = true;
            restart();
        }
    }
}
