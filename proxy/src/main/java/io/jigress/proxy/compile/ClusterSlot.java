package io.jigress.proxy.compile;

import io.jigress.proxy.upstream.Upstream;
import org.jspecify.annotations.Nullable;

/// The place of a cluster in the routes that use it: a changed cluster is put here once, and no route is compiled again.
final class ClusterSlot {
    private final String name;
    private volatile @Nullable Upstream upstream;
    /// Compiled routes that refer to it, or have a filter that does. [Clusters] counts.
    int users;
    /// Those of them that serve on although the configuration says something else by now. [Clusters] counts.
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
