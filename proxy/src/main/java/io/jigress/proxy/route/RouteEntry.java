package io.jigress.proxy.route;

import io.jigress.api.RequestHead;
import io.jigress.proxy.route.CompiledMatch.Filing;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One route in a table, and the first of a list by rank: those that stand under one path. What a request without predicates needs
/// lies in this one object.
///
/// Lists are immutable: an edit copies the entries before the edited one, so that n routes of one path, told apart by headers,
/// cost up to 40 n bytes per edit.
final class RouteEntry implements PathTree {

    final Predicate[] predicates;
    final Object route;
    final Filing filing;
    /// The path it is filed under.
    final byte[] key;
    /// The key's length, here so that the walk is done before the key's bytes have come from memory.
    private final int length;
    final CompiledMatch match;
    final String id;
    /// The next by rank; set before anybody else sees this entry.
    private @Nullable RouteEntry next;

    RouteEntry(String id, CompiledMatch match, Object route) {
        this.predicates = match.predicates();
        this.route = route;
        this.filing = match.filing();
        this.key = match.key();
        this.length = key.length;
        this.match = match;
        this.id = id;
    }

    /// Where the path goes on behind the path of this list, of which the bytes before `at` are known to be equal; -1 when it does not
    /// lead here.
    int pass(byte[] path, int from, int at, int to) {
        int next = from + length;
        return next <= to && Arrays.equals(key, at - from, length, path, at, next) ? next : -1;
    }

    void offer(boolean exactFits, boolean prefixFits, Candidates out) {
        switch (filing) {
            case EXACT -> {
                if (exactFits) {
                    out.exact.push(this);
                }
            }
            case PREFIX -> {
                if (prefixFits) {
                    out.prefix.push(this);
                }
            }
            case BY_RANK -> out.byRank.push(this);
        }
    }

    @Override
    public PathTree with(RouteEntry entry, int from, Batch batch) {
        if (filing == entry.filing && Arrays.equals(key, entry.key)) {
            return entry.into(without(this, entry.id));
        }
        return PathNode.of(this, from, batch).with(entry, from, batch);
    }

    @Override
    public @Nullable PathTree without(String unwanted, byte[] path, int from, Batch batch) {
        return Arrays.equals(key, path) ? without(this, unwanted) : this;
    }

    /// Whether having reached it the walk has decided that its path fits.
    boolean isPathDecided() { return filing != Filing.BY_RANK; }

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
