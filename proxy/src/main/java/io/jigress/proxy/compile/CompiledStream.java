package io.jigress.proxy.compile;

import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.telemetry.StreamStats;
import org.jspecify.annotations.Nullable;

/// A compiled stream route. Immutable, except for the counters that each loop looks up once.
public final class CompiledStream {
    private final StreamRoute route;
    private final CompiledRoute.Target[] targets;
    private final int totalWeight;
    private final @Nullable StreamStats[] stats;

    CompiledStream(StreamRoute route, CompiledRoute.Target[] targets, int loops) {
        this.route = route;
        this.targets = targets;
        int sum = 0;
        for (CompiledRoute.Target target : targets) {
            sum += target.weight();
        }
        this.totalWeight = sum;
        this.stats = new StreamStats[loops];
    }

    StreamRoute route() {
        return route;
    }

    /// Whether it sends connections to a cluster.
    boolean uses(ClusterSlot cluster) {
        for (CompiledRoute.Target own : targets) {
            if (own.slot() == cluster && own.weight() > 0) {
                return true;
            }
        }
        return false;
    }

    public String origin() {
        return route.origin();
    }

    public StreamOptions options() {
        return route.options();
    }

    CompiledRoute.Target[] targets() {
        return targets;
    }

    /// A target chosen by weight; null when all weights are 0.
    public CompiledRoute.@Nullable Target draw(Loop loop) {
        int ticket = totalWeight == 0 ? 0 : loop.random(totalWeight);
        for (CompiledRoute.Target target : targets) {
            ticket -= target.weight();
            if (ticket < 0) {
                return target;
            }
        }
        return null;
    }

    /// @param protocol `tcp`, `tls` or `udp`; the same at each call
    public StreamStats stats(Loop loop, String protocol) {
        StreamStats found = stats[loop.index()];
        if (found == null) {
            found = loop.metrics().stream(route.origin(), protocol);
            stats[loop.index()] = found;
        }
        return found;
    }
}
