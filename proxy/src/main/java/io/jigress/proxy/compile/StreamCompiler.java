package io.jigress.proxy.compile;

import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.StreamRoute;
import io.jigress.config.TlsStreams;
import io.jigress.config.Traffic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Compiles the stream routes of listeners: the differences only. A changed route waits for the first endpoints of its new clusters, as those of HTTP
/// do. For the applying thread.
final class StreamCompiler {
    private static final PersistentMap<String, TlsStreams> NO_SECTIONS = PersistentMap.empty();
    private static final PersistentMap<String, StreamRoute> NO_ROUTES = PersistentMap.empty();

    /// @param before the route that serves until then
    private record Pending(CompiledStream next, @Nullable CompiledStream before) {}

    private final Clusters clusters;
    private final HeldChanges held;
    private final RetiredParts retired;
    private final Consumer<String> removeUnwanted;
    private final int loops;
    private final Map<String, StreamTable> tables = new HashMap<>();
    private final Map<Place.OfStream, Pending> pending = new HashMap<>();
    private int compiled;

    /// @param removeUnwanted removes a cluster that the configuration does not have
    StreamCompiler(Clusters clusters, HeldChanges held, RetiredParts retired, Consumer<String> removeUnwanted, int loops) {
        this.clusters = clusters;
        this.held = held;
        this.retired = retired;
        this.removeUnwanted = removeUnwanted;
        this.loops = loops;
    }

    /// The stream routes of a listener; empty when it has none.
    StreamTable table(String listener) {
        return tables.getOrDefault(listener, StreamTable.EMPTY);
    }

    /// How many routes were compiled since the last call.
    int compiled() {
        int count = compiled;
        compiled = 0;
        return count;
    }

    /// @param deadline how long changes wait for endpoints
    void listener(String name, @Nullable Listener before, @Nullable Listener now, long deadline) {
        StreamRoute had = single(before);
        StreamRoute wanted = single(now);
        if (had != null || wanted != null) {
            route(new Place.OfStream(name, "", ""), had, wanted, deadline);
        }
        sections(now).diff(sections(before), (pattern, old, section) -> {
            if (section != null) {
                PersistentMap<String, CompiledStream> routes = routes(name, pattern);
                tables.put(name,
                        table(name).with(pattern, new StreamTable.Section(section.section(), section.terminated(), routes)));
            }
            (section == null ? NO_ROUTES : section.routes()).diff(old == null ? NO_ROUTES : old.routes(),
                    (names, hadRoute, route) -> route(new Place.OfStream(name, pattern, names), hadRoute, route, deadline));
            if (section == null) {
                tables.put(name, table(name).without(pattern));
            }
        });
        if (now == null) {
            tables.remove(name);
        }
    }

    /// All routes are compiled again by the next changes.
    void startOver() {
        List.copyOf(pending.keySet()).forEach(this::supersede);
        tables.values().forEach(table -> {
            if (table.route() != null) {
                retire(table.route());
            }
            table.sections().forEach((_, section) -> section.routes().forEach((_, route) -> retire(route)));
        });
        tables.clear();
    }

    /// Puts a route that has waited into its place.
    void resume(Place.OfStream place) {
        Pending waited = pending.get(place);
        if (waited != null) {
            supersede(place);
            CompiledStream next = compile(waited.next.route());
            replace(place, next);
        }
    }

    private static @Nullable StreamRoute single(@Nullable Listener listener) {
        return switch (listener == null ? null : listener.traffic()) {
            case Traffic.Tcp tcp -> tcp.route();
            case Traffic.Udp udp -> udp.route();
            case null, default -> null;
        };
    }

    private static PersistentMap<String, TlsStreams> sections(@Nullable Listener listener) {
        return listener != null && listener.traffic() instanceof Traffic.Tls tls ? tls.streams() : NO_SECTIONS;
    }

    private PersistentMap<String, CompiledStream> routes(String listener, String pattern) {
        StreamTable.Section section = table(listener).sections().get(pattern);
        return section == null ? PersistentMap.empty() : section.routes();
    }

    private @Nullable CompiledStream present(Place.OfStream place) {
        return place.pattern().isEmpty()
                ? table(place.listener()).route()
                : routes(place.listener(), place.pattern()).get(place.names());
    }

    private void route(Place.OfStream place, @Nullable StreamRoute before, @Nullable StreamRoute now, long deadline) {
        CompiledStream serving = present(place);
        if (now != null && serving != null && now.equals(before)) {
            return;
        }
        supersede(place);
        if (now == null) {
            replace(place, null);
            return;
        }
        CompiledStream next = compile(now);
        boolean first = serving == null && held.isStarting();
        WarmupDependencies missing = WarmupDependencies.of(next, serving, held.now() < deadline && !first);
        if (missing.isNothing()) {
            if (first) {
                held.watch(WarmupDependencies.of(next, null, true));
            }
            replace(place, next);
            return;
        }
        pending.put(place, new Pending(next, serving));
        held.hold(place, missing, deadline);
        if (serving != null) {
            for (CompiledRoute.Target target : serving.targets()) {
                clusters.outdated(target.slot());
            }
        }
    }

    /// Drops the change that waits for a place.
    private void supersede(Place.OfStream place) {
        Pending old = pending.remove(place);
        if (old == null) {
            return;
        }
        held.drop(place);
        retire(old.next);
        if (old.before != null) {
            retired.add(() -> {
                for (CompiledRoute.Target target : old.before.targets()) {
                    clusters.outdatedNoMore(target.slot());
                    retired.addCluster(() -> removeUnwanted.accept(target.slot().name()));
                }
            });
        }
    }

    private void replace(Place.OfStream place, @Nullable CompiledStream next) {
        CompiledStream before = present(place);
        StreamTable table = table(place.listener());
        StreamTable.Section section = table.sections().get(place.pattern());
        if (place.pattern().isEmpty()) {
            tables.put(place.listener(), new StreamTable(next, table.sections()));
        } else if (section != null) {
            tables.put(place.listener(), table.with(place.pattern(), new StreamTable.Section(section.name(), section.terminated(),
                    next == null ? section.routes().without(place.names()) : section.routes().with(place.names(), next))));
        }
        if (before != null) {
            retire(before);
        }
    }

    private CompiledStream compile(StreamRoute route) {
        compiled++;
        CompiledRoute.Target[] targets = route.clusters().stream()
                .map(each -> new CompiledRoute.Target(clusters.use(each.cluster()), each.weight(), FilterSet.NONE, loops))
                .toArray(CompiledRoute.Target[]::new);
        return new CompiledStream(route, targets, loops);
    }

    private void retire(CompiledStream route) {
        retired.add(() -> {
            for (CompiledRoute.Target target : route.targets()) {
                clusters.release(target.slot());
            }
        });
    }
}
