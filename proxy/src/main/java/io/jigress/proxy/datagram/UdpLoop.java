package io.jigress.proxy.datagram;

import io.jigress.proxy.exchange.UdpSettings;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.stream.StreamContext;
import io.jigress.proxy.telemetry.DatagramDrop;
import io.jigress.proxy.telemetry.SessionEnd;
import io.jigress.proxy.telemetry.StreamStats;
import io.jigress.proxy.upstream.ConnectionPools;
import io.netty.channel.IoEventLoop;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What the UDP listeners of one event loop share: the order of their sessions, and the buffers for datagrams, which exist while a listener is open. Answers are
/// collected until the sockets that have something to read have been read, and then sent with few system calls. Event loop only, but for the constructor.
public final class UdpLoop {
    /// The most memory that each of the two buffers takes, unless a few datagrams need more.
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int LEAST_SLOTS = 4;
    private static final int MOST_SLOTS = 32;

    private final StreamContext context;
    private final UdpSockets sockets;
    private final UdpSettings settings;
    private final int maxSessions;
    private final SessionOrder order = new SessionOrder();
    private final Runnable flush = this::flush;
    private @Nullable DatagramBatch received;
    private @Nullable DatagramBatch replies;
    /// By slot of [#replies]: whose answer it is.
    private @Nullable UdpSession[] answering = {};
    private int waiting;
    private boolean flushing;
    private int users;
    private @Nullable StreamStats unrouted;

    /// @param transport `epoll`, `io_uring` or `nio`
    /// @param loops how many event loops share the limit of sessions
    public UdpLoop(StreamContext context, String transport, UdpSettings settings, int loops) {
        this.context = context;
        this.sockets = new UdpSockets((IoEventLoop) context.loop().executor(), transport);
        this.settings = settings;
        this.maxSessions = Math.max(1, settings.sessions() / loops);
    }

    Loop loop() {
        return context.loop();
    }

    UdpSockets sockets() {
        return sockets;
    }

    ConnectionPools pools() {
        return context.pools();
    }

    SessionOrder order() {
        return order;
    }

    /// @param ofRoute null for the setting
    long idleNanos(@Nullable Duration ofRoute) {
        return (ofRoute == null || ofRoute.isZero() ? settings.idle() : ofRoute).toNanos();
    }

    /// Counts datagrams of listeners without a route.
    StreamStats unrouted() {
        StreamStats known = unrouted;
        if (known == null) {
            known = loop().metrics().stream("-", UdpProtocol.NAME);
            unrouted = known;
        }
        return known;
    }

    /// Takes a place and a file for one more session, those of the oldest ones if need be.
    ///
    /// @return false when there is no file; none was taken then
    boolean makeRoom() {
        UdpSession oldest = order.oldest();
        if (oldest != null && order.size() >= maxSessions) {
            oldest.end(SessionEnd.TOO_MANY);
        }
        while (!pools().takeFile()) {
            oldest = order.oldest();
            if (oldest == null) {
                return false;
            }
            oldest.end(SessionEnd.TOO_MANY);
        }
        return true;
    }

    // ---- buffers

    /// A listener opens a socket.
    void retain() {
        if (users++ == 0) {
            int slots = Math.clamp(BUFFER_BYTES / (settings.datagramBytes() + 1), LEAST_SLOTS, MOST_SLOTS);
            DatagramBatch in = new DatagramBatch(slots, settings.datagramBytes(), true);
            received = in;
            replies = new DatagramBatch(slots, settings.datagramBytes(), false);
            loop().metrics().datagramBufferBytes = 2 * in.bytes();
            answering = new UdpSession[slots];
        }
    }

    void release() {
        DatagramBatch in = received;
        DatagramBatch out = replies;
        if (--users == 0 && in != null && out != null) {
            received = null;
            replies = null;
            in.release();
            out.release();
            loop().metrics().datagramBufferBytes = 0;
        }
    }

    DatagramBatch received() {
        return open(received);
    }

    DatagramBatch replies() {
        return open(replies);
    }

    private static DatagramBatch open(@Nullable DatagramBatch batch) {
        if (batch == null) {
            throw new IllegalStateException("no UDP listener is open on this event loop");
        }
        return batch;
    }

    // ---- answers

    /// The first free slot of [#replies].
    int roomForReplies() {
        if (waiting == replies().slots) {
            flush();
        }
        return waiting;
    }

    /// The session has received answers into the slots from [#roomForReplies] on, with addresses.
    void reply(UdpSession session, int count) {
        DatagramBatch out = replies();
        for (int i = 0; i < count; i++) {
            if (out.whole(waiting)) {
                answering[waiting] = session;
            } else {
                session.stats().dropped(DatagramDrop.TOO_LONG, 1);
            }
            waiting++;
        }
        if (!flushing) {
            flushing = true;
            // Runs when all sockets that are readable now have been read.
            loop().executor().execute(flush);
        }
    }

    /// Sends the answers that have been collected.
    void flush() {
        flushing = false;
        DatagramBatch out = replies;
        int end = waiting;
        if (out == null || end == 0) {
            return;
        }
        int at = 0;
        while (at < end) {
            UdpSession first = answering[at];
            int next = at + 1;
            while (next < end && first != null && answering[next] != null && front(answering[next]) == first.front) {
                next++;
            }
            if (first != null) {
                first.front.send(out, at, next);
            }
            at = next;
        }
        Arrays.fill(answering, 0, end, null);
        waiting = 0;
    }

    private static @Nullable ClientSocket front(@Nullable UdpSession session) {
        return session == null ? null : session.front;
    }

    /// Answers have been sent to their clients.
    void sent(int first, int count) {
        for (int i = first; i < first + count; i++) {
            UdpSession session = answering[i];
            if (session != null) {
                session.stats().sent(replies().lengths[i]);
                session.stats().sentDatagrams(1);
            }
        }
    }

    void dropped(DatagramDrop reason, int first, int count) {
        for (int i = first; i < first + count; i++) {
            UdpSession session = answering[i];
            if (session != null) {
                session.stats().dropped(reason, 1);
            }
        }
    }

    StreamContext context() {
        return context;
    }
}
