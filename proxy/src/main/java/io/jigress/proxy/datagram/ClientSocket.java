package io.jigress.proxy.datagram;

import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.CompiledStream;
import io.jigress.proxy.telemetry.DatagramDrop;
import io.jigress.proxy.telemetry.SessionEnd;
import io.jigress.proxy.telemetry.StreamStats;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The socket of one UDP listener on one event loop, and the sessions of the clients whose datagrams arrive there. Event loop only.
final class ClientSocket implements UdpSocket.Reader {
    private static final Logger LOG = LoggerFactory.getLogger(ClientSocket.class);
    /// How often datagrams are received before other sockets have their turn.
    private static final int ROUNDS = 4;

    private final UdpListener listener;
    private final UdpLoop udp;
    private final UdpSocket socket;
    private final SessionTable sessions;
    private boolean closed;

    ClientSocket(UdpListener listener, UdpLoop udp, UdpSocket socket) {
        this.listener = listener;
        this.udp = udp;
        this.socket = socket;
        this.sessions = new SessionTable(udp.loop().random());
    }

    UdpLoop udp() {
        return udp;
    }

    @Nullable FileDescriptor descriptor() {
        return socket.descriptor();
    }

    void start() {
        udp.retain();
        boolean started = false;
        try {
            socket.start(this);
            started = true;
        } finally {
            if (!started) {
                udp.release();
            }
        }
    }

    // ---- from clients

    @Override
    public void readable() {
        DatagramBatch in = udp.received();
        for (int round = 0; round < ROUNDS && !closed; round++) {
            int count = socket.receive(in, 0, in.slots);
            if (count <= 0) {
                return;
            }
            dispatch(in, count, udp.loop().nanoTime());
            if (count < in.slots) {
                return;
            }
        }
    }

    private void dispatch(DatagramBatch in, int count, long now) {
        CompiledStream route = listener.route();
        int at = 0;
        while (at < count && !closed) {
            if (!in.whole(at)) {
                stats(route).dropped(DatagramDrop.TOO_LONG, 1);
                at++;
                continue;
            }
            UdpSession session = sessions.find(in, at);
            if (session == null) {
                session = open(route, in, at, null);
            }
            if (session == null) {
                at++;
                continue;
            }
            int run = run(session, in, at, count);
            int handled = session.forward(in, at, run, now);
            if (handled < run) {
                // The endpoint has refused an earlier datagram; these were not sent.
                handled += again(route, in, at + handled, run - handled, session.endpoint(), now);
            }
            at += handled;
        }
    }

    /// Sends datagrams of a client whose session has just ended to another endpoint.
    ///
    /// @return how many were sent or counted as dropped, at least one
    private int again(@Nullable CompiledStream route, DatagramBatch in, int first, int count, UpstreamEndpoint avoid, long now) {
        UdpSession next = open(route, in, first, avoid);
        int handled = next == null ? 1 : next.forward(in, first, count, now);
        if (handled == 0) {
            stats(route).dropped(DatagramDrop.NOT_SENT, 1);
            return 1;
        }
        return handled;
    }

    /// How many datagrams in a row are of one session.
    private static int run(UdpSession session, DatagramBatch in, int first, int end) {
        int next = first + 1;
        while (next < end && in.whole(next) && session.isOf(in, next)) {
            next++;
        }
        return next - first;
    }

    private StreamStats stats(@Nullable CompiledStream route) {
        return route == null ? udp.unrouted() : route.stats(udp.loop(), UdpProtocol.NAME);
    }

    /// A session for the client of a datagram; null when the datagram is dropped, which is counted.
    ///
    /// @param avoid an endpoint that has just failed
    private @Nullable UdpSession open(@Nullable CompiledStream route, DatagramBatch in, int slot,
            @Nullable UpstreamEndpoint avoid) {
        StreamStats stats = stats(route);
        CompiledRoute.Target target = route == null ? null : route.draw(udp.loop());
        Upstream upstream = target == null ? null : target.upstream();
        if (route == null || target == null || upstream == null) {
            stats.dropped(DatagramDrop.NO_ROUTE, 1);
            return null;
        }
        UpstreamEndpoint endpoint = upstream.pick(udp.loop(), avoid);
        if (endpoint == null) {
            stats.dropped(DatagramDrop.NO_ENDPOINTS, 1);
            return null;
        }
        if (!udp.makeRoom()) {
            stats.dropped(DatagramDrop.NO_FILE, 1);
            return null;
        }
        UdpSession session = connect(route, target, upstream, endpoint, in, slot);
        if (session == null) {
            udp.pools().giveFile();
            stats.dropped(DatagramDrop.NOT_SENT, 1);
        }
        return session;
    }

    private @Nullable UdpSession connect(CompiledStream route, CompiledRoute.Target target, Upstream upstream,
            UpstreamEndpoint endpoint,
            DatagramBatch in, int slot) {
        UdpSocket upstreamSocket;
        try {
            upstreamSocket = udp.sockets().connected(endpoint.address());
        } catch (IOException e) {
            LOG.debug("no socket for {}", endpoint, e);
            return null;
        }
        UdpSession session = new UdpSession(this, in, slot, sessions.hash(in, slot), route, target, upstream, endpoint,
                upstreamSocket);
        sessions.add(session);
        udp.order().add(session);
        udp.loop().metrics().udpSessions++;
        session.begin();
        return session;
    }

    void remove(UdpSession session) {
        sessions.remove(session);
        udp.order().remove(session);
        udp.loop().metrics().udpSessions--;
    }

    // ---- to clients

    /// Sends answers that are in consecutive slots, or drops those that the socket does not take.
    void send(DatagramBatch replies, int first, int end) {
        int at = first;
        while (at < end && !closed) {
            int sent = socket.send(replies, at, end - at);
            if (sent > 0) {
                udp.sent(at, sent);
                at += sent;
            } else if (sent == UdpSocket.NOTHING) {
                udp.dropped(DatagramDrop.CLIENT_SOCKET_FULL, at, end - at);
                return;
            } else {
                udp.dropped(sent == UdpSocket.TOO_LONG ? DatagramDrop.TOO_LONG : DatagramDrop.NOT_SENT, at, 1);
                at++;
            }
        }
    }

    /// Ends all sessions and closes the socket.
    void close() {
        if (closed) {
            return;
        }
        udp.flush();
        closed = true;
        socket.close();
        sessions.endAll(SessionEnd.LISTENER_CLOSED);
        udp.release();
    }
}
