package io.jigress.proxy.route;

import io.jigress.api.RequestHead;

/// One route in a table. What a request without predicates needs of it lies in this one object.
final class RouteEntry implements Comparable<RouteEntry> {
    static final RouteEntry[] NONE = {};

    final Predicate[] predicates;
    final Object route;
    /// Whether reaching the entry on the walk means that its path fits.
    final boolean pathDecided;
    final CompiledMatch match;
    final String id;

    RouteEntry(String id, CompiledMatch match, Object route) {
        this.predicates = match.predicates();
        this.route = route;
        this.pathDecided = match.filing() != CompiledMatch.Filing.BY_RANK;
        this.match = match;
        this.id = id;
    }

    boolean predicatesHold(RequestHead head) {
        for (Predicate predicate : predicates) {
            if (!predicate.holds(head)) {
                return false;
            }
        }
        return true;
    }

    /// By rank; the id makes the order total.
    @Override
    public int compareTo(RouteEntry other) {
        int c = match.rank().compareTo(other.match.rank());
        return c != 0 ? c : id.compareTo(other.id);
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
