package io.jigress.control;

/// Identifies an object, independent of the version of its API. Group is empty for the core group; namespace is empty for cluster-scoped kinds.
public record ResourceKey(String group, String kind, String namespace, String name) implements Comparable<ResourceKey> {

    /// The form in messages: `HTTPRoute default/shop`, `GatewayClass jigress`.
    @Override
    public String toString() {
        return namespace.isEmpty() ? kind + " " + name : kind + " " + namespace + "/" + name;
    }

    @Override
    public int compareTo(ResourceKey other) {
        int c = kind.compareTo(other.kind);
        c = c != 0 ? c : group.compareTo(other.group);
        c = c != 0 ? c : namespace.compareTo(other.namespace);
        return c != 0 ? c : name.compareTo(other.name);
    }
}
