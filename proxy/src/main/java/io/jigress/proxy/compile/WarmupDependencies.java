package io.jigress.proxy.compile;

import io.jigress.config.EndpointRef;
import io.jigress.proxy.upstream.EndpointSet;
import io.jigress.proxy.upstream.Upstream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The dependencies that a change waits for before it goes live: endpoints of upstreams, and filters that are not ready.
final class WarmupDependencies {
    private final Set<FilterSlot> filters = new HashSet<>(0);
    /// With the endpoints that were not sufficient.
    private final Map<Upstream, EndpointSet> upstreams = new HashMap<>(0);

    static WarmupDependencies nothing() {
        return new WarmupDependencies();
    }

    /// The dependencies of a route.
    ///
    /// @param before the route that serves in its place until then; its clusters are not waited for
    /// @param patient whether to wait for endpoints too
    static WarmupDependencies of(CompiledRoute next, @Nullable CompiledRoute before, boolean patient) {
        WarmupDependencies missing = new WarmupDependencies();
        missing.addPreparing(next.filters());
        for (CompiledRoute.Target target : next.targets()) {
            missing.addPreparing(target.filters());
            if (target.weight() > 0) {
                missing.addLacking(target.slot(), before, patient);
            }
        }
        for (ClusterSlot called : next.called()) {
            missing.addLacking(called, before, patient);
        }
        return missing;
    }

    /// The dependencies of a stream route.
    ///
    /// @param before the route that serves in its place until then; its clusters are not waited for
    /// @param patient whether to wait at all
    static WarmupDependencies of(CompiledStream next, @Nullable CompiledStream before, boolean patient) {
        WarmupDependencies missing = new WarmupDependencies();
        for (CompiledRoute.Target target : next.targets()) {
            Upstream upstream = target.upstream();
            if (patient && target.weight() > 0 && upstream != null && (before == null || !before.uses(target.slot()))) {
                missing.addLacking(upstream, before != null);
            }
        }
        return missing;
    }

    private void addLacking(ClusterSlot cluster, @Nullable CompiledRoute before, boolean patient) {
        Upstream upstream = cluster.upstream();
        if (patient && upstream != null && (before == null || !before.uses(cluster))) {
            addLacking(upstream, before != null);
        }
    }

    /// The dependencies of an upstream that replaces another one, if there is one.
    static WarmupDependencies of(Upstream next, @Nullable Upstream before) {
        WarmupDependencies missing = new WarmupDependencies();
        if (before != null && next.endpoints() != before.endpoints()) {
            missing.addLacking(next, true);
        }
        return missing;
    }

    private void addPreparing(FilterSet set) {
        for (FilterSlot slot : set.slots()) {
            if (slot.isPreparing()) {
                filters.add(slot);
            }
        }
    }

    /// Waits until the endpoints are known or, when a previous version serves until then, until there are any. Endpoints that the
    /// configuration itself lists are complete.
    private void addLacking(Upstream upstream, boolean served) {
        EndpointSet present = upstream.endpoints();
        boolean enough = served ? present.takesRequests() : present.known();
        if (!enough && !(upstream.cluster().endpoints().whole() instanceof EndpointRef.Fixed)) {
            upstreams.put(upstream, present);
        }
    }

    boolean isNothing() { return filters.isEmpty() && upstreams.isEmpty(); }

    boolean lacksEndpoints() {
        return !upstreams.isEmpty();
    }

    void forEachUpstream(BiConsumer<Upstream, EndpointSet> action) {
        upstreams.forEach(action);
    }

    Set<Object> things() {
        Set<Object> all = new HashSet<>(filters);
        all.addAll(upstreams.keySet());
        return all;
    }
}
