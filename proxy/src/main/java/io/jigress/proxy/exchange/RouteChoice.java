package io.jigress.proxy.exchange;

import io.jigress.api.EndpointFacts;
import io.jigress.config.RouteOptions;
import io.jigress.proxy.compile.CompiledHost;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.compile.FilterSet;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.http.TargetRanges;
import io.jigress.proxy.route.HostRoutes;
import io.jigress.proxy.telemetry.AccessRecord;
import io.jigress.proxy.telemetry.RouteStats;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The route that a request was matched to, and the target that is drawn from it once the route's filters have seen the request, or when one of
/// them asks for it. Event loop only.
final class RouteChoice {
    private final ExchangeContext context;
    private final AccessRecord record;

    private @Nullable CompiledRoute route;
    private CompiledRoute.@Nullable Target target;
    /// Whether the target's own filters may run: the route's filters have seen the request.
    private boolean drawn;
    /// A filter has asked for the target before.
    private boolean foreseen;
    /// The clusters of the route's targets as they were when it was chosen.
    private @Nullable Upstream[] matched = new Upstream[1];
    /// The endpoint that a filter has chosen; null for none.
    private @Nullable InetSocketAddress override;
    private boolean overrideIsStrict;
    private @Nullable RouteStats stats;
    private boolean logged;
    private boolean misdirected;

    RouteChoice(ExchangeContext context, AccessRecord record) {
        this.context = context;
        this.record = record;
    }

    /// @param section the Gateway listener that the connection was accepted for; null for a connection in the clear, which carries requests
    ///        for all of them
    void match(ReceivedRequest head, Frontend from, @Nullable String section) {
        byte[] bytes = head.fields().bytes();
        TargetRanges ranges = head.ranges();
        if (section != null) {
            HostRoutes<CompiledHost, CompiledRoute> nearest = from.routes().mostSpecific(bytes, ranges.hostFrom(),
                    ranges.hostTo());
            if (nearest != null && !nearest.attachment().source().section().equals(section)) {
                take(null);
                misdirected = true;
                return;
            }
        }
        CompiledRoute found = from.routes().match(bytes, ranges.hostFrom(), ranges.hostTo(), bytes, ranges.pathFrom(),
                ranges.pathTo(), head, context.scratch);
        HostRoutes<CompiledHost, CompiledRoute> host = context.scratch.host();
        if (found == null && host != null) {
            found = host.attachment().notFound();
        }
        context.scratch.clear();
        take(found);
    }

    /// The request cannot be matched.
    void none() {
        take(null);
    }

    /// Whether the request is for a host of another Gateway listener than its connection was accepted for.
    boolean isMisdirected() { return misdirected; }

    private void take(@Nullable CompiledRoute found) {
        forget();
        route = found;
        if (found != null) {
            pin(found.targets());
        }
        stats = found == null ? context.loop.metrics().route("-") : found.stats(context.loop);
        logged = found == null || found.route().options().accessLog();
        if (found != null) {
            record.route(found.route().origin());
        }
    }

    /// Whatever becomes of the clusters while filters wait, the request goes to one of these.
    private void pin(CompiledRoute.Target[] targets) {
        if (matched.length < targets.length) {
            matched = new Upstream[targets.length];
        }
        for (int i = 0; i < targets.length; i++) {
            matched[i] = targets[i].upstream();
        }
    }

    /// Draws the target, once.
    ///
    /// @return whether it has filters that the route has not
    boolean draw() {
        CompiledRoute chosen = route;
        if (drawn || chosen == null) {
            return false;
        }
        CompiledRoute.Target now = foresee(chosen);
        drawn = true;
        return now != null && now.filters() != chosen.filters();
    }

    /// The target as [#draw] will find it.
    private CompiledRoute.@Nullable Target foresee(CompiledRoute chosen) {
        if (!drawn && !foreseen) {
            foreseen = true;
            target = chosen.draw(context.loop);
        }
        return target;
    }

    @Nullable CompiledRoute route() {
        return route;
    }

    CompiledRoute.@Nullable Target target() {
        return target;
    }

    /// Where the cluster of the request comes from, as the access log names it; null when the route forwards to none. Draws the target.
    @Nullable String clusterOrigin() {
        CompiledRoute chosen = route;
        CompiledRoute.Target to = chosen == null ? null : foresee(chosen);
        Upstream cluster = upstream();
        return cluster != null ? cluster.cluster().origin() : to == null ? null : to.cluster();
    }

    /// The target's cluster; where it has gone since the match, the one that the request would have gone to at once.
    @Nullable Upstream upstream() {
        CompiledRoute.Target to = target;
        CompiledRoute chosen = route;
        if (to == null || chosen == null) {
            return null;
        }
        // Read once: the applying thread may change it meanwhile.
        Upstream now = to.upstream();
        for (int i = 0; now == null && i < chosen.targets().length; i++) {
            if (chosen.targets()[i] == to) {
                return matched[i];
            }
        }
        return now;
    }

    /// The endpoints of that cluster. Draws the target.
    List<EndpointFacts> endpoints() {
        CompiledRoute chosen = route;
        if (chosen != null) {
            foresee(chosen);
        }
        Upstream cluster = upstream();
        return cluster == null ? List.of() : cluster.facts(context.loop);
    }

    boolean override(InetSocketAddress address, boolean strict) {
        override = address;
        overrideIsStrict = strict;
        return true;
    }

    /// The endpoint that a filter has chosen, if the cluster has it and it takes requests; null for one that the load balancing picks.
    @Nullable UpstreamEndpoint endpoint(Upstream cluster) {
        InetSocketAddress address = override;
        return address == null ? null : cluster.find(context.loop, address);
    }

    /// Whether the request fails when there is no such endpoint.
    boolean needsEndpoint() { return override != null && overrideIsStrict; }

    List<String> targetClusters() {
        CompiledRoute chosen = route;
        return chosen == null ? List.of() : chosen.targetClusters();
    }

    String name() {
        CompiledRoute chosen = route;
        return chosen == null ? "-" : chosen.route().origin();
    }

    RouteOptions options() {
        CompiledRoute chosen = route;
        return chosen == null ? RouteOptions.DEFAULT : chosen.route().options();
    }

    FilterSet.Instances filters() {
        CompiledRoute.Target to = drawn ? target : null;
        CompiledRoute chosen = route;
        FilterSet set = to != null ? to.filters() : chosen != null ? chosen.filters() : null;
        return set == null ? FilterSet.Instances.NONE : set.on(context.loop);
    }

    /// A tunnel may last for days: it must not keep this generation of routes.
    void forget() {
        CompiledRoute chosen = route;
        if (chosen != null) {
            Arrays.fill(matched, 0, chosen.targets().length, null);
        }
        route = null;
        target = null;
        drawn = false;
        foreseen = false;
    }

    /// The exchange is over: counts and logs it.
    void end() {
        RouteStats counted = stats;
        if (counted != null) {
            context.loop.metrics().exchange(counted, record);
        }
        if (logged) {
            context.loop.accessLog().write(record);
        }
        forget();
        stats = null;
        override = null;
        misdirected = false;
    }
}
