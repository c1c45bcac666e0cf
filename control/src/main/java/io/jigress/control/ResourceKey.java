package io.jigress.control;

import java.util.regex.Pattern;

/// Identifies an object, independent of the version of its API. Group is empty for the core group; namespace is empty for cluster-scoped kinds.
///
/// @param cluster that the object belongs to; references of an object are to objects of the same cluster. Empty for the local cluster: that of
///     folders, and of sources without a cluster of their own
public record ResourceKey(String cluster, String group, String kind, String namespace, String name)
        implements
            Comparable<ResourceKey> {

    /// What the name of a cluster may be, for messages.
    public static final String CLUSTER_NAME = "at most 63 letters, digits and . _ - (not at its ends)";
    private static final Pattern CLUSTER = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

    /// Whether a text can be the name of a cluster other than the local one.
    public static boolean isCluster(String name) {
        return CLUSTER.matcher(name).matches();
    }

    /// An object of the local cluster.
    public ResourceKey(String group, String kind, String namespace, String name) {
        this("", group, kind, namespace, name);
    }

    /// The object of this name in another cluster.
    public ResourceKey in(String otherCluster) {
        return otherCluster.equals(cluster) ? this : new ResourceKey(otherCluster, group, kind, namespace, name);
    }

    /// Another object of the same cluster.
    public ResourceKey beside(String otherGroup, String otherKind, String otherNamespace, String otherName) {
        return new ResourceKey(cluster, otherGroup, otherKind, otherNamespace, otherName);
    }

    public boolean isInNamespaceOf(ResourceKey other) {
        return namespace.equals(other.namespace) && cluster.equals(other.cluster);
    }

    /// `default/shop`, `default/shop@east`, and without a namespace `jigress`, `jigress@east`. It is part of the names of routes, clusters of
    /// endpoints and filters; the name of a cluster contains neither `/` nor `:`.
    public String path() {
        return (namespace.isEmpty() ? name : namespace + "/" + name) + (cluster.isEmpty() ? "" : "@" + cluster);
    }

    /// The object of a kind that [#path] names.
    public static ResourceKey ofPath(String group, String kind, String path) {
        int at = path.lastIndexOf('@');
        String cluster = at < 0 ? "" : path.substring(at + 1);
        String name = at < 0 ? path : path.substring(0, at);
        int slash = name.indexOf('/');
        return new ResourceKey(cluster, group, kind, name.substring(0, Math.max(0, slash)), name.substring(slash + 1));
    }

    /// The form in messages: `HTTPRoute default/shop`, `GatewayClass jigress`, `HTTPRoute default/shop@east`.
    @Override
    public String toString() {
        return kind + " " + path();
    }

    @Override
    public int compareTo(ResourceKey other) {
        int c = kind.compareTo(other.kind);
        c = c != 0 ? c : group.compareTo(other.group);
        c = c != 0 ? c : namespace.compareTo(other.namespace);
        c = c != 0 ? c : name.compareTo(other.name);
        return c != 0 ? c : cluster.compareTo(other.cluster);
    }
}
