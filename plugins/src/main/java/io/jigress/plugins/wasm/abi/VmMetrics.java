package io.jigress.plugins.wasm.abi;

import io.jigress.api.Services;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The metrics that a plugin defines: at most so many. The gateway exports the first of them; the others count for the plugin alone.
final class VmMetrics {
    static final int COUNTER = 0;
    static final int GAUGE = 1;
    static final int HISTOGRAM = 2;
    private static final int MAX = 64;
    private static final double[] BOUNDS = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000};

    private final List<Metric> metrics = new ArrayList<>();
    private @Nullable Services services;

    private static final class Metric {
        private final int type;
        private final String name;
        private long value;
        private Services.@Nullable Counter counter;
        private Services.@Nullable Gauge gauge;
        private Services.@Nullable Histogram histogram;

        private Metric(int type, String name) {
            this.type = type;
            this.name = name;
        }

        private void export(Services to) {
            String exported = "plugin_" + name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
            String help = "A metric of Wasm plugins: " + name;
            try {
                switch (type) {
                    case COUNTER -> counter = to.counter(exported, help);
                    case GAUGE -> gauge = to.gauge(exported, help);
                    default -> histogram = to.histogram(exported, help, BOUNDS);
                }
            } catch (IllegalStateException _) {
                // As many metrics as a kind of filter may have are exported already.
            }
            if (counter != null && value > 0) {
                counter.add(value);
            } else if (gauge != null) {
                gauge.set(value);
            }
        }
    }

    /// @return the id of the metric, from 1 on; 0 when there are too many
    int define(int type, String name) {
        for (int i = 0; i < metrics.size(); i++) {
            if (metrics.get(i).type == type && metrics.get(i).name.equals(name)) {
                return i + 1;
            }
        }
        if (metrics.size() == MAX) {
            return 0;
        }
        Metric metric = new Metric(type, name);
        metrics.add(metric);
        if (services != null) {
            metric.export(services);
        }
        return metrics.size();
    }

    void attach(Services loop) {
        services = loop;
        metrics.forEach(metric -> metric.export(loop));
    }

    private @Nullable Metric of(int id) {
        return id < 1 || id > metrics.size() ? null : metrics.get(id - 1);
    }

    /// @return a status of the ABI
    long increment(int id, long by) {
        Metric metric = of(id);
        if (metric == null) {
            return Status.NOT_FOUND;
        }
        if (metric.type == HISTOGRAM || metric.type == COUNTER && by < 0) {
            return Status.BAD_ARGUMENT;
        }
        metric.value += by;
        if (metric.counter != null) {
            metric.counter.add(by);
        } else if (metric.gauge != null) {
            metric.gauge.add(by);
        }
        return Status.OK;
    }

    long record(int id, long value) {
        Metric metric = of(id);
        if (metric == null) {
            return Status.NOT_FOUND;
        }
        switch (metric.type) {
            case COUNTER -> {
                return increment(id, value); // As Envoy does: it is added.
            }
            case GAUGE -> {
                metric.value = value;
                if (metric.gauge != null) {
                    metric.gauge.set(value);
                }
            }
            default -> {
                if (metric.histogram != null) {
                    metric.histogram.record((double) value);
                }
            }
        }
        return Status.OK;
    }

    /// @return null when there is no such metric with one value
    @Nullable Long value(int id) {
        Metric metric = of(id);
        return metric == null || metric.type == HISTOGRAM ? null : metric.value;
    }
}
