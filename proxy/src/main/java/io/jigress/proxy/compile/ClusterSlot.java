package io.jigress.proxy.compile;

import io.jigress.proxy.upstream.Upstream;
import org.jspecify.annotations.Nullable;

/// The place of a cluster in the routes that use it: a changed cluster is put here once, and no route is compiled again.
final class ClusterSlot {
    private final String name;
    private volatile @Nullable Upstream upstream;
    /// Routes that refer to it; the compiler's own count.
    int users;

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
