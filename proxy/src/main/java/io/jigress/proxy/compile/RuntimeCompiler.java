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
import io.jigress.proxy.upstream.EndpointSet;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.Upstreams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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

/// Follows the configuration with route tables: compiles what differs from the last one and shares the rest.
///
/// Make before break: a change that needs a cluster without endpoints waits for them, at most for the warm timeout, and one that
/// needs a filter waits until that is ready; what it changes stays as it was meanwhile, and other changes are not held back. The first routes
/// of all do not wait for endpoints. For one thread at a time; the owner locks.
public final class RuntimeCompiler {
    private static final Logger LOG = LoggerFactory.getLogger(RuntimeCompiler.class);
    /// The deadline of what must not wait for anything.
    private static final long AT_ONCE = Long.MIN_VALUE;

    /// @param routesCompiled how many routes were compiled and put into tables
    /// @param nodesCopied how many nodes of route tables were copied or made
    /// @param faults what could not be compiled, for people
    /// @param waiting how many changes wait, those of earlier times among them
    public record Outcome(int routesCompiled, int nodesCopied, List<String> faults, int waiting) {}

    /// What is to come into a place.
    ///
    /// @param before what serves there meanwhile
    /// @param deadline until when it waits for endpoints
    private record Pending(CompiledRoute next, @Nullable CompiledRoute before, long deadline) {}

    private final FilterRegistry filters;
    private final Clusters clusters;
    private final RouteCompiler routes;
    private final Later later;
    private final LongSupplier clock;
    private final long began;
    private final long warmNanos;
    private final Map<String, RouteTable<CompiledHost, CompiledRoute>> tables = new HashMap<>();
    private final Map<String, Map<String, CompiledHost>> hosts = new HashMap<>();
    private final Map<Place.OfRoute, CompiledRoute> compiled = new HashMap<>();
    private final Map<Place, Pending> pending = new HashMap<>();
    private final Warming<Place> warming = new Warming<>();
    private final Map<Place, List<String>> faultsByPlace = new LinkedHashMap<>();
    /// Of the first routes, the upstreams of which nobody knows yet what endpoints there are.
    private final Set<Upstream> unknown = new HashSet<>();
    /// Until when routes are the first: there is nothing that could serve in their place, so they do not wait for endpoints.
    private long startEnds = Warming.NEVER;
    private long wakeUp = Warming.NEVER;
    private GatewayConfig current = GatewayConfig.EMPTY;

    private int routesCompiled;
    private int nodesCopied;
    private List<String> faults = new ArrayList<>();
    private List<Runnable> retired = new ArrayList<>();
    /// Clusters go last: only then is it known which routes still refer to them.
    private List<Runnable> removals = new ArrayList<>();
    /// The last change threw, and nobody knows how far it got.
    private boolean failed;

    /// @param later does what has to wait: calls back under the owner's lock, publishes the tables and calls [#retire]
    /// @param clock monotonic nanoseconds
    public RuntimeCompiler(List<FilterFactory<?>> factories, Upstreams upstreams, Loop[] loops, ProxySettings settings,
            Later later,
            LongSupplier clock) {
        this.filters = new FilterRegistry(factories, loops.length, later, this::came);
        this.clusters = new Clusters(upstreams);
        this.routes = new RouteCompiler(filters, clusters, loops.length, settings);
        this.later = later;
        this.clock = clock;
        this.began = clock.getAsLong();
        this.warmNanos = settings.warmTimeout().toNanos();
    }

    /// The routes of a listener; empty for one that does not exist.
    public RouteTable<CompiledHost, CompiledRoute> table(String listener) {
        return tables.getOrDefault(listener, RouteTable.empty());
    }

    /// The configuration that was applied last and as a whole.
    public GatewayConfig current() {
        return current;
    }

    /// Whether a change has thrown and no [#apply] has succeeded since. The tables are not to be published then.
    public boolean failed() {
        return failed;
    }

    /// What it throws is a fault of the program. The next call then compiles everything anew, whatever has changed.
    public Outcome apply(GatewayConfig next) {
        routesCompiled = 0;
        nodesCopied = 0;
        faults = new ArrayList<>();
        long deadline = now() + (failed ? 0 : warmNanos);
        if (now() >= startEnds) {
            unknown.clear();
        }
        if (failed) {
            startOver(next);
        }
        failed = true;
        Outcome outcome = apply(next, current, deadline);
        if (startEnds == Warming.NEVER && routesCompiled > 0) {
            startEnds = unknown.isEmpty() ? now() : deadline;
        }
        current = next;
        failed = false;
        return outcome;
    }

