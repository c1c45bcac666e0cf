package io.jigress.proxy.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A persistent hash trie from the bytes of a host to its [HostRoutes], looked up by a range of bytes.
///
/// A node has a slot for each bit of its map: the host itself, or a node for the next bits of the hash. Below the last
/// level a node is a plain list of hosts whose hashes are equal.
final class HostIndex {
    /// 64 slots: of 100,000 hosts, most are found in the third node, and the nodes above fit into a core's cache.
    private static final int BITS = 6;
    private static final int LAST_SHIFT = 30;

    private final Batch batch;
    private long map;
    private Object[] slots;

    private HostIndex(long map, Object[] slots, Batch batch) {
        this.map = map;
        this.slots = slots;
        this.batch = batch;
        batch.count();
    }

    static HostIndex empty() {
        return new HostIndex(0, new Object[0], new Batch());
    }

    static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + bytes[i];
        }
        hash *= 0x9E3779B9;
        return hash ^ hash >>> 16;
    }

    boolean isEmpty() { return slots.length == 0; }

    @Nullable HostRoutes<?, ?> get(byte[] host, int from, int to) {
        if (slots.length == 0) {
            return null;
        }
        int hash = hash(host, from, to);
        HostIndex node = this;
        for (int shift = 0; shift <= LAST_SHIFT; shift += BITS) {
            long bit = 1L << (hash >>> shift);
            if ((node.map & bit) == 0) {
                return null;
            }
            switch (node.slots[node.index(bit)]) {
                case HostRoutes<?, ?> found -> {
                    return found.hash == hash && found.hasKey(host, from, to) ? found : null;
                }
                case Object deeper -> node = (HostIndex) deeper;
            }
        }
        int at = node.collisionAt(host, from, to);
        return at < 0 ? null : (HostRoutes<?, ?>) node.slots[at];
    }

    /// This index with a host added, or replaced if its key exists.
    HostIndex with(HostRoutes<?, ?> host, Batch wanted) {
        return with(host, 0, wanted);
    }

    /// This index without one of its hosts.
    HostIndex without(HostRoutes<?, ?> host, Batch wanted) {
        return without(host, 0, wanted);
    }

    private HostIndex with(HostRoutes<?, ?> host, int shift, Batch wanted) {
        if (shift > LAST_SHIFT) {
            int at = collisionAt(host.key, 0, host.key.length);
            return at < 0 ? own(wanted).insert(slots.length, host) : own(wanted).replace(at, host);
        }
        long bit = 1L << (host.hash >>> shift);
        int index = index(bit);
        if ((map & bit) == 0) {
            HostIndex mine = own(wanted).insert(index, host);
            mine.map |= bit;
            return mine;
        }
        if (slots[index] instanceof HostRoutes<?, ?> present) {
            return own(wanted).replace(index,
                    present.hasKey(host.key, 0, host.key.length) ? host : pair(present, host, shift + BITS, wanted));
        }
        HostIndex child = (HostIndex) slots[index];
        HostIndex newChild = child.with(host, shift + BITS, wanted);
        return newChild == child ? this : own(wanted).replace(index, newChild);
    }

    private static HostIndex pair(HostRoutes<?, ?> one, HostRoutes<?, ?> other, int shift, Batch wanted) {
        HostIndex node = new HostIndex(0, new Object[0], wanted);
        return node.with(one, shift, wanted).with(other, shift, wanted);
    }

    private HostIndex without(HostRoutes<?, ?> host, int shift, Batch wanted) {
        if (shift > LAST_SHIFT) {
            return own(wanted).delete(collisionAt(host.key, 0, host.key.length));
        }
        long bit = 1L << (host.hash >>> shift);
        int index = index(bit);
        if (slots[index] instanceof HostIndex child) {
            HostIndex newChild = child.without(host, shift + BITS, wanted);
            // A single host moves up, so that equal contents have equal depth.
            Object slot = newChild.slots.length == 1 && newChild.slots[0] instanceof HostRoutes<?, ?> last ? last : newChild;
            return slot == child ? this : own(wanted).replace(index, slot);
        }
        HostIndex mine = own(wanted).delete(index);
        mine.map &= ~bit;
        return mine;
    }

    private int index(long bit) {
        return Long.bitCount(map & bit - 1);
    }

    private int collisionAt(byte[] host, int from, int to) {
        for (int i = 0; i < slots.length; i++) {
            if (((HostRoutes<?, ?>) slots[i]).hasKey(host, from, to)) {
                return i;
            }
        }
        return -1;
    }

    private HostIndex own(Batch wanted) {
        return batch == wanted ? this : new HostIndex(map, slots.clone(), wanted);
    }

    private HostIndex replace(int index, Object slot) {
        slots[index] = slot;
        return this;
    }

    private HostIndex insert(int index, Object slot) {
        Object[] longer = Arrays.copyOf(slots, slots.length + 1);
        System.arraycopy(slots, index, longer, index + 1, slots.length - index);
        longer[index] = slot;
        slots = longer;
        return this;
    }

    private HostIndex delete(int index) {
        Object[] shorter = Arrays.copyOf(slots, slots.length - 1);
        System.arraycopy(slots, index + 1, shorter, index, shorter.length - index);
        slots = shorter;
        return this;
    }
}
