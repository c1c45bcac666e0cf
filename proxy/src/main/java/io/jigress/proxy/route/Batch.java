package io.jigress.proxy.route;

/// Marks the nodes that one [RouteTableEdit] has created. They are not published yet, so the edit may change them in place.
final class Batch {
    private int made;

    /// Called for each node that is created or copied.
    void count() {
        made++;
    }

    int nodesCopied() {
        return made;
    }
}
