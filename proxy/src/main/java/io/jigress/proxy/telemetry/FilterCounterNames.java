package io.jigress.proxy.telemetry;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The names of the counters of filters in the process, a limited number for each filter.
final class FilterCounterNames {
    private final Map<String, Set<String>> byFilter = new HashMap<>();
    private final Map<String, String> helps = new ConcurrentHashMap<>();

    /// The full name of the metric.
    synchronized String admit(String filter, String name, String help) {
        String metric = "jigress_filter_" + plain(filter) + "_" + plain(name) + "_total";
        Set<String> names = byFilter.computeIfAbsent(filter, _ -> new HashSet<>());
        if (!names.contains(metric) && names.size() >= Metrics.COUNTERS_PER_FILTER) {
            throw new IllegalStateException("filter " + filter + " asks for the counter " + name + " beyond its "
                    + Metrics.COUNTERS_PER_FILTER);
        }
        names.add(metric);
        helps.putIfAbsent(metric, help);
        return metric;
    }

    /// By the full name of the metric.
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
