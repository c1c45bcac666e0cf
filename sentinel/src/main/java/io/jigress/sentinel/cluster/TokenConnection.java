package io.jigress.sentinel.cluster;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// A connection to a token server, and the requests on it that have no answer yet.
final class TokenConnection {
    /// Requests without an answer. A power of two.
    private static final int MOST_ASKED = 4_096;
    private static final int BUFFER = 32 << 10;
    /// More than any message.
    private static final int ROOM = 1_100;

    private final SocketChannel channel;
    private final long timeoutNanos;
    private final LongSupplier clock;
    private final AtomicReferenceArray<Asked> asked = new AtomicReferenceArray<>(MOST_ASKED);
    private final AtomicInteger ids = new AtomicInteger(1);

    private final Queue<Asked> unsent = new ConcurrentLinkedQueue<>();
    /// How many are to be sent. Who raises it from zero sends them.
    private final AtomicInteger work = new AtomicInteger();
    /// Written bytes that the socket has not taken. Used by the sending thread only.
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER);

    /// Used by the reading thread only, as is the next field.
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER);
    private boolean greeted;

    private volatile boolean over;
    /// When the first of the requests since the last answer was made; 0 when there is none.
    private volatile long unansweredSince;

    private record Asked(int id, TokenRequest request, Consumer<TokenAnswer> listener, long since) {}

    TokenConnection(SocketChannel channel, long timeoutNanos, LongSupplier clock) {
        this.channel = channel;
        this.timeoutNanos = timeoutNanos;
        this.clock = clock;
    }

    /// Sends the first message. Before any other, on the reading thread.
    void greet(String namespace) throws IOException {
        expectAnswer(clock.getAsLong());
        work.incrementAndGet();
        TokenFrames.ping(out, 0, namespace);
        flush();
        work.decrementAndGet();
    }

    /// Whether the server has answered the first message.
    boolean isGreeted() { return greeted; }

    void ask(TokenRequest request, Consumer<TokenAnswer> listener) {
        long now = clock.getAsLong();
        int id = ids.getAndIncrement() & Integer.MAX_VALUE;
        int slot = id & MOST_ASKED - 1;
        Asked mine = new Asked(id, request, listener, now);
        Asked before = asked.get(slot);
        boolean free = before == null || now - before.since > timeoutNanos;
        if (!free || !asked.compareAndSet(slot, before, mine)) {
            listener.accept(TokenAnswer.UNAVAILABLE);
            return;
        }
        expectAnswer(now);
        unsent.add(mine);
        if (work.getAndIncrement() == 0) {
            sendAll();
        }
        if (over) {
            answer(mine, TokenAnswer.UNAVAILABLE);
        }
    }

    private void expectAnswer(long now) {
        if (unansweredSince == 0) {
            unansweredSince = now == 0 ? 1 : now;
        }
    }

    private void sendAll() {
        int done = 1;
        do {
            for (Asked one = unsent.poll(); one != null; one = unsent.poll()) {
                if (out.remaining() < ROOM) {
                    flush();
                }
                if (out.remaining() < ROOM) {
                    // The server does not read.
                    answer(one, TokenAnswer.UNAVAILABLE);
                } else {
                    TokenFrames.request(out, one.id, one.request);
                }
            }
            flush();
            done = work.addAndGet(-done);
        } while (done != 0);
    }

    /// Writes what the socket takes; an error is noticed by the reading thread as well.
    private void flush() {
        out.flip();
        try {
            channel.write(out);
        } catch (IOException _) {
            over = true;
        }
        out.compact();
    }

    /// Reads what has arrived, and tells the listeners. On one thread.
    ///
    /// @return false when the server has closed the connection
    boolean read() throws IOException, TokenFrames.BrokenFrame {
        int got;
        do {
            got = channel.read(in);
            in.flip();
            for (ByteBuffer message = TokenFrames.nextResponse(in); message != null; message = TokenFrames.nextResponse(in)) {
                received(TokenFrames.response(message));
            }
            in.compact();
        } while (got > 0);
        return got == 0 && !over;
    }

    private void received(TokenFrames.Response response) {
        unansweredSince = 0;
        if (response.type() == TokenFrames.PING) {
            greeted = true;
            return;
        }
        Asked known = asked.get(response.id() & MOST_ASKED - 1);
        if (known != null && known.id == response.id()) {
            answer(known, response.answer());
        }
    }

    private void answer(Asked one, TokenAnswer answer) {
        if (asked.compareAndSet(one.id & MOST_ASKED - 1, one, null)) {
            one.listener.accept(answer);
        }
    }

    /// Forgets requests that nobody waits for any more. On the reading thread, every now and then.
    void expire() {
        long now = clock.getAsLong();
        for (int i = 0; i < MOST_ASKED; i++) {
            Asked one = asked.get(i);
            if (one != null && now - one.since > 2 * timeoutNanos) {
                asked.compareAndSet(i, one, null);
            }
        }
    }

    /// Whether the server was asked and has answered nothing for so long.
    boolean isSilent(long nanos) {
        long since = unansweredSince;
        return since != 0 && clock.getAsLong() - since > nanos;
    }

    /// Requests without an answer get none any more.
    void end() {
        over = true;
        for (int i = 0; i < MOST_ASKED; i++) {
            Asked one = asked.get(i);
            if (one != null) {
                answer(one, TokenAnswer.UNAVAILABLE);
            }
        }
    }
}
