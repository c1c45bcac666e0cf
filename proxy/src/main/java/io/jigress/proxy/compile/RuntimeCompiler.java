package io.jigress.proxy.compile;

import io.jigress.api.FilterFactory;
import io.jigress.config.Cluster;
import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.config.Traffic;
import io.jigress.config.VirtualHost;
import io.jigress.proxy.ProxySettings;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.route.CompiledMatch;
import io.jigress.proxy.route.RouteTable;
import io.jigress.proxy.route.RouteTableEdit;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.Upstreams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Follows the configuration with route tables: compiles what differs from the last one and shares the rest.
///
/// A route that needs a cluster of which nothing is known yet stays as it was until the cluster's first endpoints come or the
/// warm timeout ends (make before break). For one thread at a time; the owner locks.
public final class RuntimeCompiler {

    /// @param routesCompiled how many routes were compiled
    /// @param nodesCopied how many nodes of route tables were copied or made
    /// @param faults what could not be compiled, for people
    /// @param waiting upstreams that routes wait for
    public record Outcome(int routesCompiled, int nodesCopied, List<String> faults, List<Upstream> waiting) {}

    private record Place(String listener, String host, String id) {}

    private final RouteCompiler routes;
    private final Upstreams upstreams;
    private final Map<String, RouteTable<CompiledHost, CompiledRoute>> tables = new HashMap<>();
    private final Map<String, Map<String, CompiledHost>> hosts = new HashMap<>();
    private final Map<Place, CompiledRoute> compiled = new HashMap<>();
    private final Map<Place, Route> deferred = new HashMap<>();
    private final Map<String, Upstream> replaced = new HashMap<>();
    private GatewayConfig current = GatewayConfig.EMPTY;

    private int routesCompiled;
    private int nodesCopied;
    private List<String> faults = new ArrayList<>();
    private List<Upstream> waiting = new ArrayList<>();
    private List<Runnable> retired = new ArrayList<>();

    public RuntimeCompiler(List<FilterFactory<?>> factories, Upstreams upstreams, Loop[] loops, ProxySettings settings) {
        this.routes = new RouteCompiler(factories, loops, settings);
        this.upstreams = upstreams;
    }

    /// The routes of a listener; empty for one that does not exist.
    public RouteTable<CompiledHost, CompiledRoute> table(String listener) {
        return tables.getOrDefault(listener, RouteTable.empty());
    }

    public GatewayConfig current() {
        return current;
    }

    public Outcome apply(GatewayConfig next) {
        begin();
        GatewayConfig before = current;
        current = next;
        List<Cluster> gone = new ArrayList<>();
        next.clusters().diff(before.clusters(), (name, old, now) -> {
            if (now != null) {
                change(now);
            } else if (old != null) {
                gone.add(old);
            }
        });
        next.listeners().diff(before.listeners(), (name, old, now) -> listener(name, hostsOf(old), hostsOf(now), now == null));
        gone.forEach(cluster -> retired.add(() -> remove(cluster)));
        return new Outcome(routesCompiled, nodesCopied, List.copyOf(faults), List.copyOf(waiting));
    }

    /// Takes up what waited for endpoints that are known now; with `force`, also what still waits.
    public Outcome resume(boolean force) {
        begin();
        replaced.entrySet().removeIf(entry -> {
            Cluster cluster = current.clusters().get(entry.getKey());
            if (force || entry.getValue().endpoints().known() || cluster == null) {
                swap(routes.slot(entry.getKey()), cluster == null ? null : entry.getValue());
                if (cluster == null) {
                    upstreams.release(entry.getValue());
                }
                return true;
            }
            return false;
        });
        for (Place place : List.copyOf(deferred.keySet())) {
            Route route = deferred.remove(place);
            VirtualHost host = host(place);
            if (route == null || host == null || host.routes().get(place.id()) != route) {
                continue;
            }
            RouteTableEdit<CompiledHost, CompiledRoute> edit = table(place.listener()).edit();
            put(edit, place, host, route, force);
            finish(place.listener(), edit);
        }
        return new Outcome(routesCompiled, nodesCopied, List.copyOf(faults), List.copyOf(waiting));
    }

    /// Gives back what the routes of before held: to be called once the new tables serve.
    public void retire() {
        List<Runnable> all = retired;
        retired = new ArrayList<>();
        all.forEach(Runnable::run);
    }

    public int filtersInUse() {
        return routes.filtersInUse();
    }

    private void begin() {
        routesCompiled = 0;
        nodesCopied = 0;
        faults = new ArrayList<>();
        waiting = new ArrayList<>();
    }

    private @Nullable VirtualHost host(Place place) {
        Listener listener = current.listeners().get(place.listener());
        return listener != null && listener.traffic() instanceof Traffic.Http http ? http.hosts().get(place.host()) : null;
    }

    private static PersistentMap<String, VirtualHost> hostsOf(@Nullable Listener listener) {
        return listener != null && listener.traffic() instanceof Traffic.Http http ? http.hosts() : PersistentMap.empty();
    }

    // ---- clusters

