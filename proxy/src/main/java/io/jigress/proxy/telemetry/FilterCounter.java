package io.jigress.proxy.telemetry;

import io.jigress.api.Services;

/// A counter of a filter on one event loop.
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
