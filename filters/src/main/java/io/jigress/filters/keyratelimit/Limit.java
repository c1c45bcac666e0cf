package io.jigress.filters.keyratelimit;

/// A number of requests per period; the whole number may come at once, and refills evenly.
///
/// @param count at least 1
/// @param periodNanos at least `count`
record Limit(long count, long periodNanos) {

    /// The time in which one request refills.
    long intervalNanos() {
        return periodNanos / count;
    }
}
