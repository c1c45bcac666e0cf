package io.jigress.proxy.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A node of the radix tree over path bytes: the routes filed under one path, and the ways on.
///
/// An edit copies the nodes from the root to the path, and their arrays: a node under which n routes stand (one path, told apart
/// by headers) costs 4 n bytes per edit. Every node but the root has an edge, and a reason to be: routes or two children.
final class PathNode {
    private static final PathNode[] LEAF = {};
    private static final byte[] NO_BYTES = {};

    private final Batch batch;
    /// The bytes that lead from the parent to here, then the first byte of each child, ascending.
    private byte[] bytes;
    private int edge;
    private PathNode[] children;
    private RouteEntry[] exact = RouteEntry.NONE;
    private RouteEntry[] prefix = RouteEntry.NONE;
    private RouteEntry[] byRank = RouteEntry.NONE;

    private PathNode(byte[] bytes, int edge, PathNode[] children, Batch batch) {
        this.batch = batch;
        this.bytes = bytes;
        this.edge = edge;
        this.children = children;
        batch.count();
    }

    static PathNode root(Batch batch) {
        return new PathNode(NO_BYTES, 0, LEAF, batch);
    }

    /// Hands the lists of routes that may fit a path to `out`; all that the walk meets, fitting or not, when `everything` is asked for.
    static void walk(PathNode root, byte[] path, int from, int to, boolean everything, Candidates out) {
        PathNode node = root;
        int at = from;
        while (true) {
            boolean end = at == to;
            if (node.byRank != RouteEntry.NONE) {
                out.byRank.push(node.byRank);
            }
            if (node.prefix != RouteEntry.NONE && (end || path[at] == '/' || everything)) {
                out.prefix.push(node.prefix);
            }
            if (node.exact != RouteEntry.NONE && (end || everything)) {
                out.exact.push(node.exact);
            }
            if (end) {
                return;
            }
            int child = node.childAt(path[at]);
            if (child < 0) {
                return;
            }
            node = node.children[child];
            int next = at + node.edge;
            if (next > to || !Arrays.equals(node.bytes, 1, node.edge, path, at + 1, next)) {
                return;
            }
            at = next;
        }
    }

    /// This tree with a route filed under its path, in place of the one with its id that stands there.
    PathNode with(RouteEntry entry, Batch wanted) {
        return with(entry, entry.match.key(), 0, wanted);
    }

    /// This tree without the route of an id that is filed under `key`; this very tree when there is none.
    PathNode without(String id, byte[] key, Batch wanted) {
        PathNode left = without(id, key, 0, wanted);
        return left == null ? root(wanted) : left;
    }

    private PathNode with(RouteEntry entry, byte[] key, int from, Batch wanted) {
        int shared = shared(key, from);
        if (shared < edge) {
            return split(shared, wanted).with(entry, key, from, wanted);
        }
        PathNode mine = own(wanted);
        int at = from + edge;
        if (at == key.length) {
            mine.drop(entry.id);
            mine.file(entry);
            return mine;
        }
        int child = childAt(key[at]);
        if (child >= 0) {
            mine.children[child] = children[child].with(entry, key, at, wanted);
            return mine;
        }
        PathNode leaf = new PathNode(Arrays.copyOfRange(key, at, key.length), key.length - at, LEAF, wanted);
        leaf.file(entry);
        mine.insert(-child - 1, leaf);
        return mine;
    }

    private @Nullable PathNode without(String id, byte[] key, int from, Batch wanted) {
        if (shared(key, from) < edge) {
            return this;
        }
        int at = from + edge;
        if (at == key.length) {
            if (!has(id)) {
                return this;
            }
            PathNode mine = own(wanted);
            mine.drop(id);
            return mine.shrunk(wanted);
        }
        int child = childAt(key[at]);
        if (child < 0) {
            return this;
        }
        PathNode left = children[child].without(id, key, at, wanted);
        if (left == children[child]) {
            return this;
        }
        PathNode mine = own(wanted);
        if (left != null) {
            mine.children[child] = left;
            return mine;
        }
        mine.delete(child);
        return mine.shrunk(wanted);
    }

