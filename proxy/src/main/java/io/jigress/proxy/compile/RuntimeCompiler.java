package io.jigress.proxy.compile;

import io.jigress.api.FilterFactory;
import io.jigress.config.GatewayConfig;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.config.VirtualHost;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.route.CompiledMatch;
import io.jigress.proxy.route.RouteTable;
import io.jigress.proxy.route.RouteTableEdit;
import io.jigress.proxy.upstream.Upstreams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compiles the configuration into route tables: compiles what differs from the last configuration and shares the rest.
///
/// Make before break: a change that needs a cluster without endpoints waits for them, at most for the warm timeout, and a change that
/// needs a filter waits until that is ready. Until then the previous version serves, and other changes are not held back. The first routes
/// after the start do not wait for endpoints, and answer 503 until their filters are ready. For one thread at a time; the owner locks.
public final class RuntimeCompiler {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeCompiler.class);
    /// The deadline of changes that must not wait.
    private static final long AT_ONCE = Long.MIN_VALUE;

    /// @param routesCompiled how many routes were compiled and put into tables
    /// @param nodesCopied how many nodes of route tables were copied or created
    /// @param faults what could not be compiled, as readable text
    /// @param waiting how many changes wait, including those of earlier calls
    public record Outcome(int routesCompiled, int nodesCopied, List<String> faults, int waiting) {}

    private final FilterRegistry filters;
    private final Clusters clusters;
    private final ClusterChanges clusterChanges;
    private final RouteCompiler routes;
    private final StreamCompiler streams;
    private final long warmNanos;
    private final Map<String, RouteTable<CompiledHost, CompiledRoute>> tables = new HashMap<>();
    private final Map<String, Map<String, CompiledHost>> hosts = new HashMap<>();
    private final Map<Place.OfRoute, CompiledRoute> compiled = new HashMap<>();
    /// The first routes that answer 503 because a filter is not ready: their requests must not go to other routes.
    private final Set<Place.OfRoute> closed = new HashSet<>();
    private final HeldChanges held;
    private final CompileFaults faults = new CompileFaults();
    private final RetiredParts retired = new RetiredParts();
    private GatewayConfig current = GatewayConfig.EMPTY;

    private int routesCompiled;
    private int nodesCopied;
    /// The last change threw an exception, so it may be partly live.
    private boolean failed;

    /// @param warmTimeout how long a changed route waits for the first endpoints of its new clusters
    /// @param services makes those of filter instances
    /// @param deferred runs deferred work under the owner's lock, publishes the tables and calls [#retire]
    /// @param clock monotonic nanoseconds
    public RuntimeCompiler(List<FilterFactory<?>> factories, Upstreams upstreams, Loop[] loops, RouteDefaults defaults,
            Duration warmTimeout, FilterServices services, DeferredUpdate deferred, LongSupplier clock) {
        Clusters places = new Clusters(upstreams);
        this.clusters = places;
        this.filters = new FilterRegistry(factories, loops.length, deferred, this::arrived,
                (loop, filter) -> services.create(loop, filter, places::present));
        this.routes = new RouteCompiler(filters, clusters, loops.length, defaults);
        this.held = new HeldChanges(deferred, clock, changes -> resume(changes, false));
        this.clusterChanges = new ClusterChanges(clusters, held, faults, retired, this::current);
        this.streams = new StreamCompiler(places, held, retired, clusterChanges::removeUnwanted, loops.length);
        this.warmNanos = warmTimeout.toNanos();
    }

    /// The routes of a listener; empty when it does not exist.
    public RouteTable<CompiledHost, CompiledRoute> table(String listener) {
        return tables.getOrDefault(listener, RouteTable.empty());
    }

    /// The stream routes of a listener; empty when it has none.
    public StreamTable streams(String listener) {
        return streams.table(listener);
    }

    /// The configuration that was last applied completely.
    public GatewayConfig current() {
        return current;
    }

    /// Whether a change has thrown an exception and no [#apply] has succeeded since. The tables must not be published then.
    public boolean failed() {
        return failed;
    }

    /// An exception is a bug. The next call then compiles the whole configuration again.
    public Outcome apply(GatewayConfig next) {
        routesCompiled = 0;
        nodesCopied = 0;
        faults.beginChange();
        long deadline = held.now() + (failed ? 0 : warmNanos);
        held.beginApply();
        if (failed) {
            startOver(next);
        }
        failed = true;
        Outcome outcome = apply(next, current, deadline);
        if (routesCompiled > 0 || !closed.isEmpty()) {
            held.firstRoutesApplied(deadline);
        }
        current = next;
        failed = false;
        return outcome;
    }

    private void startOver(GatewayConfig next) {
        held.routes().forEach(this::supersede);
        compiled.values().forEach(route -> retired.add(() -> routes.release(route)));
        hosts.values().forEach(
                ofListener -> ofListener.values().forEach(host -> retired.add(() -> routes.release(host.notFound()))));
        held.forgetDeadlines();
        streams.startOver();
        compiled.clear();
        closed.clear();
        hosts.clear();
        tables.clear();
        faults.clear();
        current = GatewayConfig.EMPTY;
        for (String name : clusters.names()) {
            if (!next.clusters().contains(name)) {
                retired.addCluster(() -> clusterChanges.gone(name));
            }
        }
    }

    private Outcome apply(GatewayConfig next, GatewayConfig before, long deadline) {
        List<String> gone = new ArrayList<>();
        next.clusters().diff(before.clusters(), (name, _, now) -> {
            if (now != null) {
                clusterChanges.changed(now, deadline);
            } else {
                gone.add(name);
            }
        });
        next.listeners().diff(before.listeners(), (name, old, now) -> {
            streams.listener(name, old, now, deadline);
            listener(name, ListenerHosts.of(old), ListenerHosts.of(now), now == null, deadline);
        });
        routesCompiled += streams.compiled();
        gone.forEach(name -> retired.addCluster(() -> clusterChanges.gone(name)));
        held.schedule();
        return new Outcome(routesCompiled, nodesCopied, faults.ofChange(), held.size());
    }

    /// Releases the resources of replaced routes; to be called once the new tables serve.
    public void retire() {
        retired.release();
        filters.retire();
    }

    /// How many changes wait, plus the upstreams of the first routes whose endpoints are not known yet (those routes do not wait).
    public int waiting() {
        return held.waiting();
    }

    public int filtersInUse() {
        return filters.size();
    }

    /// Makes all waiting changes live, ready or not: for a compiler that explains and serves no traffic.
    public void waitNoMore() {
        resume(held.releaseAll(), true);
    }

    /// Closes the filters on their loops, and stops watching endpoints.
    public void close() {
        clusters.close();
        filters.close();
    }

    /// Everything that cannot be compiled in the present configuration, as readable text.
    public List<String> faults() {
        return Stream.concat(faults.all().stream(), filters.faults().stream()).toList();
    }

    // ---- what waits

    private void arrived(Object thing) {
        held.arrived(thing);
    }

    /// Retries the changes that waited.
    private void resume(List<Warming.Held<Place>> changes, boolean atOnce) {
        failed = true;
        faults.beginChange();
        Map<String, RouteTableEdit<CompiledHost, CompiledRoute>> edits = new TreeMap<>();
        for (Warming.Held<Place> change : changes) {
            long deadline = atOnce ? AT_ONCE : change.deadline();
            switch (change.change()) {
                case Place.OfCluster place -> clusterChanges.succeed(place, deadline);
                case Place.OfStream place -> streams.resume(place);
                case Place.OfHost place -> {
                    VirtualHost host = host(place.listener(), place.pattern());
                    attach(edits.computeIfAbsent(place.listener(), name -> table(name).edit()), place, host, deadline);
                }
                case Place.OfRoute place -> {
                    HeldChanges.Pending waited = held.pending(place);
                    VirtualHost host = host(place.listener(), place.host());
                    if (waited != null) {
                        put(edits.computeIfAbsent(place.listener(), name -> table(name).edit()), place, host,
                                waited.next().route(), atOnce ? AT_ONCE : waited.deadline());
                    }
                }
            }
        }
        edits.forEach(this::finish);
        faults.ofChange().forEach(LOG::error);
        held.schedule();
        failed = false;
    }

    private void hold(Place place, CompiledRoute next, @Nullable CompiledRoute before, WarmupDependencies missing,
            long deadline) {
        held.hold(place, next, before, missing, deadline);
        if (before != null) {
            before.places().forEach(clusters::outdated);
        }
    }

    /// Drops the change that waits for a place.
    private void supersede(Place place) {
        HeldChanges.Pending old = held.drop(place);
        if (old == null) {
            return;
        }
        retired.add(() -> {
            routes.release(old.next());
            if (old.before() != null) {
                for (ClusterSlot cluster : old.before().places()) {
                    clusters.outdatedNoMore(cluster);
                    retired.addCluster(() -> clusterChanges.removeUnwanted(cluster.name()));
                }
            }
        });
    }

    // ---- listeners, hosts, routes

    private VirtualHost host(String listener, String pattern) {
        return Objects.requireNonNull(hosts.getOrDefault(listener, Map.of()).get(pattern)).source();
    }

    private void listener(String name, PersistentMap<String, VirtualHost> before, PersistentMap<String, VirtualHost> after,
            boolean gone, long deadline) {
        RouteTableEdit<CompiledHost, CompiledRoute> edit = table(name).edit();
        after.diff(before, (pattern, old, now) -> host(edit, new Place.OfHost(name, pattern), old, now, deadline));
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

    private void host(RouteTableEdit<CompiledHost, CompiledRoute> edit, Place.OfHost place, @Nullable VirtualHost old,
            @Nullable VirtualHost now, long deadline) {
        if (now == null) {
            if (old != null) {
                old.routes().forEach((id, _) -> remove(null, place.route(id)));
            }
            detach(edit, place);
            return;
        }
        if (old != null && ListenerHosts.alike(old, now)) {
            if (!old.paths().equals(now.paths())) {
                attach(edit, place, now, deadline);
            }
            now.routes().diff(old.routes(), (id, _, route) -> route(edit, place.route(id), now, route, deadline));
            return;
        }
        attach(edit, place, now, deadline);
        if (old != null) {
            old.routes().forEach((id, _) -> {
                if (!now.routes().contains(id)) {
                    remove(edit, place.route(id));
                }
            });
        }
        now.routes().forEach((id, route) -> put(edit, place.route(id), now, route, deadline));
    }

    private void attach(RouteTableEdit<CompiledHost, CompiledRoute> edit, Place.OfHost place, VirtualHost host, long deadline) {
        Map<String, CompiledHost> ofListener = hosts.computeIfAbsent(place.listener(), _ -> new HashMap<>());
        CompiledHost before = ofListener.get(place.pattern());
        List<String> found = new ArrayList<>();
        CompiledRoute notFound = routes.notFound(host, before == null ? null : before.notFound(), found);
        WarmupDependencies missing = deadline == AT_ONCE
                ? WarmupDependencies.nothing()
                : WarmupDependencies.of(notFound, null, false);
        supersede(place);
        if (missing.isNothing()) {
            faults.report(place, found);
        } else {
            hold(place, notFound, null, missing, deadline);
            notFound = before != null ? before.notFound() : routes.bareNotFound(host);
        }
        CompiledHost now = new CompiledHost(host, notFound);
        ofListener.put(place.pattern(), now);
        edit.host(place.pattern(), host.section(), host.onMiss(), now);
        if (before != null && before.notFound() != notFound) {
            retired.add(() -> routes.release(before.notFound()));
        }
    }

    private void detach(RouteTableEdit<CompiledHost, CompiledRoute> edit, Place.OfHost place) {
        supersede(place);
        faults.remove(place);
        edit.removeHost(place.pattern());
        CompiledHost before = hosts.getOrDefault(place.listener(), Map.of()).remove(place.pattern());
        if (before != null) {
            retired.add(() -> routes.release(before.notFound()));
        }
    }

    private void route(RouteTableEdit<CompiledHost, CompiledRoute> edit, Place.OfRoute place, VirtualHost host,
            @Nullable Route now, long deadline) {
        if (now != null) {
            put(edit, place, host, now, deadline);
        } else {
            remove(edit, place);
        }
    }

    /// @param edit null when the whole host is removed
    private void remove(@Nullable RouteTableEdit<CompiledHost, CompiledRoute> edit, Place.OfRoute place) {
        supersede(place);
        faults.remove(place);
        closed.remove(place);
        CompiledRoute before = compiled.remove(place);
        if (before == null) {
            return;
        }
        if (edit != null) {
            edit.remove(place.host(), place.id(), before.route().match());
        }
        retired.add(() -> routes.release(before));
    }

    private void put(RouteTableEdit<CompiledHost, CompiledRoute> edit, Place.OfRoute place, VirtualHost host, Route route,
            long deadline) {
        List<String> found = new ArrayList<>();
        CompiledRoute before = closed.contains(place) ? null : compiled.get(place);
        CompiledRoute next = routes.compile(host, route, before, found);
        boolean first = before == null && held.isStarting();
        WarmupDependencies missing = deadline == AT_ONCE
                ? WarmupDependencies.nothing()
                : WarmupDependencies.of(next, before, held.now() < deadline && !first);
        supersede(place);
        if (!missing.isNothing()) {
            hold(place, next, before, missing, deadline);
            if (first || closed.contains(place)) {
                closed.add(place);
                serve(edit, place, routes.notReady(route), found);
            }
            return;
        }
        if (first && deadline != AT_ONCE) {
            held.watch(WarmupDependencies.of(next, null, true));
        }
        routesCompiled++;
        closed.remove(place);
        serve(edit, place, next, found);
        faults.report(place, found);
    }

    private void serve(RouteTableEdit<CompiledHost, CompiledRoute> edit, Place.OfRoute place, CompiledRoute next,
            List<String> found) {
        Route route = next.route();
        CompiledRoute before = compiled.put(place, next);
        if (before != null && !before.route().match().path().equals(route.match().path())) {
            edit.remove(place.host(), place.id(), before.route().match());
        }
        CompiledMatch match = CompiledMatch.of(route.match(), route.rank());
        match.faults().forEach(fault -> found.add(route.origin() + ": " + fault));
        edit.put(place.host(), place.id(), match, next);
        if (before != null) {
            retired.add(() -> routes.release(before));
        }
    }
}
