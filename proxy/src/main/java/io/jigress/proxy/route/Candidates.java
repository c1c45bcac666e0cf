package io.jigress.proxy.route;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The routes that one walk found, handed out by rank. Reused for every request of a loop.
///
/// Exact routes go before prefix routes and deeper ones before shallower ones, which is their rank; routes filed by rank are
/// merged into these.
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

    /// Forgets everything: nothing may hold on to a table that was replaced.
    void clear() {
        exact.clear();
        prefix.clear();
        byRank.clear();
    }

    /// A stack of lists, each by its first entry that was not handed out.
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

        /// The index of the list whose first entry is the least; 0 without lists.
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
