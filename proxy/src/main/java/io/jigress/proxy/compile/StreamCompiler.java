package io.jigress.proxy.compile;

import io.jigress.config.Listener;
import io.jigress.config.PersistentMap;
import io.jigress.config.StreamRoute;
import io.jigress.config.TlsStreams;
import io.jigress.config.Traffic;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Compiles the stream routes of listeners: the differences only. For the applying thread.
final class StreamCompiler {
    private static final PersistentMap<String, TlsStreams> NO_SECTIONS = PersistentMap.empty();
    private static final PersistentMap<String, StreamRoute> NO_ROUTES = PersistentMap.empty();

    private final Clusters clusters;
    private final RetiredParts retired;
    private final int loops;
    private final Map<String, StreamTable> tables = new HashMap<>();
    private int compiled;

    StreamCompiler(Clusters clusters, RetiredParts retired, int loops) {
        this.clusters = clusters;
        this.retired = retired;
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

    void listener(String name, @Nullable Listener before, @Nullable Listener now) {
        StreamTable old = table(name);
        CompiledStream route = single(old.route(), single(before), single(now));
        PersistentMap<String, StreamTable.Section> sections = sections(old.sections(), sections(before), sections(now));
        if (route == null && sections.isEmpty()) {
            tables.remove(name);
        } else {
            tables.put(name, new StreamTable(route, sections));
        }
    }

    /// All routes are compiled again by the next changes.
    void startOver() {
        tables.values().forEach(table -> {
            if (table.route() != null) {
                retire(table.route());
            }
            table.sections().forEach((_, section) -> section.routes().forEach((_, route) -> retire(route)));
        });
        tables.clear();
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

    private @Nullable CompiledStream single(@Nullable CompiledStream compiled, @Nullable StreamRoute before,
            @Nullable StreamRoute now) {
        if (compiled != null && Objects.equals(before, now)) {
            return compiled;
        }
        CompiledStream next = now == null ? null : compile(now);
        if (compiled != null) {
            retire(compiled);
        }
        return next;
    }

    private PersistentMap<String, StreamTable.Section> sections(PersistentMap<String, StreamTable.Section> compiled,
            PersistentMap<String, TlsStreams> before, PersistentMap<String, TlsStreams> now) {
        AtomicReference<PersistentMap<String, StreamTable.Section>> next = new AtomicReference<>(compiled);
        now.diff(before, (pattern, had, wanted) -> {
            StreamTable.Section old = next.get().get(pattern);
            PersistentMap<String, CompiledStream> routes = routes(old == null ? PersistentMap.empty() : old.routes(),
                    old == null || had == null ? NO_ROUTES : had.routes(), wanted == null ? NO_ROUTES : wanted.routes());
            next.set(wanted == null
                    ? next.get().without(pattern)
                    : next.get().with(pattern, new StreamTable.Section(wanted.section(), wanted.terminated(), routes)));
        });
        return next.get();
    }

    private PersistentMap<String, CompiledStream> routes(PersistentMap<String, CompiledStream> compiled,
            PersistentMap<String, StreamRoute> before, PersistentMap<String, StreamRoute> now) {
        AtomicReference<PersistentMap<String, CompiledStream>> next = new AtomicReference<>(compiled);
        now.diff(before, (pattern, _, wanted) -> {
            CompiledStream old = next.get().get(pattern);
            next.set(wanted == null ? next.get().without(pattern) : next.get().with(pattern, compile(wanted)));
            if (old != null) {
                retire(old);
            }
        });
        return next.get();
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
