package io.jigress.filters.keyratelimit;

/// So many requests per so much time: at once, and then evenly again.
///
/// @param count at least 1
/// @param periodNanos at least `count`
record Limit(long count, long periodNanos) {

    /// The time in which one request's worth comes back.
    long intervalNanos() {
        return periodNanos / count;
    }
}
