package io.jigress.proxy.route;

import org.jspecify.annotations.Nullable;

/// A subtree of the radix tree over path bytes. Where several paths remain it is a node; where a single path remains it is the list of
/// that path's routes itself, which saves the lookup a memory access at its end.
///
/// Equal contents have equal shape. A tree without routes is null.
sealed interface PathTree permits PathNode, RouteEntry {

    /// This tree with a route added, or replaced if one with its id and path exists.
    ///
    /// @param from how many bytes of the route's path lie above this tree
    PathTree with(RouteEntry entry, int from, Batch batch);

    /// This tree without the route of an id under `key`; the same instance when there is none, or when it was changed in place.
    @Nullable PathTree without(String id, byte[] key, int from, Batch batch);

    /// Adds the lists of routes that may match a path to `out`; with `everything`, all lists on the way, whether they match or not.
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
