package io.jigress.control.translate;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.EndpointRef;
import io.jigress.config.FilterSpec;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteRank;
import io.jigress.config.ValueMatch;
import io.jigress.control.kinds.RequestTags;
import io.jigress.control.translate.Contribution.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The routes of one match with the tags of a policy: one for each tag that a request already has, one for each rule with conditions, and the rest.
final class TagRoutes {
    private static final int ALL = 100;
    private static final int MOST_WEIGHT = 10_000;

    private final RequestTags tags;
    private final ClusterTable clusters;
    private final Function<String, @Nullable Cluster> known;
    private final Consumer<Cluster> used;

    /// @param known finds the clusters of the routes by their names
    /// @param used gets every other cluster that the routes refer to
    TagRoutes(RequestTags tags, ClusterTable clusters, Function<String, @Nullable Cluster> known, Consumer<Cluster> used) {
        this.tags = tags;
        this.clusters = clusters;
        this.known = known;
        this.used = used;
    }

    /// A share of requests that gets a tag.
    private record Share(String tag, int percent) {}

    List<Claim> of(Claim base) {
        if (!(base.route().action() instanceof RouteAction.Forward forward)) {
            return List.of(base);
        }
        List<Claim> claims = new ArrayList<>();
        for (String tag : tags.names()) {
            claims.add(narrower(base, claims.size() + 1, "tag/" + tag, List.of(new ValueMatch.Exact(tags.header(), tag)),
                    forward(base, forward, List.of(), tag)));
        }
        List<Share> shares = new ArrayList<>();
        int k = 0;
        for (RequestTags.Rule rule : tags.rules()) {
            Share share = new Share(rule.tag(), rule.percent());
            if (rule.conditions().isEmpty()) {
                shares.add(share);
            } else {
                claims.add(narrower(base, claims.size() + 1, "tag-rule/" + k, rule.conditions(),
                        forward(base, forward, List.of(share), "")));
            }
            k++;
        }
        Route route = base.route();
        claims.add(new Claim(base.owner(), new Route(route.id(), route.origin(), route.rank(), route.match(),
                forward(base, forward, shares, ""), route.filters(), route.options())));
        return claims;
    }

    /// All of them go before the route itself, in this order, however many conditions they have.
    private static Claim narrower(Claim base, int index, String suffix, List<ValueMatch> conditions, RouteAction action) {
        Route route = base.route();
        RouteMatch match = route.match();
        List<ValueMatch> headers = new ArrayList<>(match.headers());
        headers.addAll(conditions);
        RouteRank of = route.rank();
        RouteRank rank = new RouteRank(of.kind(), of.pathLength(), of.method(), of.headers() + 1, of.queries(), of.created(),
                of.object(), of.rule(), index);
        return new Claim(base.owner(), new Route(route.id() + "/" + suffix, route.origin(), rank,
                new RouteMatch(match.path(), match.method(), headers, match.queries(), match.oneLabel()), action, route.filters(),
                route.options()));
    }

    /// @param shares that get a tag, @param rest the tag that the others have; empty for none
    private RouteAction.Forward forward(Claim base, RouteAction.Forward forward, List<Share> shares, String rest) {
        int left = ALL - shares.stream().mapToInt(Share::percent).sum();
        List<WeightedCluster> targets = new ArrayList<>();
        for (WeightedCluster target : forward.clusters()) {
            int weight = shares.isEmpty() ? target.weight() : Math.min(target.weight(), MOST_WEIGHT);
            for (Share share : shares) {
                List<FilterSpec> filters = new ArrayList<>(target.filters());
                filters.add(marking(base, share.tag()));
                targets.add(new WeightedCluster(variant(target.cluster(), share.tag()), weight * share.percent(), filters));
            }
            if (left > 0) {
                targets.add(new WeightedCluster(variant(target.cluster(), rest), shares.isEmpty() ? weight : weight * left,
                        target.filters()));
            }
        }
        return new RouteAction.Forward(targets, forward.rewrite(), forward.mirrors());
    }

    private FilterSpec marking(Claim base, String tag) {
        Json field = Json.object().put("name", tags.header()).put("value", tag).build();
        Json config = Json.object().put("request", Json.object().put("set", Json.array(List.of(field))).build()).build();
        return new FilterSpec(HttpRouteRules.HEADER_MODIFIER, base.route().id() + "/tag/" + tag, FilterPhase.TRANSFORM, 0, config,
                base.route().origin());
    }

    private String variant(String name, String tag) {
        Cluster cluster = known.apply(name);
        if (cluster == null) {
            return name;
        }
        Cluster variant = clusters.share(cluster.of(PolicyClusters.with(name, tag.isEmpty() ? "untagged" : "tag=" + tag),
                new EndpointRef.Tagged(cluster.endpoints(), tags.label(), tag)));
        used.accept(variant);
        return variant.name();
    }
}
