package io.jigress.proxy.compile;

import io.jigress.config.PathMatch;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.route.CompiledMatch;
import io.jigress.proxy.telemetry.ClusterStats;
import io.jigress.proxy.telemetry.RouteStats;
import io.jigress.proxy.upstream.Upstream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A compiled route, which an exchange references until it ends. Immutable, except for the counters that each loop looks up once.
public final class CompiledRoute {
    private static final byte[] NOTHING = {};

    /// A target of requests. Without an upstream it stands for a broken reference.
    public static final class Target {
        private final ClusterSlot cluster;
        private final int weight;
        private final FilterSet filters;
        private final @Nullable ClusterStats[] stats;

        Target(ClusterSlot cluster, int weight, FilterSet filters, int loops) {
            this.cluster = cluster;
            this.weight = weight;
            this.filters = filters;
            this.stats = new ClusterStats[loops];
        }

        public String cluster() {
            return cluster.name();
        }

        ClusterSlot slot() {
            return cluster;
        }

        /// The cluster as it is now.
        public @Nullable Upstream upstream() {
            return cluster.upstream();
        }

        public int weight() {
            return weight;
        }

        public FilterSet filters() {
            return filters;
        }

        public ClusterStats stats(Loop loop) {
            ClusterStats found = stats[loop.index()];
            if (found == null) {
                Upstream known = cluster.upstream();
                found = loop.metrics().cluster(known == null ? cluster.name() : known.cluster().origin());
                stats[loop.index()] = found;
            }
            return found;
        }
    }

    /// A cluster that gets copies of some requests.
    ///
    /// @param numerator so many of `denominator` requests
    public record Mirror(Target target, int numerator, int denominator) {
        /// Whether this request is one of them.
        public boolean draws(Loop loop) {
            return numerator == denominator || numerator > 0 && loop.random(denominator) < numerator;
        }
    }

    private final Route route;
    private final FilterSet filters;
    /// All clusters that it refers to; the mirrors' come last.
    private final Target[] targets;
    /// Made on first use; several threads may make it, of equal content.
    private @Nullable List<String> targetClusters;
    private final List<ClusterSlot> called;
    private final Mirror[] mirrors;
    private final int totalWeight;
    private final @Nullable RouteStats[] stats;
    private final byte @Nullable [] rewriteHost;
    private final byte @Nullable [] rewritePath;
    private final byte[] prefix;
    private final long requestNanos;
    private final long attemptNanos;
    private final long silenceNanos;
    private final long maxBodyBytes;

    CompiledRoute(Route route, FilterSet filters, Target[] targets, int loops, RouteDefaults defaults) {
        this(route, filters, targets, List.of(), loops, defaults);
    }

    /// @param called clusters that its filters call
    CompiledRoute(Route route, FilterSet filters, Target[] targets, List<ClusterSlot> called, int loops, RouteDefaults defaults) {
        this.route = route;
        this.filters = filters;
        this.targets = targets;
        this.called = List.copyOf(called);
        List<RouteAction.Mirror> copies = route.action() instanceof RouteAction.Forward forward ? forward.mirrors() : List.of();
        this.mirrors = new Mirror[targets.length == 0 ? 0 : copies.size()];
        for (int i = 0; i < mirrors.length; i++) {
            mirrors[i] = new Mirror(targets[targets.length - mirrors.length + i], copies.get(i).numerator(),
                    copies.get(i).denominator());
        }
        int sum = 0;
        for (Target target : targets) {
            sum += target.weight;
        }
        this.totalWeight = sum;
        this.stats = new RouteStats[loops];
        RouteAction.Rewrite rewrite = route.action() instanceof RouteAction.Forward forward
                ? forward.rewrite()
                : RouteAction.Rewrite.NONE;
        this.rewriteHost = rewrite.host() == null ? null : rewrite.host().getBytes(StandardCharsets.ISO_8859_1);
        this.rewritePath = switch (rewrite.path()) {
            case RouteAction.PathRewrite.ReplacePrefix prefix -> prefix.value().getBytes(StandardCharsets.ISO_8859_1);
            case RouteAction.PathRewrite.ReplaceFull full -> full.value().getBytes(StandardCharsets.ISO_8859_1);
            case null -> null;
        };
        this.prefix = route.match().path() instanceof PathMatch.Prefix path ? CompiledMatch.key(path) : NOTHING;
        this.requestNanos = defaults.request(route.options().requestTimeout());
        this.attemptNanos = defaults.attempt(route.options().attemptTimeout());
        this.silenceNanos = defaults.silence(route.options().idleTimeout());
        Long body = route.options().maxBodyBytes();
        this.maxBodyBytes = body == null ? defaults.bodyBytes() : body;
    }

    public Route route() {
        return route;
    }

    /// The filters that run for all targets.
    public FilterSet filters() {
        return filters;
    }

    /// A target chosen by weight; null when all weights are 0.
    public @Nullable Target draw(Loop loop) {
        if (totalWeight == 0) {
            return null;
        }
        if (targets.length - mirrors.length == 1) {
            return targets[0];
        }
        int ticket = loop.random(totalWeight);
        for (Target target : targets) {
            ticket -= target.weight;
            if (ticket < 0) {
                return target;
            }
        }
        throw new IllegalStateException("weights do not add up");
    }

    /// All clusters that it refers to; those of [#mirrors] come last.
    public Target[] targets() {
        return targets;
    }

    /// The names of these clusters.
    public List<String> targetClusters() {
        List<String> names = targetClusters;
        if (names == null) {
            names = List.of(Arrays.stream(targets).map(Target::cluster).toArray(String[]::new));
            targetClusters = names;
        }
        return names;
    }

    public Mirror[] mirrors() {
        return mirrors;
    }

    /// The clusters that its filters call.
    List<ClusterSlot> called() {
        return called;
    }

    /// All clusters that it needs.
    List<ClusterSlot> places() {
        List<ClusterSlot> places = new ArrayList<>(called);
        for (Target target : targets) {
            places.add(target.cluster);
        }
        return places;
    }

    /// Whether it sends requests to a cluster, or its filters do.
    boolean uses(ClusterSlot cluster) {
        for (Target own : targets) {
            if (own.cluster == cluster && own.weight > 0) {
                return true;
            }
        }
        return called.contains(cluster);
    }

    public byte @Nullable [] rewriteHost() {
        return rewriteHost;
    }

    public byte @Nullable [] rewritePath() {
        return rewritePath;
    }

    /// The path prefix of its match, without a slash at its end; empty when it has none.
    public byte[] prefix() {
        return prefix;
    }

    /// Zero means none.
    public long requestNanos() {
        return requestNanos;
    }

    public long attemptNanos() {
        return attemptNanos;
    }

    public long silenceNanos() {
        return silenceNanos;
    }

    /// -1 means no limit.
    public long maxBodyBytes() {
        return maxBodyBytes;
    }

    public RouteStats stats(Loop loop) {
        RouteStats found = stats[loop.index()];
        if (found == null) {
            found = loop.metrics().route(route.origin());
            stats[loop.index()] = found;
        }
        return found;
    }
}
