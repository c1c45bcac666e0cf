package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The part of a request's body that has arrived and may have to be sent: it waits for a connection, or is kept for another attempt. Event loop
/// only.
final class KeptBody {
    private final RetryMemory memory;

    private @Nullable ByteBuf bytes;
    private @Nullable Headers trailers;
    private boolean last;
    /// Parts were sent and not kept: the request cannot be sent again.
    private boolean incomplete;
    /// Whether parts that are sent are kept as well.
    private boolean replaying;
    private int reserved;

    KeptBody(RetryMemory memory) {
        this.memory = memory;
    }

    /// @param replay whether parts are to stay here after they were sent, within the limits
    void begin(boolean replay) {
        replaying = replay;
        incomplete = false;
        last = false;
    }

    /// A part that waits; takes ownership.
    void add(ByteBuf data, boolean end) {
        last |= end;
        bytes = Parts.join(bytes, data);
    }

    void end(Headers end) {
        trailers = ListHeaders.copyOf(end);
    }

    /// A part that is about to be sent: keeps it, or releases all that is kept, after which the request cannot be sent again.
    void sending(ByteBuf data, boolean end) {
        if (replaying && reserve(data.readableBytes())) {
            add(data.retainedSlice(), end);
        } else {
            forgo();
        }
    }

    private boolean reserve(int more) {
        if (reserved + more <= memory.perExchange() && memory.tryTake(more)) {
            reserved += more;
            return true;
        }
        return false;
    }

    /// Whether all that has come can be sent more than once; counts its bytes as kept where they only waited until now.
    boolean repeatable() {
        int length = length();
        return !incomplete && (length <= reserved || replaying && reserve(length - reserved));
    }

    /// What waits, for an attempt that begins; the caller owns it. Null when there is none.
    @Nullable ByteBuf take() {
        ByteBuf all = bytes;
        if (all == null) {
            return null;
        }
        if (repeatable()) {
            return all.retainedDuplicate();
        }
        bytes = null;
        forgo();
        return all;
    }

    /// Whether what [#take] gives is the end of the body.
    boolean last() {
        return last;
    }

    @Nullable Headers trailers() {
        return trailers;
    }

    int length() {
        ByteBuf all = bytes;
        return all == null ? 0 : all.readableBytes();
    }

    /// Whether everything that has come so far is still here.
    boolean complete() {
        return !incomplete;
    }

    private void forgo() {
        incomplete = true;
        replaying = false;
        release();
    }

    /// No attempt will need it any more.
    void clear() {
        replaying = false;
        trailers = null;
        release();
    }

    private void release() {
        ByteBuf all = bytes;
        if (all != null) {
            bytes = null;
            all.release();
        }
        if (reserved > 0) {
            memory.give(reserved);
            reserved = 0;
        }
    }
}
