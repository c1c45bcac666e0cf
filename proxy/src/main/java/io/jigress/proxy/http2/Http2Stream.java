package io.jigress.proxy.http2;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The state of one stream: its windows, what waits to be sent on it, which directions have ended. Event loop only; used for later
/// streams.
abstract class Http2Stream {
    private static final byte[] NO_BLOCK = {};

    int id;
    /// How much may be sent; below 0 when the peer has made its initial window smaller.
    int sendWindow;
    /// How much the peer may still send.
    int receiveWindow;
    /// Taken by the exchange and not yet announced to the peer.
    int uncredited;
    /// The peer has ended its direction.
    boolean remoteEnded;
    /// END_STREAM has been written.
    boolean localEnded;
    /// No longer in the table of its connection.
    boolean closed;

    final ArrayDeque<ByteBuf> unsent = new ArrayDeque<>(4);
    long unsentBytes;
    /// Behind what is unsent the direction ends.
    boolean endUnsent;
    /// A header block that refers to no dynamic table, to be sent behind the data; empty for none.
    byte[] trailersUnsent = NO_BLOCK;
    /// [#becameWritable] was promised.
    boolean awaitsWritable;

    /// The ring of streams that could send: see [Outflow].
    boolean queued;
    @Nullable Http2Stream next;
    @Nullable Http2Stream previous;

    void open(int streamId, int send, int receive) {
        id = streamId;
        sendWindow = send;
        receiveWindow = receive;
        uncredited = 0;
        remoteEnded = false;
        localEnded = false;
        closed = false;
        unsentBytes = 0;
        endUnsent = false;
        trailersUnsent = NO_BLOCK;
        awaitsWritable = false;
    }

    boolean hasUnsent() {
        return endUnsent || unsentBytes > 0;
    }

    /// Drops what has not been sent.
    void dropUnsent() {
        for (ByteBuf data = unsent.poll(); data != null; data = unsent.poll()) {
            data.release();
        }
        unsentBytes = 0;
        endUnsent = false;
        trailersUnsent = NO_BLOCK;
    }

    /// More may be sent.
    abstract void becameWritable();

    /// END_STREAM has been written.
    abstract void sendEnded();
}
