package io.jigress.proxy.route;

/// Marks the nodes that one [RouteTableEdit] has made: they are not published yet, so the edit changes them in place.
final class Batch {
    private int made;

    /// Called for each node that is made or copied.
    void count() {
        made++;
    }

    int nodesCopied() {
        return made;
    }
}
