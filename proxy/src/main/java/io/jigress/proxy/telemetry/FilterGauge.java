package io.jigress.proxy.telemetry;

import io.jigress.api.Services;

/// A number that goes up and down, of the filters of one kind on one loop.
final class FilterGauge implements Services.Gauge {
    private long value;

    @Override
    public void set(long now) {
        value = now;
    }

    @Override
    public void add(long change) {
        value += change;
    }

    long value() {
        return value;
    }
}
