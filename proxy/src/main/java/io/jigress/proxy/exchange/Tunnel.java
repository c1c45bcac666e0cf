package io.jigress.proxy.exchange;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// An exchange whose sides have switched to another protocol: passes bytes in two directions, with an inactivity timeout, and another one after one
/// direction has ended (half-close). It holds neither heads nor routes nor filters. Event loop only; reused for later exchanges.
final class Tunnel {
    private final ExchangeHandler exchange;
    private final ExchangeContext context;
    private final Deadlines deadlines;
    private TunnelSettings settings = TunnelSettings.DEFAULT;
    private boolean open;
    private boolean halfClosed;
    /// When the tunnel is to end because its listener drains; 0 while it does not.
    private long endNanos;
    /// Bytes of the upstream that arrived while filters processed the head; null for none.
    private @Nullable ByteBuf early;
    private boolean earlyLast;

    Tunnel(ExchangeHandler exchange, ExchangeContext context, Deadlines deadlines) {
        this.exchange = exchange;
        this.context = context;
        this.deadlines = deadlines;
    }

    /// Both sides are about to switch to another protocol.
    void open(TunnelSettings by) {
        settings = by;
        open = true;
        halfClosed = false;
        endNanos = 0;
        context.loop.metrics().tunnelsOpen++;
        restart();
    }

    /// The response head was sent: the bytes that arrived early follow.
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

    /// Keeps bytes of the upstream while filters process the head; takes ownership.
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

    /// One direction has ended; the other goes on until it ends, or the half-close timeout expires.
    private void halfClosed() {
        if (exchange.isLive()) {
            halfClosed = true;
            restart();
        }
    }
}
