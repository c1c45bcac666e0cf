package io.jigress.proxy.exchange;

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
import org.jspecify.annotations.Nullable;

/// The route that a request was matched to, and the target that was drawn from it. Event loop only.
final class RouteChoice {
    private final ExchangeContext context;
    private final AccessRecord record;

    private @Nullable CompiledRoute route;
    private CompiledRoute.@Nullable Target target;
    /// The target's cluster as it was when the route was chosen.
    private @Nullable Upstream matched;
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
                misdirected = true;
                take(null);
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
        route = found;
        CompiledRoute.Target drawn = found == null ? null : found.draw(context.loop);
        target = drawn;
        matched = drawn == null ? null : drawn.upstream();
        stats = found == null ? context.loop.metrics().route("-") : found.stats(context.loop);
        logged = found == null || found.route().options().accessLog();
        if (found != null) {
            record.route(found.route().origin());
        }
    }

    @Nullable CompiledRoute route() {
        return route;
    }

    CompiledRoute.@Nullable Target target() {
        return target;
    }

    /// The target's cluster; where it has gone since the match, the one that the request would have gone to at once.
    @Nullable Upstream upstream() {
        CompiledRoute.Target drawn = target;
        // Read once: the applying thread may change it meanwhile.
        Upstream now = drawn == null ? null : drawn.upstream();
        return now != null ? now : matched;
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
        CompiledRoute.Target drawn = target;
        CompiledRoute chosen = route;
        FilterSet set = drawn != null ? drawn.filters() : chosen != null ? chosen.filters() : null;
        return set == null ? FilterSet.Instances.NONE : set.on(context.loop);
    }

    /// A tunnel may last for days: it must not keep this generation of routes.
    void forget() {
        route = null;
        target = null;
        matched = null;
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
        misdirected = false;
    }
}
