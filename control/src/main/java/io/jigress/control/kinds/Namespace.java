package io.jigress.control.kinds;

import java.util.HashMap;
import java.util.Map;

/// A Namespace: its labels, by which Gateways choose whose routes they take.
public record Namespace(Map<String, String> labels) {

    public static Namespace read(Document document) {
        return named(document.resource().key().name(), document.labels());
    }

    /// A namespace that has no object of its own: it carries the label that Kubernetes gives to every one.
    public static Namespace named(String name) {
        return named(name, Map.of());
    }

    private static Namespace named(String name, Map<String, String> labels) {
        Map<String, String> all = new HashMap<>(labels);
        all.put("kubernetes.io/metadata.name", name);
        return new Namespace(Map.copyOf(all));
    }
}
