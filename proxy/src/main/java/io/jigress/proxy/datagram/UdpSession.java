package io.jigress.proxy.datagram;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.CompiledStream;
import io.jigress.proxy.loop.Timeout;
import io.jigress.proxy.stream.StreamContext;
import io.jigress.proxy.stream.StreamOrigin;
import io.jigress.proxy.telemetry.ClosedBy;
import io.jigress.proxy.telemetry.DatagramDrop;
import io.jigress.proxy.telemetry.SessionEnd;
import io.jigress.proxy.telemetry.StreamEvent;
import io.jigress.proxy.telemetry.StreamStats;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import org.jspecify.annotations.Nullable;

/// The datagrams between one client and one endpoint: a socket that is connected to the endpoint, from which answers go to the client's address and nowhere
/// else. It keeps its endpoint until it ends, whatever happens to the configuration. Its timeout is the idle timeout. Event loop only.
final class UdpSession extends Timeout implements UdpSocket.Reader {
    private static final ProxyFailure PORT_UNREACHABLE = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, false,
            "port_unreachable");
    private static final ProxyFailure HOST_UNREACHABLE = new ProxyFailure(Kind.UPSTREAM_RESET, Origin.UPSTREAM, false,
            "host_unreachable");
    private static final ProxyFailure NO_PLACE = new ProxyFailure(Kind.OVERLOADED, Origin.GATEWAY, false, "too_many_sessions");
    private static final ProxyFailure CLOSING = new ProxyFailure(Kind.DRAINING, Origin.GATEWAY, false, "listener_closed");
    /// How many datagrams are received at once, and how many times at most before other sockets have their turn.
    private static final int RECEIVED = 8;
    private static final int ROUNDS = 4;

    final ClientSocket front;
    final int hash;
    private final long clientHigh;
    private final long clientLow;
    private final long localHigh;
    private final long localLow;
    private final int clientPort;
    private final int clientScope;

    /// Of [SessionTable].
    @Nullable UdpSession chained;
    /// Of [SessionOrder], likewise the next two.
    @Nullable UdpSession older;
    @Nullable UdpSession newer;
    boolean proven;

    private final UdpSocket socket;
    private final Upstream upstream;
    private final UpstreamEndpoint endpoint;
    private final String route;
    private final String cluster;
    private final StreamStats stats;
    private final long idleNanos;
    private final long startNanos;
    private final boolean logged;
    private final @Nullable StreamEvent event = StreamEvent.begun();
    /// How many answers it waits for; negative for no limit.
    private int answersLeft;
    private boolean answered;
    private boolean ended;
    private long receivedBytes;
    private long sentBytes;

    /// @param socket connected to the endpoint; the session's from now on, likewise its file
    UdpSession(ClientSocket front, DatagramBatch in, int slot, int hash, CompiledStream route, CompiledRoute.Target target,
            Upstream upstream, UpstreamEndpoint endpoint, UdpSocket socket) {
        this.front = front;
        this.hash = hash;
        this.clientHigh = in.remoteHigh[slot];
        this.clientLow = in.remoteLow[slot];
        this.clientPort = in.remotePort[slot];
        this.clientScope = in.remoteScope[slot];
        this.localHigh = in.localHigh[slot];
        this.localLow = in.localLow[slot];
        this.upstream = upstream;
        this.endpoint = endpoint;
        this.socket = socket;
        this.route = route.origin();
        this.cluster = upstream.cluster().origin();
        this.stats = route.stats(front.udp().loop(), UdpProtocol.NAME);
        this.idleNanos = front.udp().idleNanos(route.options().idleTimeout());
        this.startNanos = front.udp().loop().nanoTime();
        this.logged = route.options().accessLog();
        this.answersLeft = route.options().answers() == 0 ? -1 : route.options().answers();
        stats.begun();
        target.stats(front.udp().loop()).attempt(false);
    }

    /// Whether the datagram in a slot is this client's.
    boolean isOf(DatagramBatch in, int slot) {
        return in.remoteLow[slot] == clientLow && in.remotePort[slot] == clientPort && in.remoteHigh[slot] == clientHigh
                && in.remoteScope[slot] == clientScope && in.localLow[slot] == localLow && in.localHigh[slot] == localHigh;
    }

    UpstreamEndpoint endpoint() {
        return endpoint;
    }

    StreamStats stats() {
        return stats;
    }

    /// It is in the table.
    void begin() {
        socket.start(this);
        used(startNanos);
    }

    private void used(long now) {
        front.udp().loop().timers().set(this, now + idleNanos);
        front.udp().order().used(this);
    }

    // ---- from the client

    /// Sends datagrams of the client to the endpoint.
    ///
    /// @return how many were handled; when fewer than `count`, the session has ended before the next one was sent
    int forward(DatagramBatch in, int first, int count, long now) {
        if (answered) {
            front.udp().order().prove(this);
        }
        used(now);
        int handled = 0;
        while (handled < count) {
            int sent = socket.send(in, first + handled, count - handled);
            switch (sent) {
                case UdpSocket.NOTHING -> {
                    stats.dropped(DatagramDrop.ENDPOINT_SOCKET_FULL, count - handled);
                    return count;
                }
                case UdpSocket.REFUSED -> {
                    end(SessionEnd.PORT_UNREACHABLE);
                    return handled;
                }
                case UdpSocket.UNREACHABLE -> {
                    end(SessionEnd.HOST_UNREACHABLE);
                    return handled;
                }
                case UdpSocket.TOO_LONG, UdpSocket.FAILED -> {
                    stats.dropped(sent == UdpSocket.TOO_LONG ? DatagramDrop.TOO_LONG : DatagramDrop.NOT_SENT, 1);
                    handled++;
                }
                default -> {
                    forwarded(in, first + handled, sent);
                    handled += sent;
                }
            }
        }
        return handled;
    }

    private void forwarded(DatagramBatch in, int first, int count) {
        long bytes = 0;
        for (int i = first; i < first + count; i++) {
            bytes += in.lengths[i];
        }
        receivedBytes += bytes;
        stats.received(bytes);
        stats.receivedDatagrams(count);
    }

    // ---- from the endpoint

    @Override
    public void readable() {
        for (int round = 0; round < ROUNDS && !ended; round++) {
            UdpLoop udp = front.udp();
            int first = udp.roomForReplies();
            DatagramBatch replies = udp.replies();
            int most = Math.min(RECEIVED, replies.slots - first);
            if (answersLeft >= 0) {
                most = Math.min(most, answersLeft);
            }
            int received = socket.receive(replies, first, most);
            if (received <= 0) {
                failed(received);
                return;
            }
            answered(replies, first, received);
            if (received < most) {
                return;
            }
        }
    }

    private void failed(int result) {
        switch (result) {
            case UdpSocket.NOTHING -> {}
            case UdpSocket.REFUSED -> end(SessionEnd.PORT_UNREACHABLE);
            default -> end(SessionEnd.HOST_UNREACHABLE);
        }
    }

    private void answered(DatagramBatch replies, int first, int count) {
        UdpLoop udp = front.udp();
        answered = true;
        upstream.answered(endpoint, udp.loop(), 0);
        for (int i = first; i < first + count; i++) {
            sentBytes += replies.lengths[i];
            replies.remoteHigh[i] = clientHigh;
            replies.remoteLow[i] = clientLow;
            replies.remotePort[i] = clientPort;
            replies.remoteScope[i] = clientScope;
            replies.localHigh[i] = localHigh;
            replies.localLow[i] = localLow;
        }
        udp.reply(this, count);
        used(udp.loop().nanoTime());
        if (answersLeft >= 0) {
            answersLeft -= count;
            if (answersLeft == 0) {
                end(SessionEnd.ANSWERED);
            }
        }
    }

    // ---- the end

    @Override
    protected void expired() {
        end(SessionEnd.IDLE);
    }

    void end(SessionEnd reason) {
        if (ended) {
            return;
        }
        ended = true;
        UdpLoop udp = front.udp();
        udp.loop().timers().remove(this);
        front.remove(this);
        socket.close();
        udp.pools().giveFile();
        long now = udp.loop().nanoTime();
        ProxyFailure failure = switch (reason) {
            case IDLE, ANSWERED -> null;
            case PORT_UNREACHABLE -> PORT_UNREACHABLE;
            case HOST_UNREACHABLE -> HOST_UNREACHABLE;
            case TOO_MANY -> NO_PLACE;
            case LISTENER_CLOSED -> CLOSING;
        };
        if (failure != null && failure.origin() == Origin.UPSTREAM) {
            upstream.failed(endpoint, udp.loop(), failure);
            udp.loop().metrics().cluster(cluster).failure(failure.kind());
        }
        ClosedBy by = failure != null && failure.origin() == Origin.UPSTREAM ? ClosedBy.UPSTREAM : ClosedBy.GATEWAY;
        stats.ended(by, failure, now - startNanos);
        stats.sessionEnded(reason);
        if (udp.context().writes(logged, event)) {
            log(by, failure, now);
        }
    }

    private void log(ClosedBy by, @Nullable ProxyFailure failure, long now) {
        String client = ClientAddress.of(clientHigh, clientLow, clientPort, clientScope).getAddress().getHostAddress();
        front.udp().context().log(new StreamContext.Line(new StreamOrigin("UDP", client, ""), route, cluster, endpoint.text(), 1,
                startNanos, receivedBytes, sentBytes), logged, event, by, failure, now);
    }
}
