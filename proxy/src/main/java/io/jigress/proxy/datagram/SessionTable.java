package io.jigress.proxy.datagram;

import org.jspecify.annotations.Nullable;

/// The sessions of one listener on one event loop, by the client's address and the address that it has sent to. Finding one allocates nothing.
final class SessionTable {
    private static final int FIRST_SIZE = 64;

    /// The first session of each list; a session leads to the next.
    private @Nullable UdpSession[] lists = new UdpSession[FIRST_SIZE];
    private int size;
    /// Unknown to clients, so that they cannot choose addresses that fall into one list.
    private final long seed;

    SessionTable(long seed) {
        this.seed = seed;
    }

    /// The session of the datagram in a slot; null for none.
    @Nullable UdpSession find(DatagramBatch in, int slot) {
        UdpSession session = lists[hash(in, slot) & lists.length - 1];
        while (session != null && !session.isOf(in, slot)) {
            session = session.chained;
        }
        return session;
    }

    int hash(DatagramBatch in, int slot) {
        long hash = seed ^ in.remotePort[slot];
        hash = mix(hash ^ in.remoteHigh[slot]);
        hash = mix(hash ^ in.remoteLow[slot]);
        hash = mix(hash ^ in.localHigh[slot]);
        hash = mix(hash ^ in.localLow[slot]);
        return (int) (hash >>> Integer.SIZE);
    }

    /// Of splitmix64.
    private static long mix(long value) {
        long mixed = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    int size() {
        return size;
    }

    void add(UdpSession session) {
        if (size == lists.length) {
            grow();
        }
        size++;
        link(session);
    }

    private void link(UdpSession session) {
        int at = session.hash & lists.length - 1;
        session.chained = lists[at];
        lists[at] = session;
    }

    private void grow() {
        @Nullable UdpSession[] before = lists;
        lists = new UdpSession[before.length * 2];
        for (UdpSession first : before) {
            UdpSession session = first;
            while (session != null) {
                UdpSession next = session.chained;
                link(session);
                session = next;
            }
        }
    }

    void remove(UdpSession session) {
        int at = session.hash & lists.length - 1;
        UdpSession before = lists[at];
        if (before == session) {
            lists[at] = session.chained;
        } else {
            while (before != null && before.chained != session) {
                before = before.chained;
            }
            if (before == null) {
                throw new IllegalStateException("a session was removed twice");
            }
            before.chained = session.chained;
        }
        session.chained = null;
        size--;
    }

    /// Any of the sessions; null when there is none.
    @Nullable UdpSession any() {
        for (int i = 0; size > 0 && i < lists.length; i++) {
            if (lists[i] != null) {
                return lists[i];
            }
        }
        return null;
    }
}
