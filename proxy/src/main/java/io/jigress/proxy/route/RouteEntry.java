package io.jigress.proxy.route;

import io.jigress.api.RequestHead;
import org.jspecify.annotations.Nullable;

/// One route in a table, and the first of a list by rank: those that stand under one path. What a request without predicates needs
/// lies in this one object.
///
/// Lists are immutable: an edit copies the entries before the edited one, so that n routes of one path, told apart by headers,
/// cost up to 40 n bytes per edit.
final class RouteEntry {

    final Predicate[] predicates;
    final Object route;
    /// Whether reaching the entry on the walk means that its path fits.
    final boolean pathDecided;
    final CompiledMatch match;
    final String id;
    /// The next by rank; set before anybody else sees this entry.
    private @Nullable RouteEntry next;

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

    @Nullable RouteEntry next() {
        return next;
    }

    /// By rank; the id makes the order total.
    boolean isBefore(RouteEntry other) {
        int c = match.rank().compareTo(other.match.rank());
        return c < 0 || c == 0 && id.compareTo(other.id) < 0;
    }

    /// A list with this entry, which is new, at its place.
    RouteEntry into(@Nullable RouteEntry list) {
        RouteEntry rest = list;
        RouteEntry head = this;
        RouteEntry tail = null;
        while (rest != null && rest.isBefore(this)) {
            RouteEntry copy = rest.copy();
            if (tail == null) {
                head = copy;
            } else {
                tail.next = copy;
            }
            tail = copy;
            rest = rest.next;
        }
        next = rest;
        if (tail != null) {
            tail.next = this;
        }
        return head;
    }

    /// The list without the entry of an id; the list itself when there is none.
    static @Nullable RouteEntry without(@Nullable RouteEntry list, String id) {
        if (!isIn(list, id)) {
            return list;
        }
        RouteEntry head = null;
        RouteEntry tail = null;
        for (RouteEntry entry = list; entry != null; entry = entry.next) {
            boolean found = entry.id.equals(id);
            RouteEntry kept = found ? entry.next : entry.copy();
            if (tail == null) {
                head = kept;
            } else {
                tail.next = kept;
            }
            if (found) {
                break;
            }
            tail = kept;
        }
        return head;
    }

    static boolean isIn(@Nullable RouteEntry list, String id) {
        for (RouteEntry entry = list; entry != null; entry = entry.next) {
            if (entry.id.equals(id)) {
                return true;
            }
        }
        return false;
    }

    private RouteEntry copy() {
        return new RouteEntry(id, match, route);
    }
}
