package io.jigress.control.translate;

import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteRank;
import io.jigress.config.ValueMatch;
import io.jigress.control.kinds.Canary;
import io.jigress.control.translate.Contribution.Claim;
import java.util.ArrayList;
import java.util.List;

/// The routes of an Ingress's path with canaries: one for each header or cookie that decides, and that of the path itself with shares.
final class CanaryRoutes {
    /// Precision of shares where a backend consists of several clusters.
    private static final int FINE = 100;

    private CanaryRoutes() {}

    /// A canary and what its requests are forwarded to.
    record Part(String name, Canary canary, RouteAction action) {}

    /// @param base of the path, with a forward
    static List<Claim> of(Claim base, RouteAction.Forward forward, List<Part> parts) {
        List<Claim> claims = new ArrayList<>();
        for (Part part : parts) {
            int k = 0;
            for (Canary.Rule rule : part.canary().rules()) {
                claims.add(with(base, rule.match(), claims.size() + 1, "canary/" + part.name() + "/" + k++,
                        rule.toCanary() ? part.action() : forward));
            }
        }
        Route route = base.route();
        claims.add(
                new Claim(base.owner(), new Route(route.id(), route.origin(), route.rank(), route.match(), shared(forward, parts),
                        route.filters(), route.options())));
        return claims;
    }

    private static Claim with(Claim base, ValueMatch header, int index, String suffix, RouteAction action) {
        Route route = base.route();
        RouteMatch match = route.match();
        List<ValueMatch> headers = new ArrayList<>(match.headers());
        headers.add(header);
        RouteMatch narrower = new RouteMatch(match.path(), match.method(), headers, match.queries(), match.oneLabel());
        RouteRank of = route.rank();
        RouteRank rank = RouteRank.of(narrower, of.created(), of.object(), of.rule(), index);
        return new Claim(base.owner(),
                new Route(route.id() + "/" + suffix, route.origin(), rank, narrower, action, route.filters(), route.options()));
    }

    /// The canaries get their shares, and the base what is left. The first canary with a share sets the total.
    private static RouteAction.Forward shared(RouteAction.Forward forward, List<Part> parts) {
        List<Part> sharing = parts.stream().filter(part -> part.canary().weight() > 0).toList();
        if (sharing.isEmpty()) {
            return forward;
        }
        int total = sharing.getFirst().canary().total();
        boolean single = sum(forward) == 1 && sharing.stream().allMatch(part -> sum(part.action()) == 1);
        int fine = single ? 1 : FINE;
        List<WeightedCluster> clusters = new ArrayList<>();
        int left = total;
        for (Part part : sharing) {
            int share = Math.min(left, (int) ((long) part.canary().weight() * total / part.canary().total()));
            left -= share;
            if (part.action() instanceof RouteAction.Forward(List<WeightedCluster> targets, _, _)) {
                add(clusters, targets, share * fine);
            } else {
                // A canary with an error answers its share of the requests with an error.
                clusters.add(new WeightedCluster("unresolved/canary/" + part.name(), share * fine, List.of()));
            }
        }
        List<WeightedCluster> all = new ArrayList<>();
        add(all, forward.clusters(), left * fine);
        all.addAll(clusters);
        return new RouteAction.Forward(all, forward.rewrite(), forward.mirrors());
    }

    private static void add(List<WeightedCluster> clusters, List<WeightedCluster> targets, int share) {
        long sum = Math.max(1, targets.stream().mapToLong(WeightedCluster::weight).sum());
        for (WeightedCluster target : targets) {
            clusters.add(new WeightedCluster(target.cluster(), (int) (target.weight() * (long) share / sum), target.filters()));
        }
    }

    private static long sum(RouteAction action) {
        return action instanceof RouteAction.Forward(List<WeightedCluster> targets, _, _)
                ? targets.stream().mapToLong(WeightedCluster::weight).sum()
                : 1;
    }
}
