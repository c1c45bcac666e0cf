package io.jigress.proxy.compile;

import io.jigress.config.FilterSpec;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteOptions;
import io.jigress.config.RouteRank;
import io.jigress.config.VirtualHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Compiles routes, and releases their resources when they are removed. For the applying thread.
final class RouteCompiler {
    /// Orders filters by phase, then priority, then identity; the sort is stable, so that Gateway stays before route before backend.
    private static final Comparator<FilterSpec> ORDER = Comparator.comparing(FilterSpec::phase)
            .thenComparing(FilterSpec::priority, Comparator.reverseOrder()).thenComparing(FilterSpec::identity);
    /// The scope prefix of filters of a Plugin object; of these the one nearer to the rule wins.
    private static final String PLUGIN = "plugin/";

    private final FilterRegistry filters;
    private final Clusters clusters;
    private final RouteDefaults defaults;
    private final int loops;
    /// Whether the route being compiled lacks a filter that protects it.
    private boolean broken;
    /// The filters of the route that serves in the place of the one being compiled.
    private List<FilterSlot> slotsBefore = List.of();

    RouteCompiler(FilterRegistry filters, Clusters clusters, int loops, RouteDefaults defaults) {
        this.filters = filters;
        this.clusters = clusters;
        this.defaults = defaults;
        this.loops = loops;
    }

    /// @param before what serves in its place: the configuration of a protecting filter there stays in use where the next one cannot be prepared
    CompiledRoute compile(VirtualHost host, Route asked, @Nullable CompiledRoute before, List<String> faults) {
        slotsBefore = before == null ? List.of() : slots(before);
        CompiledRoute ready = open(host, asked, faults);
        slotsBefore = List.of();
        if (!broken) {
            return ready;
        }
        // When a protecting filter cannot be created, its targets are closed.
        broken = false;
        release(ready);
        Route closed = new Route(asked.id(), asked.origin(), asked.rank(), asked.match(),
                new RouteAction.Reply(503, "", "", "misconfigured"), List.of(),
                asked.options());
        return new CompiledRoute(closed, FilterSet.NONE, new CompiledRoute.Target[0], loops, defaults);
    }

    private CompiledRoute open(VirtualHost host, Route route, List<String> faults) {
        List<FilterSpec> shared = merged(host.filters(), route.filters());
        FilterSet own = set(shared, faults);
        List<CompiledRoute.Target> targets = new ArrayList<>();
        if (route.action() instanceof RouteAction.Forward forward) {
            forward.clusters().forEach(weighted -> targets.add(target(weighted, shared, own, faults)));
            forward.mirrors().forEach(
                    mirror -> targets.add(new CompiledRoute.Target(clusters.use(mirror.cluster()), 0, own, loops)));
        }
        return new CompiledRoute(route, own, targets.toArray(CompiledRoute.Target[]::new), called(own, targets), loops, defaults);
    }

    /// The clusters that filters call, with one user more.
    private List<ClusterSlot> called(FilterSet own, List<CompiledRoute.Target> targets) {
        Set<String> names = new TreeSet<>();
        addCalled(own, names);
        for (CompiledRoute.Target target : targets) {
            addCalled(target.filters(), names);
        }
        return names.stream().map(clusters::use).toList();
    }

    private static void addCalled(FilterSet set, Set<String> names) {
        for (FilterSpec spec : set.specs()) {
            names.addAll(spec.clusters());
        }
    }

    /// The 404 of a host: a route like any other.
    CompiledRoute notFound(VirtualHost host, @Nullable CompiledRoute before, List<String> faults) {
        return compile(host, notFound(host), before, faults);
    }

    /// The same without filters, used until the host's filters are ready.
    CompiledRoute bareNotFound(VirtualHost host) {
        return new CompiledRoute(notFound(host), FilterSet.NONE, new CompiledRoute.Target[0], loops, defaults);
    }

    /// What answers in place of a route until its filters are ready.
    CompiledRoute notReady(Route route) {
        Route reply = new Route(route.id(), route.origin(), route.rank(), route.match(),
                new RouteAction.Reply(503, "", "", "not_ready"), List.of(), RouteOptions.DEFAULT);
        return new CompiledRoute(reply, FilterSet.NONE, new CompiledRoute.Target[0], loops, defaults);
    }

    private static Route notFound(VirtualHost host) {
        return new Route("-", host.section() + " " + host.host(), RouteRank.of(RouteMatch.ALL, 0, "", 0, 0), RouteMatch.ALL,
                new RouteAction.Reply(404, "", "", "no_route"), List.of(), RouteOptions.DEFAULT);
    }

    /// Releases the resources of a route. Exchanges in flight keep their references.
    void release(CompiledRoute route) {
        release(route.filters());
        for (CompiledRoute.Target target : route.targets()) {
            if (target.filters() != route.filters()) {
                release(target.filters());
            }
            clusters.release(target.slot());
        }
        route.called().forEach(clusters::release);
    }

    private CompiledRoute.Target target(RouteAction.WeightedCluster weighted, List<FilterSpec> shared, FilterSet own,
            List<String> faults) {
        FilterSet set = own;
        if (!weighted.filters().isEmpty()) {
            List<FilterSpec> all = new ArrayList<>(shared);
            all.addAll(weighted.filters());
            set = set(all, faults);
        }
        return new CompiledRoute.Target(clusters.use(weighted.cluster()), weighted.weight(), set, loops);
    }

    private static List<FilterSpec> merged(List<FilterSpec> host, List<FilterSpec> route) {
        if (host.isEmpty()) {
            return route;
        }
        Set<String> nearer = new HashSet<>();
        for (FilterSpec spec : route) {
            if (spec.scope().startsWith(PLUGIN)) {
                nearer.add(spec.identity());
            }
        }
        List<FilterSpec> merged = new ArrayList<>();
        for (FilterSpec spec : host) {
            if (!nearer.contains(spec.identity())) {
                merged.add(spec);
            }
        }
        merged.addAll(route);
        return merged;
    }

    private FilterSet set(List<FilterSpec> specs, List<String> faults) {
        if (specs.isEmpty()) {
            return FilterSet.NONE;
        }
        List<FilterSpec> ordered = new ArrayList<>(specs);
        ordered.sort(ORDER);
        List<FilterSpec> made = new ArrayList<>();
        List<FilterSlot> slots = new ArrayList<>();
        for (FilterSpec spec : ordered) {
            FilterSlot slot = filters.acquire(spec, before(spec), faults);
            if (slot != null) {
                made.add(slot.isConfiguredBy(spec) ? spec : slot.spec());
                slots.add(slot);
            } else if (filters.protects(spec)) {
                broken = true;
            }
        }
        return new FilterSet(made, slots, loops);
    }

    private static List<FilterSlot> slots(CompiledRoute route) {
        List<FilterSlot> all = new ArrayList<>(List.of(route.filters().slots()));
        for (CompiledRoute.Target target : route.targets()) {
            if (target.filters() != route.filters()) {
                all.addAll(List.of(target.filters().slots()));
            }
        }
        return all;
    }

    private @Nullable FilterSlot before(FilterSpec spec) {
        for (FilterSlot slot : slotsBefore) {
            if (slot.spec().name().equals(spec.name()) && slot.spec().scope().equals(spec.scope())) {
                return slot;
            }
        }
        return null;
    }

    private void release(FilterSet set) {
        for (FilterSlot slot : set.slots()) {
            filters.release(slot);
        }
    }
}