    /// The parent that has the first `length` bytes of the edge; this node, with the others, is its only child.
    private PathNode split(int length, Batch wanted) {
        PathNode lower = own(wanted);
        PathNode upper = new PathNode(Arrays.copyOf(bytes, length + 1), length, new PathNode[] {lower}, wanted);
        lower.bytes = Arrays.copyOfRange(bytes, length, bytes.length);
        lower.edge -= length;
        return upper;
    }

    /// What is left of an owned node that lost something: nothing, one with its only child, or itself.
    private @Nullable PathNode shrunk(Batch wanted) {
        boolean bare = exact == RouteEntry.NONE && prefix == RouteEntry.NONE && byRank == RouteEntry.NONE;
        if (!bare || children.length > 1) {
            return this;
        }
        if (children.length == 0) {
            return null;
        }
        if (edge == 0) {
            return this;
        }
        PathNode only = children[0].own(wanted);
        byte[] joined = Arrays.copyOf(bytes, edge + only.bytes.length);
        System.arraycopy(only.bytes, 0, joined, edge, only.bytes.length);
        only.bytes = joined;
        only.edge += edge;
        return only;
    }

    private int shared(byte[] key, int from) {
        int length = Math.min(edge, key.length - from);
        int mismatch = Arrays.mismatch(bytes, 0, length, key, from, from + length);
        return mismatch < 0 ? length : mismatch;
    }

    /// As [Arrays#binarySearch(byte[], byte)], counted from the first child.
    private int childAt(byte first) {
        byte[] all = bytes;
        int low = edge;
        int high = all.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            byte found = all[middle];
            if (found == first) {
                return middle - edge;
            }
            if (found < first) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -(low - edge) - 1;
    }

    private PathNode own(Batch wanted) {
        if (batch == wanted) {
            return this;
        }
        PathNode copy = new PathNode(bytes, edge, children.length == 0 ? LEAF : children.clone(), wanted);
        copy.exact = exact;
        copy.prefix = prefix;
        copy.byRank = byRank;
        return copy;
    }

    private void insert(int index, PathNode child) {
        PathNode[] more = Arrays.copyOf(children, children.length + 1);
        System.arraycopy(children, index, more, index + 1, children.length - index);
        more[index] = child;
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        System.arraycopy(bytes, edge + index, longer, edge + index + 1, bytes.length - edge - index);
        longer[edge + index] = child.bytes[0];
        children = more;
        bytes = longer;
    }

    private void delete(int index) {
        PathNode[] fewer = children.length == 1 ? LEAF : Arrays.copyOf(children, children.length - 1);
        System.arraycopy(children, index + 1, fewer, index, fewer.length - index);
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - 1);
        System.arraycopy(bytes, edge + index + 1, shorter, edge + index, shorter.length - edge - index);
        children = fewer;
        bytes = shorter;
    }

    private void file(RouteEntry entry) {
        switch (entry.match.filing()) {
            case EXACT -> exact = with(exact, entry);
            case PREFIX -> prefix = with(prefix, entry);
            case BY_RANK -> byRank = with(byRank, entry);
        }
    }

    private void drop(String id) {
        exact = without(exact, id);
        prefix = without(prefix, id);
        byRank = without(byRank, id);
    }

    private boolean has(String id) {
        return indexOf(exact, id) >= 0 || indexOf(prefix, id) >= 0 || indexOf(byRank, id) >= 0;
    }

    private static RouteEntry[] with(RouteEntry[] list, RouteEntry entry) {
        int index = -Arrays.binarySearch(list, entry) - 1;
        RouteEntry[] longer = Arrays.copyOf(list, list.length + 1);
        System.arraycopy(list, index, longer, index + 1, list.length - index);
        longer[index] = entry;
        return longer;
    }

    private static RouteEntry[] without(RouteEntry[] list, String id) {
        int index = indexOf(list, id);
        if (index < 0) {
            return list;
        }
        if (list.length == 1) {
            return RouteEntry.NONE;
        }
        RouteEntry[] shorter = Arrays.copyOf(list, list.length - 1);
        System.arraycopy(list, index + 1, shorter, index, shorter.length - index);
        return shorter;
    }

    private static int indexOf(RouteEntry[] list, String id) {
        for (int i = 0; i < list.length; i++) {
            if (list[i].id.equals(id)) {
                return i;
            }
        }
        return -1;
    }
}
