package io.jigress.proxy.datagram;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The `mmsghdr` structures of a batch, as recvmmsg(2) and sendmmsg(2) take them on 64-bit Linux: one array to receive and one to send, over the same slots.
/// Event loop only.
final class MessageHeaders {
    static final int HEADER_BYTES = 64;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = 8;
    private static final int VECTOR = 16;
    private static final int VECTORS = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int RESULT = 56;

    private static final int VECTOR_BYTES = 16;
    private static final int NAME_BYTES = 32;
    private static final int CONTROL_BYTES = 64;

    static final short INET = 2;
    static final short INET6 = 10;
    private static final int INET_BYTES = 16;
    private static final int INET6_BYTES = 28;
    /// The head of a control message: its length, level and type.
    private static final long CONTROL_HEAD = 16;
    private static final int LEVEL_IP = 0;
    private static final int LEVEL_IPV6 = 41;
    private static final int IP_PKTINFO = 8;
    private static final int IPV6_PKTINFO = 50;
    private static final long INET_INFO_BYTES = 12;
    private static final long INET6_INFO_BYTES = 20;

    private static final ValueLayout.OfShort NET_SHORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt NET_INT = JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong NET_LONG = JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

    private final DatagramBatch batch;
    private final MemorySegment receiving;
    private final MemorySegment sending;
    private final MemorySegment sendVectors;
    private final MemorySegment names;
    private final MemorySegment controls;

    /// @param data the slots of the batch, each `stride` bytes after the one before
    MessageHeaders(DatagramBatch batch, MemorySegment data, int stride) {
        this.batch = batch;
        int slots = batch.slots;
        Arena arena = Arena.ofAuto();
        this.receiving = arena.allocate((long) slots * HEADER_BYTES, Long.BYTES);
        this.sending = arena.allocate((long) slots * HEADER_BYTES, Long.BYTES);
        this.sendVectors = arena.allocate((long) slots * VECTOR_BYTES, Long.BYTES);
        this.names = arena.allocate((long) slots * NAME_BYTES, Long.BYTES);
        this.controls = arena.allocate((long) slots * CONTROL_BYTES, Long.BYTES);
        MemorySegment receiveVectors = arena.allocate((long) slots * VECTOR_BYTES, Long.BYTES);
        MemorySegment named = batch.receivesAddresses ? receiving : sending;
        for (int i = 0; i < slots; i++) {
            long at = data.address() + (long) i * stride;
            vector(receiving, receiveVectors, i, at, batch.longest + 1);
            vector(sending, sendVectors, i, at, 0);
            named.set(JAVA_LONG, (long) i * HEADER_BYTES + NAME, names.address() + (long) i * NAME_BYTES);
            named.set(JAVA_LONG, (long) i * HEADER_BYTES + CONTROL, controls.address() + (long) i * CONTROL_BYTES);
        }
    }

    private static void vector(MemorySegment headers, MemorySegment vectors, int slot, long address, long length) {
        long vector = (long) slot * VECTOR_BYTES;
        vectors.set(JAVA_LONG, vector, address);
        vectors.set(JAVA_LONG, vector + Long.BYTES, length);
        headers.set(JAVA_LONG, (long) slot * HEADER_BYTES + VECTOR, vectors.address() + vector);
        headers.set(JAVA_LONG, (long) slot * HEADER_BYTES + VECTORS, 1);
    }

    MemorySegment receiving(int first) {
        return receiving.asSlice((long) first * HEADER_BYTES);
    }

    MemorySegment sending(int first) {
        return sending.asSlice((long) first * HEADER_BYTES);
    }

    // ---- receiving

    /// Before recvmmsg(2), which writes to what is set here.
    void beforeReceive(int first, int count) {
        if (batch.receivesAddresses) {
            for (int i = first; i < first + count; i++) {
                long header = (long) i * HEADER_BYTES;
                receiving.set(JAVA_INT, header + NAME_LENGTH, NAME_BYTES);
                receiving.set(JAVA_LONG, header + CONTROL_LENGTH, CONTROL_BYTES);
            }
        }
    }

    void received(int first, int count) {
        for (int i = first; i < first + count; i++) {
            long header = (long) i * HEADER_BYTES;
            batch.lengths[i] = receiving.get(JAVA_INT, header + RESULT);
            if (batch.receivesAddresses) {
                remote(i);
                local(i, receiving.get(JAVA_LONG, header + CONTROL_LENGTH));
            }
        }
    }