    private void startOver(GatewayConfig next) {
        List.copyOf(pending.keySet()).forEach(this::supersede);
        compiled.values().forEach(route -> retired.add(() -> routes.release(route)));
        hosts.values().forEach(
                ofListener -> ofListener.values().forEach(host -> retired.add(() -> routes.release(host.notFound()))));
        warming.late(Warming.NEVER);
        wakeUp = Warming.NEVER;
        compiled.clear();
        hosts.clear();
        tables.clear();
        faultsByPlace.clear();
        current = GatewayConfig.EMPTY;
        for (String name : clusters.names()) {
            if (!next.clusters().contains(name)) {
                removals.add(() -> gone(name));
            }
        }
    }

    private Outcome apply(GatewayConfig next, GatewayConfig before, long deadline) {
        List<String> gone = new ArrayList<>();
        next.clusters().diff(before.clusters(), (name, _, now) -> {
            if (now != null) {
                cluster(now, deadline);
            } else {
                gone.add(name);
            }
        });
        next.listeners().diff(before.listeners(),
                (name, old, now) -> listener(name, hostsOf(old), hostsOf(now), now == null, deadline));
        gone.forEach(name -> removals.add(() -> gone(name)));
        wakeUpInTime();
        return new Outcome(routesCompiled, nodesCopied, List.copyOf(faults), warming.size());
    }

    /// Gives back what the routes of before held: to be called once the new tables serve.
    public void retire() {
        List<Runnable> all = retired;
        retired = new ArrayList<>();
        all.forEach(Runnable::run);
        List<Runnable> last = removals;
        removals = new ArrayList<>();
        last.forEach(Runnable::run);
        filters.retire();
    }

    /// How many changes wait, and of the first routes, which do not, how many upstreams have endpoints that nobody knows yet.
    public int waiting() {
        return warming.size() + unknown.size();
    }

    public int filtersInUse() {
        return filters.size();
    }

    /// Lets everything go live that waits, ready or not: for those who look and do not serve.
    public void waitNoMore() {
        resume(warming.late(Warming.NEVER), true);
    }

    /// Ends it: filters are closed on their loops, endpoints are not followed any more.
    public void close() {
        clusters.close();
        filters.close();
    }

    /// All that cannot be compiled of the configuration as it is, for people.
    public List<String> faults() {
        return Stream.concat(faultsByPlace.values().stream().flatMap(List::stream), filters.faults().stream()).toList();
    }

    // ---- what waits

    private long now() {
        return clock.getAsLong() - began;
    }

    /// There is news of something that changes wait for.
    private void came(Object thing) {
        unknown.remove(thing);
        resume(warming.came(thing), false);
    }

    private void late() {
        wakeUp = Warming.NEVER;
        resume(warming.late(now()), false);
    }

    private void wakeUpInTime() {
        long next = warming.nextDeadline();
        if (next < wakeUp) {
            wakeUp = next;
            later.run(next - now(), this::late);
        }
    }

    /// Tries again what waited.
    private void resume(List<Warming.Held<Place>> changes, boolean atOnce) {
        failed = true;
        faults = new ArrayList<>();
        Map<String, RouteTableEdit<CompiledHost, CompiledRoute>> edits = new TreeMap<>();
        for (Warming.Held<Place> change : changes) {
            long deadline = atOnce ? AT_ONCE : change.deadline();
            switch (change.change()) {
                case Place.OfCluster place -> succeed(place, deadline);
                case Place.OfHost place -> {
                    VirtualHost host = host(place.listener(), place.pattern());
                    attach(edits.computeIfAbsent(place.listener(), name -> table(name).edit()), place, host, deadline);
                }
                case Place.OfRoute place -> {
                    Pending waited = pending.get(place);
                    VirtualHost host = host(place.listener(), place.host());
                    if (waited != null) {
                        put(edits.computeIfAbsent(place.listener(), name -> table(name).edit()), place, host, waited.next.route(),
                                atOnce ? AT_ONCE : waited.deadline);
                    }
                }
            }
        }
        edits.forEach(this::finish);
        faults.forEach(LOG::error);
        wakeUpInTime();
        failed = false;
    }

    private void hold(Place place, CompiledRoute next, @Nullable CompiledRoute before, Missing missing, long deadline) {
        pending.put(place, new Pending(next, before, deadline));
        if (before != null) {
            for (CompiledRoute.Target target : before.targets()) {
                clusters.outdated(target.slot());
            }
        }
        hold(place, missing, deadline);
    }

    private void hold(Place place, Missing missing, long deadline) {
        missing.forEachUpstream(this::listen);
        warming.hold(place, missing.things(), missing.lacksEndpoints() ? deadline : Warming.NEVER);
    }

    private void listen(Upstream upstream, EndpointSet seen) {
        if (!warming.awaits(upstream)) {
            upstream.whenOther(seen, () -> later.run(0, () -> came(upstream)));
        }
    }

    /// Forgets what was to come into a place.
    private void supersede(Place place) {
        warming.drop(place);
        Pending old = pending.remove(place);
        if (old == null) {
            return;
        }
        retired.add(() -> {
            routes.release(old.next);
            if (old.before != null) {
                for (CompiledRoute.Target target : old.before.targets()) {
                    clusters.outdatedNoMore(target.slot());
                    removals.add(() -> removeUnwanted(target.cluster()));
                }
            }
        });
    }

