package io.jigress.filters.keyratelimit;

/// A number of requests per period. The whole number may come at once, and is refilled evenly.
///
/// @param count at least 1
/// @param periodNanos at least `count`
record Limit(long count, long periodNanos) {

    /// The time in which one request refills.
    long intervalNanos() {
        return periodNanos / count;
    }
}
