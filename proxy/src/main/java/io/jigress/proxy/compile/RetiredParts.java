package io.jigress.proxy.compile;

import java.util.ArrayList;
import java.util.List;

/// Parts that are released once the new route tables serve, since an event loop may still be matching in the previous ones. For the
/// applying thread.
final class RetiredParts {
    private List<Runnable> parts = new ArrayList<>();
    /// Clusters are released last: only then is it known which routes still refer to them.
    private List<Runnable> clusters = new ArrayList<>();

    void add(Runnable release) {
        parts.add(release);
    }

    void addCluster(Runnable release) {
        clusters.add(release);
    }

    /// Called when the new tables serve.
    void release() {
        List<Runnable> all = parts;
        parts = new ArrayList<>();
        all.forEach(Runnable::run);
        List<Runnable> last = clusters;
        clusters = new ArrayList<>();
        last.forEach(Runnable::run);
    }
}
