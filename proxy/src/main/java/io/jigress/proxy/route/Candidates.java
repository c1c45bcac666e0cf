package io.jigress.proxy.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The candidate routes of one path lookup, returned in order of rank. Reused for every request of a loop.
///
/// Exact routes come before prefix routes and deeper ones before shallower ones, which is their order by rank; routes in lists by rank
/// are merged into these.
final class Candidates {
    final Lists exact = new Lists();
    final Lists prefix = new Lists();
    final Lists byRank = new Lists();

    /// The next candidate; null after the last.
    @Nullable RouteEntry next() {
        Lists ordinary = exact.size > 0 ? exact : prefix;
        RouteEntry first = ordinary.top();
        if (byRank.size > 0) {
            int least = byRank.least();
            RouteEntry ranked = byRank.lists[least];
            if (ranked != null && (first == null || ranked.isBefore(first))) {
                byRank.advance(least, ranked);
                return ranked;
            }
        }
        if (first != null) {
            ordinary.advance(ordinary.size - 1, first);
        }
        return first;
    }

    /// Drops all references, so that a replaced table can be collected.
    void clear() {
        exact.clear();
        prefix.clear();
        byRank.clear();
    }

    /// A stack of lists, each represented by its first entry that was not returned yet.
    static final class Lists {
        private @Nullable RouteEntry[] lists = new RouteEntry[8];
        private int size;

        /// The depth of the path tree, which is configuration, bounds the size.
        void push(RouteEntry list) {
            if (size == lists.length) {
                lists = Arrays.copyOf(lists, 2 * size);
            }
            lists[size++] = list;
        }

        private @Nullable RouteEntry top() {
            return size == 0 ? null : lists[size - 1];
        }

        /// The index of the list with the lowest first entry; 0 without lists.
        private int least() {
            int index = 0;
            RouteEntry least = lists[0];
            for (int i = 1; i < size; i++) {
                RouteEntry entry = lists[i];
                if (entry != null && (least == null || entry.isBefore(least))) {
                    least = entry;
                    index = i;
                }
            }
            return index;
        }

        private void advance(int index, RouteEntry first) {
            RouteEntry next = first.next();
            if (next != null) {
                lists[index] = next;
            } else {
                lists[index] = lists[--size];
                lists[size] = null;
            }
        }

        private void clear() {
            while (size > 0) {
                lists[--size] = null;
            }
        }
    }
}
