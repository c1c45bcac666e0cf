package io.jigress.proxy.exchange;

import io.netty.buffer.ByteBuf;

/// What remains of an exchange whose sides have left HTTP: two directions of bytes, and how long it may be silent when one of them has
/// ended (half-close). It holds neither heads nor routes nor filters. Event loop only.
final class Tunnel {
    private final ExchangeHandler exchange;
    private final ExchangeContext context;
    private final Deadlines deadlines;
    private long halfCloseNanos;

    Tunnel(ExchangeHandler exchange, ExchangeContext context, Deadlines deadlines) {
        this.exchange = exchange;
        this.context = context;
        this.deadlines = deadlines;
    }

    /// @param halfCloseNanos how long it may be silent when one direction has ended
    void open(long halfCloseNanos) {
        this.halfCloseNanos = halfCloseNanos;
        deadlines.clear();
        context.loop.metrics().tunnelsOpen++;
    }

    void closed() {
        context.loop.metrics().tunnelsOpen--;
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
            deadlines.begin(context.loop.nanoTime(), 0, halfCloseNanos);
        }
    }
}