    private void change(Cluster cluster) {
        String fault = upstreams.fault(cluster);
        if (fault != null) {
            faults.add(cluster.origin() + ": " + fault + "; its requests are answered with 500");
            remove(cluster);
            return;
        }
        ClusterSlot slot = routes.slot(cluster.name());
        Upstream upstream = upstreams.acquire(cluster);
        Upstream superseded = replaced.remove(cluster.name());
        if (superseded != null) {
            upstreams.release(superseded);
        }
        if (slot.upstream() == null || upstream.endpoints().known()) {
            swap(slot, upstream);
        } else {
            replaced.put(cluster.name(), upstream);
            waiting.add(upstream);
        }
    }

    private void swap(ClusterSlot slot, @Nullable Upstream now) {
        Upstream before = slot.upstream();
        slot.upstream(now);
        if (before != null) {
            upstreams.release(before);
        }
    }

    private void remove(Cluster cluster) {
        if (current.clusters().contains(cluster.name()) && upstreams.fault(cluster) == null) {
            return;
        }
        Upstream superseded = replaced.remove(cluster.name());
        if (superseded != null) {
            upstreams.release(superseded);
        }
        ClusterSlot slot = routes.slot(cluster.name());
        swap(slot, null);
        routes.dropIfUnused(slot);
    }

    // ---- listeners, hosts, routes

    private void listener(String name, PersistentMap<String, VirtualHost> before, PersistentMap<String, VirtualHost> after,
            boolean gone) {
        RouteTableEdit<CompiledHost, CompiledRoute> edit = table(name).edit();
        after.diff(before, (pattern, old, now) -> host(edit, name, pattern, old, now));
        finish(name, edit);
        if (gone) {
            tables.remove(name);
            hosts.remove(name);
        }
    }

    private void finish(String listener, RouteTableEdit<CompiledHost, CompiledRoute> edit) {
        nodesCopied += edit.nodesCopied();
        tables.put(listener, edit.done());
    }

    private void host(RouteTableEdit<CompiledHost, CompiledRoute> edit, String listener, String pattern,
            @Nullable VirtualHost old,
            @Nullable VirtualHost now) {
        Map<String, CompiledHost> ofListener = hosts.computeIfAbsent(listener, _ -> new HashMap<>());
        if (old != null && now != null && alike(old, now)) {
            now.routes().diff(old.routes(), (id, _, route) -> route(edit, new Place(listener, pattern, id), now, route));
            return;
        }
        CompiledHost compiledBefore = ofListener.remove(pattern);
        if (now == null) {
            edit.removeHost(pattern);
        } else {
            CompiledHost host = new CompiledHost(now, routes.notFound(now, faults));
            ofListener.put(pattern, host);
            edit.host(pattern, now.section(), now.onMiss(), host);
        }
        if (old != null) {
            old.routes().forEach((id, _) -> {
                if (now == null) {
                    route(null, new Place(listener, pattern, id), old, null);
                } else if (!now.routes().contains(id)) {
                    route(edit, new Place(listener, pattern, id), old, null);
                }
            });
        }
        if (now != null) {
            now.routes().forEach((id, route) -> route(edit, new Place(listener, pattern, id), now, route));
        }
        if (compiledBefore != null) {
            retired.add(() -> routes.release(compiledBefore.notFound()));
        }
    }

    /// Whether two versions of a host differ in their routes at most.
    private static boolean alike(VirtualHost old, VirtualHost now) {
        return old.section().equals(now.section()) && old.onMiss() == now.onMiss() && old.filters().equals(now.filters());
    }

    /// @param edit null when the whole host has gone already
    private void route(@Nullable RouteTableEdit<CompiledHost, CompiledRoute> edit, Place place, VirtualHost host,
            @Nullable Route now) {
        deferred.remove(place);
        if (now != null && edit != null) {
            put(edit, place, host, now, false);
            return;
        }
        CompiledRoute before = compiled.remove(place);
        if (before == null) {
            return;
        }
        if (edit != null) {
            edit.remove(place.host(), place.id(), before.route().match());
        }
        retired.add(() -> routes.release(before));
    }

    private void put(RouteTableEdit<CompiledHost, CompiledRoute> edit, Place place, VirtualHost host, Route route,
            boolean force) {
        CompiledRoute ready = routes.compile(host, route, faults);
        if (!force && waits(ready)) {
            routes.release(ready);
            deferred.put(place, route);
            return;
        }
        routesCompiled++;
        CompiledRoute before = compiled.put(place, ready);
        if (before != null && !before.route().match().path().equals(route.match().path())) {
            edit.remove(place.host(), place.id(), before.route().match());
        }
        CompiledMatch match = CompiledMatch.of(route.match(), route.rank());
        for (String fault : match.faults()) {
            faults.add(route.origin() + ": " + fault);
        }
        edit.put(place.host(), place.id(), match, ready);
        if (before != null) {
            retired.add(() -> routes.release(before));
        }
    }

    private boolean waits(CompiledRoute route) {
        boolean waits = false;
        for (CompiledRoute.Target target : route.targets()) {
            Upstream upstream = target.upstream();
            if (upstream != null && target.weight() > 0 && !upstream.endpoints().known()) {
                waiting.add(upstream);
                waits = true;
            }
        }
        return waits;
    }
}
