package io.jigress.proxy.telemetry;

import io.jigress.api.Services;

/// A number that one loop counts for a filter.
final class FilterCounter implements Services.Counter {
    private long value;

    @Override
    public void add(long n) {
        value += n;
    }

    long value() {
        return value;
    }
}
