package io.jigress.config;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// An immutable hash map whose versions share what they have in common: an edit copies one path (at most seven nodes of at
/// most 32 slots), and two versions are compared in time proportional to their difference.
///
/// A compressed hash-array-mapped prefix tree (Steindorfer and Vinju, "Optimizing hash-array mapped tries", 2015): equal
/// contents have equal shape. Iteration order is that of the hashes. For several threads.
public final class PersistentMap<K, V> {

    /// Receives each key that differs between two versions: null stands for absent, never for both.
    @FunctionalInterface
    public interface Change<K, V> {
        void changed(K key, @Nullable V before, @Nullable V after);
    }

    private static final PersistentMap<Object, Object> EMPTY = new PersistentMap<>(new Node(0, 0, new Object[0], 0), 0);

    private final Node root;
    private final int size;

    private PersistentMap(Node root, int size) {
        this.root = root;
        this.size = size;
    }

    @SuppressWarnings("unchecked")
    public static <K, V> PersistentMap<K, V> empty() {
        return (PersistentMap<K, V>) EMPTY;
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() { return size == 0; }

    @SuppressWarnings("unchecked")
    public @Nullable V get(K key) {
        return (V) root.get(key, spread(key), 0);
    }

    public boolean contains(K key) {
        return get(key) != null;
    }

    /// This map with the key bound to the value; this map itself when it already is (by identity, else `equals`).
    public PersistentMap<K, V> with(K key, V value) {
        Object before = root.get(key, spread(key), 0);
        if (before == value || value.equals(before)) {
            return this;
        }
        return new PersistentMap<>(root.with(key, value, spread(key), 0), before == null ? size + 1 : size);
    }

    public PersistentMap<K, V> without(K key) {
        if (root.get(key, spread(key), 0) == null) {
            return this;
        }
        return size == 1 ? empty() : new PersistentMap<>(root.without(key, spread(key), 0), size - 1);
    }

    @SuppressWarnings("unchecked")
    public void forEach(BiConsumer<? super K, ? super V> action) {
        root.forEach((BiConsumer<Object, Object>) (BiConsumer<?, ?>) action);
    }

    /// Reports every key whose value differs from the one in `previous` (by identity, then `equals`). Shared parts are skipped.
    @SuppressWarnings("unchecked")
    public void diff(PersistentMap<K, V> previous, Change<? super K, ? super V> out) {
        diff(previous.root, root, 0, (Change<Object, Object>) (Change<?, ?>) out);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof PersistentMap<?, ?> that) || size != that.size) {
            return false;
        }
        return root.sameAs(that.root);
    }

    @Override
    public int hashCode() {
        int[] sum = new int[1];
        forEach((k, v) -> sum[0] += k.hashCode() ^ v.hashCode());
        return sum[0];
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder("{");
        forEach((k, v) -> out.append(out.length() > 1 ? ", " : "").append(k).append('=').append(v));
        return out.append('}').toString();
    }

    private static int spread(Object key) {
        int h = key.hashCode() * 0x9E3779B9;
        return h ^ h >>> 16;
    }

    private static void diff(Node before, Node after, int shift, Change<Object, Object> out) {
        if (before == after) {
            return;
        }
        if (shift > 30) {
            before.forEach((k, v) -> report(k, v, after.get(k, spread(k), shift), out));
            after.forEach((k, v) -> {
                if (before.get(k, spread(k), shift) == null) {
                    out.changed(k, null, v);
                }
            });
            return;
        }
        int all = before.data | before.nodes | after.data | after.nodes;
        for (int rest = all; rest != 0; rest &= rest - 1) {
            int bit = rest & -rest;
            Node b = before.child(bit);
            Node a = after.child(bit);
            if (b != null && a != null) {
                diff(b, a, shift + 5, out);
            } else if (b != null) {
                int index = after.dataIndex(bit);
                Object key = index < 0 ? null : after.slots[index];
                b.forEach((k, v) -> report(k, v, k.equals(key) ? after.slots[index + 1] : null, out));
                if (key != null && b.get(key, spread(key), shift + 5) == null) {
                    out.changed(key, null, after.slots[index + 1]);
                }
            } else if (a != null) {
                int index = before.dataIndex(bit);
                Object key = index < 0 ? null : before.slots[index];
                a.forEach((k, v) -> report(k, k.equals(key) ? before.slots[index + 1] : null, v, out));
                if (key != null && a.get(key, spread(key), shift + 5) == null) {
                    out.changed(key, before.slots[index + 1], null);
                }
            } else {
                int i = before.dataIndex(bit);
                int j = after.dataIndex(bit);
                if (i >= 0 && j >= 0 && before.slots[i].equals(after.slots[j])) {
                    report(before.slots[i], before.slots[i + 1], after.slots[j + 1], out);
                } else {
                    if (i >= 0) {
                        out.changed(before.slots[i], before.slots[i + 1], null);
                    }
                    if (j >= 0) {
                        out.changed(after.slots[j], null, after.slots[j + 1]);
                    }
                }
            }
        }
    }

    private static void report(Object key, @Nullable Object before, @Nullable Object after, Change<Object, Object> out) {
        if (before != after && !Objects.equals(before, after)) {
            out.changed(key, before, after);
        }
    }

    /// Slots hold key and value pairs for the bits of `data`, in bit order, then children for the bits of `nodes`. Below the
    /// last level (shift 35) a node is a plain list of pairs whose hashes collide: `data` counts them.
    private static final class Node {
        final int data;
        final int nodes;
        final Object[] slots;
        final int pairs;

        Node(int data, int nodes, Object[] slots, int pairs) {
            this.data = data;
            this.nodes = nodes;
            this.slots = slots;
            this.pairs = pairs;
        }

        static Node collisions(Object[] slots) {
            return new Node(0, 0, slots, slots.length / 2);
        }

        @Nullable Node child(int bit) {
            return (nodes & bit) == 0 ? null : (Node) slots[childIndex(bit)];
        }

        int childIndex(int bit) {
            return 2 * pairs + Integer.bitCount(nodes & bit - 1);
        }

        int dataIndex(int bit) {
            return (data & bit) == 0 ? -1 : 2 * Integer.bitCount(data & bit - 1);
        }

        @Nullable Object get(Object key, int hash, int shift) {
            Node node = this;
            for (int s = shift; s <= 30; s += 5) {
                int bit = 1 << (hash >>> s);
                int index = node.dataIndex(bit);
                if (index >= 0) {
                    return node.slots[index].equals(key) ? node.slots[index + 1] : null;
                }
                Node child = node.child(bit);
                if (child == null) {
                    return null;
                }
                node = child;
            }
            int at = node.collisionIndex(key);
            return at < 0 ? null : node.slots[at + 1];
        }

        int collisionIndex(Object key) {
            for (int i = 0; i < slots.length; i += 2) {
                if (slots[i].equals(key)) {
                    return i;
                }
            }
            return -1;
        }

        Node with(Object key, Object value, int hash, int shift) {
            if (shift > 30) {
                int at = collisionIndex(key);
                Object[] copy = Arrays.copyOf(slots, at < 0 ? slots.length + 2 : slots.length);
                int i = at < 0 ? slots.length : at;
                copy[i] = key;
                copy[i + 1] = value;
                return collisions(copy);
            }
            int bit = 1 << (hash >>> shift);
            Node child = child(bit);
            if (child != null) {
                return replaced(childIndex(bit), child.with(key, value, hash, shift + 5));
            }
            int index = dataIndex(bit);
            if (index < 0) {
                int at = 2 * Integer.bitCount(data & bit - 1);
                Object[] copy = new Object[slots.length + 2];
                System.arraycopy(slots, 0, copy, 0, at);
                copy[at] = key;
                copy[at + 1] = value;
                System.arraycopy(slots, at, copy, at + 2, slots.length - at);
                return new Node(data | bit, nodes, copy, pairs + 1);
            }
            if (slots[index].equals(key)) {
                return replaced(index + 1, value);
            }
            Node both = pair(slots[index], slots[index + 1], key, value, hash, shift + 5);
            Object[] copy = new Object[slots.length - 1];
            int to = 2 * (pairs - 1) + Integer.bitCount(nodes & bit - 1);
            System.arraycopy(slots, 0, copy, 0, index);
            System.arraycopy(slots, index + 2, copy, index, to - index);
            copy[to] = both;
            System.arraycopy(slots, to + 2, copy, to + 1, slots.length - to - 2);
            return new Node(data & ~bit, nodes | bit, copy, pairs - 1);
        }

        static Node pair(Object key1, Object value1, Object key2, Object value2, int hash2, int shift) {
            if (shift > 30) {
                return collisions(new Object[] {key1, value1, key2, value2});
            }
            int bit1 = 1 << (spread(key1) >>> shift);
            int bit2 = 1 << (hash2 >>> shift);
            if (bit1 == bit2) {
                return new Node(0, bit1, new Object[] {pair(key1, value1, key2, value2, hash2, shift + 5)}, 0);
            }
            boolean first = Integer.compareUnsigned(bit1, bit2) < 0;
            Object[] slots = first ? new Object[] {key1, value1, key2, value2} : new Object[] {key2, value2, key1, value1};
            return new Node(bit1 | bit2, 0, slots, 2);
        }

        /// The caller has checked that the key is present.
        Node without(Object key, int hash, int shift) {
            if (shift > 30) {
                int at = collisionIndex(key);
                Object[] copy = new Object[slots.length - 2];
                System.arraycopy(slots, 0, copy, 0, at);
                System.arraycopy(slots, at + 2, copy, at, copy.length - at);
                return collisions(copy);
            }
            int bit = 1 << (hash >>> shift);
            int index = dataIndex(bit);
            if (index >= 0) {
                Object[] copy = new Object[slots.length - 2];
                System.arraycopy(slots, 0, copy, 0, index);
                System.arraycopy(slots, index + 2, copy, index, copy.length - index);
                return new Node(data & ~bit, nodes, copy, pairs - 1);
            }
            int from = childIndex(bit);
            Node child = ((Node) slots[from]).without(key, hash, shift + 5);
            if (child.slots.length != 2 || child.pairs != 1) {
                return replaced(from, child);
            }
            // A child of one pair moves up, so that equal contents keep equal shape.
            int at = 2 * Integer.bitCount(data & bit - 1);
            Object[] copy = new Object[slots.length + 1];
            System.arraycopy(slots, 0, copy, 0, at);
            copy[at] = child.slots[0];
            copy[at + 1] = child.slots[1];
            System.arraycopy(slots, at, copy, at + 2, from - at);
            System.arraycopy(slots, from + 1, copy, from + 2, slots.length - from - 1);
            return new Node(data | bit, nodes & ~bit, copy, pairs + 1);
        }

        Node replaced(int index, Object value) {
            Object[] copy = slots.clone();
            copy[index] = value;
            return new Node(data, nodes, copy, pairs);
        }

        void forEach(BiConsumer<Object, Object> action) {
            for (int i = 0; i < 2 * pairs; i += 2) {
                action.accept(slots[i], slots[i + 1]);
            }
            for (int i = 2 * pairs; i < slots.length; i++) {
                ((Node) slots[i]).forEach(action);
            }
        }

        boolean sameAs(Node other) {
            if (this == other) {
                return true;
            }
            if (data != other.data || nodes != other.nodes || slots.length != other.slots.length) {
                return false;
            }
            if (data == 0 && nodes == 0) {
                for (int i = 0; i < slots.length; i += 2) {
                    int at = other.collisionIndex(slots[i]);
                    if (at < 0 || !slots[i + 1].equals(other.slots[at + 1])) {
                        return false;
                    }
                }
                return true;
            }
            for (int i = 0; i < 2 * pairs; i++) {
                if (slots[i] != other.slots[i] && !slots[i].equals(other.slots[i])) {
                    return false;
                }
            }
            for (int i = 2 * pairs; i < slots.length; i++) {
                if (!((Node) slots[i]).sameAs((Node) other.slots[i])) {
                    return false;
                }
            }
            return true;
        }
    }
}
