package io.jigress.proxy.route;

import io.jigress.api.RequestHead;
import io.jigress.proxy.route.CompiledMatch.Filing;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One route in a table, and the head of a list: the routes of one path, ordered by rank. Matching a route without predicates reads this
/// object only.
///
/// Lists are immutable: an edit copies the entries before the edited one, so that with n routes of one path, which differ by headers,
/// an edit copies up to 40 n bytes.
final class RouteEntry implements PathTree {

    final Predicate[] predicates;
    final Object route;
    final Filing filing;
    /// The path of its tree node.
    final byte[] key;
    /// The key's length, kept here so that the lookup continues before the key's bytes have been fetched from memory.
    private final int length;
    final CompiledMatch match;
    final String id;
    /// The next by rank; set before this entry is published.
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

    /// The offset in the path after the path of this list, of which the bytes before `at` are known to be equal; -1 when they differ.
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

    /// Whether its path is known to match once the lookup has reached it.
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

    /// By rank, then by id.
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
