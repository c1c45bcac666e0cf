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
    /// What is to take a place once it has endpoints.
    private final Map<String, Upstream> successors = new HashMap<>();

    Clusters(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    /// Why requests to a cluster cannot be sent; null when they can.
    @Nullable String fault(Cluster cluster) {
        return upstreams.fault(cluster);
    }

    // ---- who refers to them

    /// The place of this name, with one user more.
    ClusterSlot use(String name) {
        ClusterSlot slot = slot(name);
        slot.users++;
        return slot;
    }

    void release(ClusterSlot slot) {
        slot.users--;
        tidy(slot);
    }

    /// A route that uses it serves on while a later version waits: the cluster stays even if the configuration drops it.
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

    /// Lines up what a changed cluster has become; [#succeed] puts it into its place.
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

    /// Takes a cluster that is gone out of its place, unless outdated routes live on it. Routes of the configuration that still refer to
    /// it find the place empty. When there are none, the place goes as it is: an event loop may have matched a route of the tables of
    /// before and be about to look.
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

    /// All clusters that have a place.
    List<String> names() {
        return List.copyOf(slots.keySet());
    }

    void close() {
        upstreams.close();
    }
}