    // ---- clusters

    private void cluster(Cluster cluster, long deadline) {
        Place.OfCluster place = new Place.OfCluster(cluster.name());
        warming.drop(place);
        faultsByPlace.remove(place);
        String fault = clusters.fault(cluster);
        if (fault == null) {
            clusters.lineUp(cluster);
            succeed(place, deadline);
        } else {
            report(place, List.of(cluster.origin() + ": " + fault + "; its requests are answered with 500"));
            removals.add(() -> {
                replaced(clusters.present(cluster.name()));
                removeUnwanted(cluster.name());
            });
        }
    }

    private void removeUnwanted(String cluster) {
        if (!wanted(cluster)) {
            clusters.remove(cluster);
        }
    }

    private void succeed(Place.OfCluster place, long deadline) {
        Upstream present = clusters.present(place.name());
        Upstream next = clusters.successor(place.name());
        Missing missing = next == null || now() >= deadline ? Missing.nothing() : Missing.of(next, present);
        if (missing.isNothing()) {
            clusters.succeed(place.name());
            replaced(present);
        } else {
            hold(place, missing, deadline);
        }
    }

    /// Routes that waited for endpoints there look at what has come instead.
    private void replaced(@Nullable Upstream upstream) {
        if (upstream != null && warming.awaits(upstream)) {
            later.run(0, () -> came(upstream));
        }
    }

    private void gone(String cluster) {
        if (!wanted(cluster)) {
            Place.OfCluster place = new Place.OfCluster(cluster);
            warming.drop(place);
            faultsByPlace.remove(place);
            replaced(clusters.present(cluster));
            clusters.remove(cluster);
        }
    }

    private boolean wanted(String cluster) {
        Cluster configured = current.clusters().get(cluster);
        return configured != null && clusters.fault(configured) == null;
    }

    // ---- listeners, hosts, routes

    private static PersistentMap<String, VirtualHost> hostsOf(@Nullable Listener listener) {
        return listener != null && listener.traffic() instanceof Traffic.Http http ? http.hosts() : PersistentMap.empty();
    }

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
        if (old != null && alike(old, now)) {
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

    /// Whether two versions of a host differ in their routes and rules for paths at most, so that equal routes need not be compiled again.
    private static boolean alike(VirtualHost old, VirtualHost now) {
        return old.section().equals(now.section()) && old.onMiss() == now.onMiss() && old.filters().equals(now.filters());
    }

    private void attach(RouteTableEdit<CompiledHost, CompiledRoute> edit, Place.OfHost place, VirtualHost host, long deadline) {
        Map<String, CompiledHost> ofListener = hosts.computeIfAbsent(place.listener(), _ -> new HashMap<>());
        CompiledHost before = ofListener.get(place.pattern());
        List<String> found = new ArrayList<>();
        CompiledRoute notFound = routes.notFound(host, found);
        Missing missing = deadline == AT_ONCE ? Missing.nothing() : Missing.of(notFound, null, false);
        supersede(place);
        if (missing.isNothing()) {
            report(place, found);
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
        faultsByPlace.remove(place);
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

    /// @param edit null when the whole host goes
    private void remove(@Nullable RouteTableEdit<CompiledHost, CompiledRoute> edit, Place.OfRoute place) {
        supersede(place);
        faultsByPlace.remove(place);
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
        CompiledRoute before = compiled.get(place);
        CompiledRoute next = routes.compile(host, route, found);
        boolean first = before == null && now() < startEnds;
        Missing missing = deadline == AT_ONCE ? Missing.nothing() : Missing.of(next, before, now() < deadline && !first);
        supersede(place);
        if (!missing.isNothing()) {
            hold(place, next, before, missing, deadline);
            return;
        }
        if (first && deadline != AT_ONCE) {
            Missing.of(next, null, true).forEachUpstream((upstream, seen) -> {
                if (unknown.add(upstream)) {
                    listen(upstream, seen);
                }
            });
        }
        routesCompiled++;
        compiled.put(place, next);
        if (before != null && !before.route().match().path().equals(route.match().path())) {
            edit.remove(place.host(), place.id(), before.route().match());
        }
        CompiledMatch match = CompiledMatch.of(route.match(), route.rank());
        for (String fault : match.faults()) {
            found.add(route.origin() + ": " + fault);
        }
        edit.put(place.host(), place.id(), match, next);
        report(place, found);
        if (before != null) {
            retired.add(() -> routes.release(before));
        }
    }

    private void report(Place place, List<String> found) {
        faults.addAll(found);
        if (found.isEmpty()) {
            faultsByPlace.remove(place);
        } else {
            faultsByPlace.put(place, found);
        }
    }
}
