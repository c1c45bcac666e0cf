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
        RouteEntry first = ordinary.peek();
        if (byRank.size > 0) {
            int least = byRank.least();
            RouteEntry ranked = byRank.peek(least);
            if (first == null || ranked.compareTo(first) < 0) {
                byRank.advance(least);
                return ranked;
            }
        }
        if (first != null) {
            ordinary.advance(ordinary.size - 1);
        }
        return first;
    }

    /// Forgets everything: nothing may hold on to a table that was replaced.
    void clear() {
        exact.clear();
        prefix.clear();
        byRank.clear();
    }

    /// A stack of sorted lists, each with a position. No list on it is at its end.
    static final class Lists {
        private RouteEntry[][] lists = new RouteEntry[8][];
        private int[] positions = new int[8];
        private int size;

        Lists() {
            Arrays.fill(lists, RouteEntry.NONE);
        }

        /// The depth of the path tree, which is configuration, bounds the size.
        void push(RouteEntry[] list) {
            if (size == lists.length) {
                lists = Arrays.copyOf(lists, 2 * size);
                Arrays.fill(lists, size, 2 * size, RouteEntry.NONE);
                positions = Arrays.copyOf(positions, 2 * size);
            }
            lists[size] = list;
            positions[size] = 0;
            size++;
        }

        private @Nullable RouteEntry peek() {
            return size == 0 ? null : peek(size - 1);
        }

        private RouteEntry peek(int index) {
            return lists[index][positions[index]];
        }

        private int least() {
            int least = 0;
            for (int i = 1; i < size; i++) {
                if (peek(i).compareTo(peek(least)) < 0) {
                    least = i;
                }
            }
            return least;
        }

        private void advance(int index) {
            if (++positions[index] == lists[index].length) {
                size--;
                lists[index] = lists[size];
                positions[index] = positions[size];
                lists[size] = RouteEntry.NONE;
            }
        }

        private void clear() {
            while (size > 0) {
                lists[--size] = RouteEntry.NONE;
            }
        }
    }
}
