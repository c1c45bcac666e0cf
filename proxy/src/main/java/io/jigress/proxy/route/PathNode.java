package io.jigress.proxy.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A node of the path tree, where paths differ or where one path is a prefix of another: the routes of its path, and its children.
///
/// Descending one level takes two dependent reads, the child's slot and the child. The next child is found without reading the edge's
/// bytes, so that the processor can continue speculatively while these are fetched and compared.
final class PathNode implements PathTree {
    private static final @Nullable PathTree[] LEAF = {};

    private final Batch batch;
    /// The bytes between the parent and this node.
    private byte[] edge;
    private int length;
    /// Children by the first byte of their edge, minus `base`; the first and the last slot are never empty.
    private @Nullable PathTree[] children = LEAF;
    private int base;
    private @Nullable RouteEntry exact;
    private @Nullable RouteEntry prefix;
    private @Nullable RouteEntry byRank;

    private PathNode(byte[] edge, Batch batch) {
        this.batch = batch;
        this.edge = edge;
        this.length = edge.length;
        batch.count();
    }

    /// A node that replaces a single list.
    static PathNode of(RouteEntry list, int from, Batch batch) {
        PathNode node = new PathNode(Arrays.copyOfRange(list.key, from, list.key.length), batch);
        switch (list.filing) {
            case EXACT -> node.exact = list;
            case PREFIX -> node.prefix = list;
            case BY_RANK -> node.byRank = list;
        }
        return node;
    }

    /// The offset in the path after this node's edge; -1 when the path does not match the edge.
    int pass(byte[] path, int from, int to) {
        int next = from + length;
        return next <= to && Arrays.equals(edge, 0, length, path, from, next) ? next : -1;
    }

    void offer(boolean exactFits, boolean prefixFits, Candidates out) {
        if (byRank != null) {
            out.byRank.push(byRank);
        }
        if (prefix != null && prefixFits) {
            out.prefix.push(prefix);
        }
        if (exact != null && exactFits) {
            out.exact.push(exact);
        }
    }

    @Nullable PathTree child(byte first) {
        int index = (first & 0xff) - base;
        return index >= 0 && index < children.length ? children[index] : null;
    }

    @Override
    public PathTree with(RouteEntry entry, int from, Batch wanted) {
        byte[] key = entry.key;
        int shared = shared(key, from);
        if (shared < length) {
            return split(shared, wanted).with(entry, from, wanted);
        }
        PathNode mine = own(wanted);
        int at = from + length;
        if (at < key.length) {
            PathTree child = child(key[at]);
            mine.set(key[at], child == null ? entry : child.with(entry, at, wanted));
            return mine;
        }
        mine.drop(entry.id);
        switch (entry.filing) {
            case EXACT -> mine.exact = entry.into(mine.exact);
            case PREFIX -> mine.prefix = entry.into(mine.prefix);
            case BY_RANK -> mine.byRank = entry.into(mine.byRank);
        }
        PathTree left = mine.shrunk(wanted);
        return left == null ? mine : left;
    }

    @Override
    public @Nullable PathTree without(String id, byte[] key, int from, Batch wanted) {
        if (shared(key, from) < length) {
            return this;
        }
        int at = from + length;
        if (at == key.length) {
            if (!has(id)) {
                return this;
            }
            PathNode mine = own(wanted);
            mine.drop(id);
            return mine.shrunk(wanted);
        }
        PathTree child = child(key[at]);
        PathTree left = child == null ? null : child.without(id, key, at, wanted);
        if (left == child) {
            return this;
        }
        PathNode mine = own(wanted);
        if (left != null) {
            mine.set(key[at], left);
        } else {
            mine.remove(key[at]);
        }
        return mine.shrunk(wanted);
    }

    /// A parent with the first `shared` bytes of the edge, whose only child is this node with the remaining bytes.
    private PathNode split(int shared, Batch wanted) {
        PathNode upper = new PathNode(Arrays.copyOf(edge, shared), wanted);
        PathNode lower = own(wanted);
        lower.edge = Arrays.copyOfRange(edge, shared, length);
        lower.length = lower.edge.length;
        upper.set(lower.edge[0], lower);
        return upper;
    }

    /// The reduced form of an owned node after a change: nothing, its only list, itself merged with its only child, or itself.
    private @Nullable PathTree shrunk(Batch wanted) {
        if (children.length > 1) {
            return this;
        }
        RouteEntry some = exact != null ? exact : prefix != null ? prefix : byRank;
        if (children.length == 0) {
            boolean several = some != byRank && byRank != null || some != prefix && prefix != null;
            return several ? this : some;
        }
        if (some != null || !(children[0] instanceof PathNode child)) {
            return some != null ? this : children[0];
        }
        PathNode only = child.own(wanted);
        byte[] joined = Arrays.copyOf(edge, length + only.length);
        System.arraycopy(only.edge, 0, joined, length, only.length);
        only.edge = joined;
        only.length = joined.length;
        return only;
    }

    private int shared(byte[] key, int from) {
        int most = Math.min(length, key.length - from);
        int mismatch = Arrays.mismatch(edge, 0, most, key, from, from + most);
        return mismatch < 0 ? most : mismatch;
    }

    private PathNode own(Batch wanted) {
        if (batch == wanted) {
            return this;
        }
        PathNode copy = new PathNode(edge, wanted);
        copy.children = children.length == 0 ? LEAF : children.clone();
        copy.base = base;
        copy.exact = exact;
        copy.prefix = prefix;
        copy.byRank = byRank;
        return copy;
    }

    private void set(byte first, PathTree child) {
        int slot = first & 0xff;
        if (children.length == 0) {
            resize(slot, slot + 1);
        } else {
            resize(Math.min(slot, base), Math.max(slot + 1, base + children.length));
        }
        children[slot - base] = child;
    }

    private void remove(byte first) {
        children[(first & 0xff) - base] = null;
        int from = 0;
        int to = children.length;
        while (from < to && children[from] == null) {
            from++;
        }
        while (from < to && children[to - 1] == null) {
            to--;
        }
        resize(base + from, base + to);
    }

    /// Resizes the slots to the bytes from `from` to `to`, exclusive.
    private void resize(int from, int to) {
        if (from == base && to == base + children.length) {
            return;
        }
        @Nullable PathTree[] slots = from == to ? LEAF : new PathTree[to - from];
        int first = Math.max(from, base);
        int count = Math.min(to, base + children.length) - first;
        if (count > 0) {
            System.arraycopy(children, first - base, slots, first - from, count);
        }
        children = slots;
        base = from;
    }

    private void drop(String id) {
        exact = RouteEntry.without(exact, id);
        prefix = RouteEntry.without(prefix, id);
        byRank = RouteEntry.without(byRank, id);
    }

    private boolean has(String id) {
        return RouteEntry.isIn(exact, id) || RouteEntry.isIn(prefix, id) || RouteEntry.isIn(byRank, id);
    }
}
