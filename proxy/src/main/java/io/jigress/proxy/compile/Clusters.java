package io.jigress.proxy.compile;

import io.jigress.config.Cluster;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.Upstreams;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The places of clusters, and what is in them: each place lasts as long as a route, or a filter of one,
/// refers to it or a cluster is in it. For the applying
/// thread.
final class Clusters {
    private final Upstreams upstreams;
    /// Event loops read it.
    private final Map<String, ClusterSlot> slots = new ConcurrentHashMap<>();
    /// The cluster that takes over a slot once it has endpoints.
    private final Map<String, Upstream> successors = new HashMap<>();

    Clusters(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    /// Why no requests can be sent to a cluster; null when they can.
    @Nullable String fault(Cluster cluster) {
        return upstreams.fault(cluster);
    }

    // ---- who refers to them

    /// The slot of this name, with one more user.
    ClusterSlot use(String name) {
        ClusterSlot slot = slot(name);
        slot.users++;
        return slot;
    }

    void release(ClusterSlot slot) {
        slot.users--;
        tidy(slot);
    }

    /// A route that uses it keeps serving while a later version waits: the cluster is kept even if the configuration removes it.
    void outdated(ClusterSlot slot) {
        slot.outdated++;
    }

    /// The opposite of [#outdated].
    void outdatedNoMore(ClusterSlot slot) {
        slot.outdated--;
    }

    private ClusterSlot slot(String name) {
        return slots.computeIfAbsent(name, ClusterSlot::new);
    }

    private void tidy(ClusterSlot slot) {
        if (slot.users == 0 && slot.upstream() == null) {
            slots.remove(slot.name(), slot);
        }
    }

    // ---- what is in them

    /// For any thread.
    @Nullable Upstream present(String name) {
        ClusterSlot slot = slots.get(name);
        return slot == null ? null : slot.upstream();
    }

    /// Stores the successor of a changed cluster; [#succeed] puts it into its slot.
    Upstream lineUp(Cluster cluster) {
        Upstream upstream = upstreams.acquire(cluster);
        Upstream superseded = successors.put(cluster.name(), upstream);
        if (superseded != null) {
            upstreams.release(superseded);
        }
        return upstream;
    }

    @Nullable Upstream successor(String name) {
        return successors.get(name);
    }

    void succeed(String name) {
        Upstream successor = successors.remove(name);
        if (successor != null) {
            put(slot(name), successor);
        }
    }

    /// Removes a deleted cluster from its slot, unless outdated routes still use it. Routes of the configuration that still refer to it find the
    /// slot empty. When there are none, the slot is removed with its content, since an event loop may have matched a route of the previous tables
    /// and be about to read it.
    void remove(String name) {
        ClusterSlot slot = slots.get(name);
        Upstream successor = successors.remove(name);
        if (successor != null) {
            upstreams.release(successor);
        }
        if (slot == null || slot.outdated > 0) {
            return;
        }
        if (slot.users > 0) {
            put(slot, null);
        } else {
            slots.remove(name);
            Upstream last = slot.upstream();
            if (last != null) {
                upstreams.release(last);
            }
        }
    }

    private void put(ClusterSlot slot, @Nullable Upstream now) {
        Upstream before = slot.upstream();
        slot.upstream(now);
        if (before != null) {
            upstreams.release(before);
        }
    }

    /// All clusters that have a slot.
    List<String> names() {
        return List.copyOf(slots.keySet());
    }

    void close() {
        upstreams.close();
    }
}
