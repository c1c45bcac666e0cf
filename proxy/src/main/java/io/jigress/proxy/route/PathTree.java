package io.jigress.proxy.route;

import org.jspecify.annotations.Nullable;

/// A part of the radix tree over path bytes, from some depth down. Where paths still differ it is a node; where a single path is
/// left it is the list of that path's routes itself, so that a lookup saves a read from memory at its end.
///
/// Equal contents have equal shape. No routes at all are no tree: null.
sealed interface PathTree permits PathNode, RouteEntry {

    /// This tree with a route, in place of the one with its id and path.
    ///
    /// @param from how many bytes of the route's path lie above this tree
    PathTree with(RouteEntry entry, int from, Batch batch);

    /// This tree without the route of an id that is filed under `key`; this very tree when there is none, or when it could be changed
    /// in place.
    @Nullable PathTree without(String id, byte[] key, int from, Batch batch);

    /// Hands the lists of routes that may fit a path to `out`; all that the walk meets, fitting or not, when `everything` is asked for.
    static void walk(@Nullable PathTree root, byte[] path, int from, int to, boolean everything, Candidates out) {
        PathTree tree = root;
        int at = from;
        while (tree instanceof PathNode node) {
            at = node.pass(path, at, to);
            if (at < 0) {
                return;
            }
            boolean end = at == to;
            boolean boundary = end || path[at] == '/';
            node.offer(end || everything, boundary || everything, out);
            tree = end ? null : node.child(path[at]);
        }
        if (tree instanceof RouteEntry list) {
            at = list.pass(path, from, at, to);
            if (at >= 0) {
                boolean end = at == to;
                boolean boundary = end || path[at] == '/';
                list.offer(end || everything, boundary || everything, out);
            }
        }
    }
}
