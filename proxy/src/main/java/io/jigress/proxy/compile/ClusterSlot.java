package io.jigress.proxy.compile;

import io.jigress.proxy.upstream.Upstream;
import org.jspecify.annotations.Nullable;

/// The reference from routes to a cluster: a changed cluster is replaced here once, and no route is compiled again.
final class ClusterSlot {
    private final String name;
    private volatile @Nullable Upstream upstream;
    /// Compiled routes that refer to it, or have a filter that does. [Clusters] counts.
    int users;
    /// The number of those that still serve although the configuration has changed; maintained by [Clusters].
    int outdated;

    ClusterSlot(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    @Nullable Upstream upstream() {
        return upstream;
    }

    void upstream(@Nullable Upstream now) {
        upstream = now;
    }
}
