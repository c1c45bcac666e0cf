package io.jigress.proxy.telemetry;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The names of filters' metrics in the whole process, a limited number of each type per filter.
final class FilterMetricNames {
    private record Owner(String filter, Metric.Type type) {}

    private final Map<Owner, Set<String>> byOwner = new HashMap<>();
    private final Map<String, Metric.Type> types = new HashMap<>();
    private final Map<String, String> helps = new ConcurrentHashMap<>();
    /// Of counters; empty for one without.
    private final Map<String, String> labels = new HashMap<>();
    private final Map<String, NameCap> labelValues = new HashMap<>();

    /// The whole name of the metric.
    synchronized String admit(String filter, Metric.Type type, String name, String help) {
        String metric = "jigress_filter_" + plain(filter) + "_" + plain(name) + (type == Metric.Type.COUNTER ? "_total" : "");
        Set<String> names = byOwner.computeIfAbsent(new Owner(filter, type), _ -> new HashSet<>());
        if (!names.contains(metric) && names.size() >= Metrics.PER_FILTER) {
            throw new IllegalStateException("filter " + filter + " asks for the " + Words.of(type) + " " + name + " beyond its "
                    + Metrics.PER_FILTER);
        }
        Metric.Type other = types.putIfAbsent(metric, type);
        if (other != null && other != type) {
            throw new IllegalStateException(
                    "filter " + filter + " asks for the " + Words.of(type) + " " + name + ", and there is a " + Words.of(other)
                            + " "
                            + metric);
        }
        names.add(metric);
        helps.putIfAbsent(metric, help);
        return metric;
    }

    /// A counter with a label, or with none.
    ///
    /// @param label empty for none
    synchronized LabelledName admitCounter(String filter, String name, String help, String label, String value) {
        String metric = admit(filter, Metric.Type.COUNTER, name, help);
        String known = labels.putIfAbsent(metric, label);
        if (known != null && !known.equals(label)) {
            throw new IllegalStateException("filter " + filter + " asks for the counter " + name + " with the label \"" + label
                    + "\", and there is one with \"" + known + "\"");
        }
        return new LabelledName(metric, label, label.isEmpty()
                ? ""
                : labelValues.computeIfAbsent(metric, _ -> new NameCap(Metrics.LABEL_VALUES)).admit(value));
    }

    /// By the whole name of the metric.
    Map<String, String> helps() {
        return helps;
    }

    private static String plain(String name) {
        StringBuilder out = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            out.append(c < 0x80 && Character.isLetterOrDigit(c) ? c : '_');
        }
        return out.toString();
    }
}