    private void remote(int slot) {
        long name = (long) slot * NAME_BYTES;
        batch.remotePort[slot] = Short.toUnsignedInt(names.get(NET_SHORT, name + 2));
        if (names.get(JAVA_SHORT, name) == INET) {
            batch.remoteHigh[slot] = 0;
            batch.remoteLow[slot] = DatagramBatch.MAPPED | Integer.toUnsignedLong(names.get(NET_INT, name + 4));
            batch.remoteScope[slot] = 0;
        } else {
            batch.remoteHigh[slot] = names.get(NET_LONG, name + 8);
            batch.remoteLow[slot] = names.get(NET_LONG, name + 16);
            batch.remoteScope[slot] = names.get(JAVA_INT, name + 24);
        }
    }

    private void local(int slot, long controlBytes) {
        long control = (long) slot * CONTROL_BYTES;
        batch.localHigh[slot] = 0;
        batch.localLow[slot] = 0;
        if (controlBytes >= CONTROL_HEAD + INET_INFO_BYTES) {
            int level = controls.get(JAVA_INT, control + 8);
            int type = controls.get(JAVA_INT, control + 12);
            long info = control + CONTROL_HEAD;
            if (level == LEVEL_IP && type == IP_PKTINFO) {
                // An address of this machine also when the datagram was sent to a broadcast address.
                batch.localLow[slot] = DatagramBatch.MAPPED | Integer.toUnsignedLong(controls.get(NET_INT, info + 4));
            } else if (level == LEVEL_IPV6 && type == IPV6_PKTINFO && controls.get(JAVA_BYTE, info) != -1) {
                batch.localHigh[slot] = controls.get(NET_LONG, info);
                batch.localLow[slot] = controls.get(NET_LONG, info + 8);
            }
        }
    }

    // ---- sending

    /// @param family of the socket; 0 for one that is connected
    void beforeSend(int first, int count, int family) {
        for (int i = first; i < first + count; i++) {
            sendVectors.set(JAVA_LONG, (long) i * VECTOR_BYTES + Long.BYTES, batch.lengths[i]);
            if (family != 0) {
                address(i, family);
            }
        }
    }

    private void address(int slot, int family) {
        long header = (long) slot * HEADER_BYTES;
        long name = (long) slot * NAME_BYTES;
        names.set(JAVA_SHORT, name, (short) family);
        names.set(NET_SHORT, name + 2, (short) batch.remotePort[slot]);
        if (family == INET) {
            names.set(NET_INT, name + 4, (int) batch.remoteLow[slot]);
            sending.set(JAVA_INT, header + NAME_LENGTH, INET_BYTES);
        } else {
            names.set(JAVA_INT, name + 4, 0);
            names.set(NET_LONG, name + 8, batch.remoteHigh[slot]);
            names.set(NET_LONG, name + 16, batch.remoteLow[slot]);
            names.set(JAVA_INT, name + 24, batch.remoteScope[slot]);
            sending.set(JAVA_INT, header + NAME_LENGTH, INET6_BYTES);
        }
        sending.set(JAVA_LONG, header + CONTROL_LENGTH, source(slot, family));
    }

    /// The datagram is to leave from the address that the client has sent to.
    private long source(int slot, int family) {
        if (batch.localHigh[slot] == 0 && batch.localLow[slot] == 0) {
            return 0;
        }
        long control = (long) slot * CONTROL_BYTES;
        long info = control + CONTROL_HEAD;
        boolean inet = family == INET;
        long length = CONTROL_HEAD + (inet ? INET_INFO_BYTES : INET6_INFO_BYTES);
        controls.set(JAVA_LONG, control, length);
        controls.set(JAVA_INT, control + 8, inet ? LEVEL_IP : LEVEL_IPV6);
        controls.set(JAVA_INT, control + 12, inet ? IP_PKTINFO : IPV6_PKTINFO);
        if (inet) {
            controls.set(JAVA_INT, info, 0);
            controls.set(NET_INT, info + 4, (int) batch.localLow[slot]);
            controls.set(JAVA_INT, info + 8, 0);
        } else {
            controls.set(NET_LONG, info, batch.localHigh[slot]);
            controls.set(NET_LONG, info + 8, batch.localLow[slot]);
            controls.set(JAVA_INT, info + 16, 0);
        }
        return length + 7 & ~7L;
    }
}
