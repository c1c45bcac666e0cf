package io.jigress.proxy.telemetry;

import java.util.Comparator;

/// The name of a filter's counter with its label; both label and value are empty for a counter without.
record LabelledName(String metric, String label, String value) implements Comparable<LabelledName> {
    private static final Comparator<LabelledName> ORDER = Comparator.comparing(LabelledName::metric)
            .thenComparing(LabelledName::value);

    @Override
    public int compareTo(LabelledName other) {
        return ORDER.compare(this, other);
    }
}
