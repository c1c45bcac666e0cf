package io.jigress.proxy.datagram;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Datagrams that are received or sent with few system calls, each in a slot of one buffer. A slot that carries an address says where its datagram came from, or
/// where it goes to. Event loop only.
///
/// Addresses are IPv6 addresses in two numbers; those of IPv4 are mapped (`::ffff:192.0.2.1`).
final class DatagramBatch {
    /// Before the address of IPv4 in the lower half of a mapped one.
    static final long MAPPED = 0xFFFFL << Integer.SIZE;

    final int slots;
    /// The longest datagram that counts as whole. A slot has room for one byte more, which shows that a datagram was cut.
    final int longest;
    /// Whether [UdpSocket#receive] fills in addresses; else the owner does, for [UdpSocket#send].
    final boolean receivesAddresses;

    final int[] lengths;
    final long[] remoteHigh;
    final long[] remoteLow;
    final int[] remotePort;
    /// The interface of link-local addresses; 0 for others.
    final int[] remoteScope;
    /// The gateway's address that the client has sent to; all 0 where it is not known.
    final long[] localHigh;
    final long[] localLow;

    private final ByteBuf memory;
    private final int stride;
    private @Nullable MessageHeaders headers;

    DatagramBatch(int slots, int longest, boolean receivesAddresses) {
        this.slots = slots;
        this.longest = longest;
        this.receivesAddresses = receivesAddresses;
        this.lengths = new int[slots];
        this.remoteHigh = new long[slots];
        this.remoteLow = new long[slots];
        this.remotePort = new int[slots];
        this.remoteScope = new int[slots];
        this.localHigh = new long[slots];
        this.localLow = new long[slots];
        // Slots begin at multiples of 64 bytes, so that two do not share a line of the cache.
        this.stride = longest + 1 + 63 & ~63;
        // Not pooled, and not cleared: pages that no datagram reaches take no memory.
        this.memory = UnpooledByteBufAllocator.DEFAULT.directBuffer(slots * stride, slots * stride);
    }

    /// A view of one slot.
    ByteBuffer slot(int slot, int length) {
        return memory.nioBuffer(slot * stride, length);
    }

    MessageHeaders headers() {
        MessageHeaders known = headers;
        if (known == null) {
            known = new MessageHeaders(this, MemorySegment.ofBuffer(memory.nioBuffer(0, slots * stride)), stride);
            headers = known;
        }
        return known;
    }

    boolean whole(int slot) {
        return lengths[slot] <= longest;
    }

    /// The bytes of the buffer.
    long bytes() {
        return (long) slots * stride;
    }

    void release() {
        memory.release();
    }
}
