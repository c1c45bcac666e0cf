package io.jigress.proxy.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A node of the radix tree over path bytes: the routes filed under one path, and the ways on.
///
/// An edit copies the nodes from the root to the path. Every node has a reason to be: routes or two children.
///
/// Going down a level is two dependent reads, the child's slot and the child: what follows the edge is found without reading the
/// edge's bytes, so the processor runs ahead while they are fetched and compared.
final class PathNode {
    private static final @Nullable PathNode[] LEAF = {};
    private static final byte[] NO_BYTES = {};

    private final Batch batch;
    /// The bytes that lead from the parent to here.
    private byte[] edge;
    private int length;
    /// Children by the first byte of their edge, counted from `base`; the first and the last slot are never empty.
    private @Nullable PathNode[] children;
    private int base;
    private @Nullable RouteEntry exact;
    private @Nullable RouteEntry prefix;
    private @Nullable RouteEntry byRank;

    private PathNode(byte[] edge, Batch batch) {
        this.batch = batch;
        this.edge = edge;
        this.length = edge.length;
        this.children = LEAF;
        batch.count();
    }

    /// A tree without routes.
    static PathNode empty(Batch batch) {
        return new PathNode(NO_BYTES, batch);
    }

    /// Hands the lists of routes that may fit a path to `out`; all that the walk meets, fitting or not, when `everything` is asked for.
    static void walk(PathNode root, byte[] path, int from, int to, boolean everything, Candidates out) {
        PathNode node = root;
        int at = from;
        while (true) {
            int next = at + node.length;
            if (next > to || !Arrays.equals(node.edge, 0, node.length, path, at, next)) {
                return;
            }
            at = next;
            boolean end = at == to;
            if (node.byRank != null) {
                out.byRank.push(node.byRank);
            }
            if (node.prefix != null && (end || path[at] == '/' || everything)) {
                out.prefix.push(node.prefix);
            }
            if (node.exact != null && (end || everything)) {
                out.exact.push(node.exact);
            }
            PathNode child = end ? null : node.child(path[at]);
            if (child == null) {
                return;
            }
            node = child;
        }
    }

    /// This tree with a route filed under its path, in place of the one with its id that stands there.
    PathNode with(RouteEntry entry, Batch wanted) {
        byte[] key = entry.match.key();
        return isBare() && children == LEAF ? leaf(entry, key, 0, wanted) : with(entry, key, 0, wanted);
    }

    /// This tree without the route of an id that is filed under `key`; this very tree when there is none.
    PathNode without(String id, byte[] key, Batch wanted) {
        PathNode left = without(id, key, 0, wanted);
        return left == null ? empty(wanted) : left;
    }

    private PathNode with(RouteEntry entry, byte[] key, int from, Batch wanted) {
        int shared = shared(key, from);
        if (shared < length) {
            return split(shared, wanted).with(entry, key, from, wanted);
        }
        PathNode mine = own(wanted);
        int at = from + length;
        if (at == key.length) {
            mine.drop(entry.id);
            mine.file(entry);
            return mine;
        }
        PathNode child = child(key[at]);
        mine.set(key[at], child == null ? leaf(entry, key, at, wanted) : child.with(entry, key, at, wanted));
        return mine;
    }

    private static PathNode leaf(RouteEntry entry, byte[] key, int from, Batch wanted) {
        PathNode leaf = new PathNode(Arrays.copyOfRange(key, from, key.length), wanted);
        leaf.file(entry);
        return leaf;
    }

    private @Nullable PathNode without(String id, byte[] key, int from, Batch wanted) {
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
        PathNode child = child(key[at]);
        PathNode left = child == null ? null : child.without(id, key, at, wanted);
        if (left == child) {
            return this;
        }
        PathNode mine = own(wanted);
        if (left != null) {
            mine.set(key[at], left);
            return mine;
        }
        mine.remove(key[at]);
        return mine.shrunk(wanted);
    }

    /// The parent that has the first `shared` bytes of the edge; this node, with the others, is its only child.
    private PathNode split(int shared, Batch wanted) {
        PathNode upper = new PathNode(Arrays.copyOf(edge, shared), wanted);
        PathNode lower = own(wanted);
        lower.edge = Arrays.copyOfRange(edge, shared, length);
        lower.length = lower.edge.length;
        upper.set(lower.edge[0], lower);
        return upper;
    }

    /// What is left of an owned node that lost something: nothing, one with its only child, or itself.
    private @Nullable PathNode shrunk(Batch wanted) {
        if (!isBare() || children.length > 1) {
            return this;
        }
        PathNode last = children.length == 0 ? null : children[0];
        if (last == null) {
            return null;
        }
        PathNode only = last.own(wanted);
        byte[] joined = Arrays.copyOf(edge, length + only.length);
        System.arraycopy(only.edge, 0, joined, length, only.length);
        only.edge = joined;
        only.length = joined.length;
        return only;
    }

    private boolean isBare() {
        return exact == null && prefix == null && byRank == null;
    }

    private int shared(byte[] key, int from) {
        int most = Math.min(length, key.length - from);
        int mismatch = Arrays.mismatch(edge, 0, most, key, from, from + most);
        return mismatch < 0 ? most : mismatch;
    }

    private @Nullable PathNode child(byte first) {
        int index = (first & 0xff) - base;
        return index >= 0 && index < children.length ? children[index] : null;
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

    private void set(byte first, PathNode child) {
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

    /// Gives the slots from byte `from` up to `to`, exclusive, room, and no others.
    private void resize(int from, int to) {
        if (from == base && to == base + children.length) {
            return;
        }
        @Nullable PathNode[] slots = from == to ? LEAF : new PathNode[to - from];
        int first = Math.max(from, base);
        int count = Math.min(to, base + children.length) - first;
        if (count > 0) {
            System.arraycopy(children, first - base, slots, first - from, count);
        }
        children = slots;
        base = from;
    }

    private void file(RouteEntry entry) {
        switch (entry.match.filing()) {
            case EXACT -> exact = entry.into(exact);
            case PREFIX -> prefix = entry.into(prefix);
            case BY_RANK -> byRank = entry.into(byRank);
        }
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
