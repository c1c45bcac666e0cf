package io.jigress.proxy.datagram;

import org.jspecify.annotations.Nullable;

/// All sessions of one event loop, in the order of their last datagrams. When there are too many, one of those ends that carried nothing for the longest time;
/// first those that are not proven: sessions of clients that have sent nothing since the endpoint's first answer. So a flood of datagrams, whose
/// senders may be forged, ends no session that is in use.
final class SessionOrder {

    /// A doubly linked list.
    private static final class Sequence {
        @Nullable UdpSession oldest;
        @Nullable UdpSession newest;

        void add(UdpSession session) {
            UdpSession before = newest;
            session.older = before;
            session.newer = null;
            newest = session;
            if (before == null) {
                oldest = session;
            } else {
                before.newer = session;
            }
        }

        void remove(UdpSession session) {
            UdpSession before = session.older;
            UdpSession after = session.newer;
            if (before == null) {
                oldest = after;
            } else {
                before.newer = after;
            }
            if (after == null) {
                newest = before;
            } else {
                after.older = before;
            }
            session.older = null;
            session.newer = null;
        }
    }

    private final Sequence proven = new Sequence();
    private final Sequence others = new Sequence();
    private int size;

    int size() {
        return size;
    }

    void add(UdpSession session) {
        size++;
        of(session).add(session);
    }

    void remove(UdpSession session) {
        size--;
        of(session).remove(session);
    }

    /// A session carries a datagram now.
    void used(UdpSession session) {
        Sequence sequence = of(session);
        if (sequence.newest != session) {
            sequence.remove(session);
            sequence.add(session);
        }
    }

    /// The client has sent something after an answer.
    void prove(UdpSession session) {
        if (!session.proven) {
            others.remove(session);
            session.proven = true;
            proven.add(session);
        }
    }

    /// The session to end when there are too many; null when there is none.
    @Nullable UdpSession oldest() {
        return others.oldest == null ? proven.oldest : others.oldest;
    }

    private Sequence of(UdpSession session) {
        return session.proven ? proven : others;
    }
}
