package io.jigress.proxy.http2;

import java.util.Locale;
import java.util.function.LongSupplier;

/// Counts the frames of a connection that cost their sender little and the gateway work, by the second. The clock is read only when a count
/// reaches its limit. Event loop only.
final class FloodGuard {
    enum Kind {
        RESETS(0), SETTINGS(1), PINGS(2), PRIORITIES(3), EMPTY_FRAMES(4), WINDOW_UPDATES(5),
        /// Of one header block; not counted by the second.
        CONTINUATIONS(6),
        /// Answers that the peer does not read; not counted by the second.
        UNREAD_ANSWERS(7);

        private static final int RATED = 6;

        private final int index;
        private final ConnectionError error = new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, "too many: " + word());

        Kind(int index) {
            this.index = index;
        }

        /// From 0, without gaps.
        int index() {
            return index;
        }

        /// For metrics and the log: `window_updates`.
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        ConnectionError error() {
            return error;
        }
    }

    static final Kind[] KINDS = Kind.values();
    private static final long SECOND = 1_000_000_000L;

    private final LongSupplier clock;
    private final int[] limits;
    private final int[] counts = new int[Kind.RATED];
    private final long[] since = new long[Kind.RATED];

    /// @param clock nanoseconds
    FloodGuard(Http2Limits.Rates rates, LongSupplier clock) {
        this.clock = clock;
        limits = new int[] {rates.resets(), rates.settings(), rates.pings(), rates.priorities(), rates.empty(),
            rates.windowUpdates()};
        long now = clock.getAsLong();
        for (int i = 0; i < since.length; i++) {
            since[i] = now;
        }
    }

    /// Counts one; false when it is one too many.
    boolean admits(Kind kind) {
        return admits(kind, 1);
    }

    /// Counts one that weighs as much as several.
    boolean admits(Kind kind, int weight) {
        int i = kind.index();
        int added = Math.min(weight, limits[i]);
        counts[i] += added;
        if (counts[i] <= limits[i]) {
            return true;
        }
        long now = clock.getAsLong();
        if (now - since[i] < SECOND) {
            return false;
        }
        since[i] = now;
        counts[i] = added;
        return true;
    }
}
