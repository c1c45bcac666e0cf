package io.jigress.control.kinds;

import java.util.HashMap;
import java.util.Map;

/// A Namespace: its labels, by which Gateways select the routes that may attach.
///
/// @param valid false when a label is invalid: no selector matches it
public record Namespace(Map<String, String> labels, boolean valid) {

    public static Namespace read(Document document) {
        Map<String, String> labels = document.labels();
        return named(document.resource().key().name(), labels, !document.failedSince(0));
    }

    /// A namespace without an object: it has the label that Kubernetes sets on every namespace.
    public static Namespace named(String name) {
        return named(name, Map.of(), true);
    }

    private static Namespace named(String name, Map<String, String> labels, boolean valid) {
        Map<String, String> all = new HashMap<>(labels);
        all.put("kubernetes.io/metadata.name", name);
        return new Namespace(Map.copyOf(all), valid);
    }
}
