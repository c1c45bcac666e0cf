package io.jigress.control.translate;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.config.Cluster;
import io.jigress.config.FilterSpec;
import io.jigress.config.Route;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteAction.WeightedCluster;
import io.jigress.config.RouteOptions;
import io.jigress.config.RouteRank;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.GrpcRoute;
import io.jigress.control.kinds.HttpFilters;
import io.jigress.control.kinds.HttpRoute;
import io.jigress.control.kinds.HttpRoute.BackendRef;
import io.jigress.control.kinds.HttpRoute.Rule;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.kinds.RequestTags;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.ClusterResolver.Resolution;
import io.jigress.control.translate.Contribution.Claim;
import io.jigress.control.translate.HttpRouteProcessor.Terms;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Converts the rules of one HTTPRoute or GRPCRoute to routes.
final class HttpRouteRules {
    static final String HEADER_MODIFIER = "header-modifier";
    private static final String CORS = "cors";
    private static final int CORS_PRIORITY = 340;

    private final TranslationIndex index;
    private final ClusterResolver resolver;
    private final ClusterTable clusters;
    private final RouteBuild build;
    private final HttpRoute route;
    private final Set<String> ruleNames;
    private final String idPrefix;
    private final String failure;
    private final String shareFails;
    private RouteStatus.@Nullable Rules unresolved;

    HttpRouteRules(TranslationIndex index, ClusterResolver resolver, ClusterTable clusters, RouteBuild build, HttpRoute route) {
        this.index = index;
        this.resolver = resolver;
        this.clusters = clusters;
        this.build = build;
        this.route = route;
        this.ruleNames = route.rules().stream().map(Rule::name).collect(Collectors.toSet());
        this.idPrefix = (route.grpc() ? "grpcroute/" : "httproute/") + build.key().path() + "/";
        this.failure = HttpRoute.failure(route.grpc());
        this.shareFails = ", so that its share of the requests gets " + failure;
    }

    /// The outcome for the status. Complete after the call of [#claims].
    RouteStatus.Rules outcome(boolean partial) {
        boolean nothing = !route.rules().isEmpty() && route.rules().stream().allMatch(rule -> rule.matches().isEmpty());
        RouteStatus.Rules known = unresolved;
        return known == null
                ? RouteStatus.Rules.resolved(partial, nothing)
                : new RouteStatus.Rules(false, known.resolvedReason(), known.resolvedMessage(), partial, nothing);
    }

    /// The routes for hosts with these settings of listeners.
    ///
    /// @param used is notified of every cluster that they refer to
    List<Claim> claims(Terms terms, Consumer<Cluster> used) {
        List<Claim> claims = new ArrayList<>();
        for (Rule rule : route.rules()) {
            claims(rule, terms, used, claims);
        }
        return List.copyOf(claims);
    }

    private void claims(Rule rule, Terms terms, Consumer<Cluster> used, List<Claim> claims) {
        TrafficSettings near = index.settings(build.key(), "");
        List<PluginFilter> extensions = new ArrayList<>();
        boolean complete = extensions(rule.filters(), extensions);
        // A name of digits could be another rule's index.
        boolean named = !rule.name().isEmpty() && !rule.name().chars().allMatch(Character::isDigit);
        String ruleId = idPrefix + (named ? rule.name() : rule.index());
        String origin = build.key() + " rule " + (rule.name().isEmpty() ? rule.index() : rule.name());
        FilterStack stack = new FilterStack().add(cors(rule.filters(), ruleId, origin)).named(extensions);
        if (!rule.name().isEmpty()) {
            near = index.settings(build.key(), rule.name()).over(near);
            stack.add(index.filters.at(build.key(), rule.name()));
        }
        stack.add(index.filters.at(build.key(), ""));
        stack.strays(index.filters.elsewhere(build.key(), ruleNames));

        RouteOptions options = RouteBuild.options(near.over(terms.settings()), rule.requestTimeout(),
                rule.backendRequestTimeout(), rule.retry());
        List<Cluster> referred = new ArrayList<>();
        RouteAction written = action(rule, ruleId, near, terms, referred::add);
        boolean closed = terms.closed() || stack.closed();
        boolean valid = complete && rule.filters().valid();
        if (!valid && !closed) {
            build.findings().error(rule.path() + ".filters", "have errors, so that the rule answers " + failure,
                    "filters without errors");
        }
        RouteAction action = closed ? RouteBuild.MISCONFIGURED : valid ? written : RouteBuild.INVALID;
        stack.explain(build.findings(), rule.path());
        if (action instanceof RouteAction.Forward) {
            referred.forEach(used);
        }
        RequestTags wanted = near.over(terms.settings()).tags();
        TagRoutes tags = wanted == null
                ? null
                : new TagRoutes(wanted, clusters, name -> referred.stream().filter(each -> each.name().equals(name)).findFirst()
                        .orElse(null), used);
        HttpFilters inline = action.equals(written) ? rule.filters() : HttpFilters.NONE;
        for (HttpRoute.Match match : rule.matches()) {
            String id = ruleId + "/" + match.index();
            RouteRank rank = route.grpc()
                    ? GrpcRoute.rank(match.match(), build.created(), build.owner(), rule.index(), match.index())
                    : RouteRank.of(match.match(), build.created(), build.owner(), rule.index(), match.index());
            List<FilterSpec> filters = RouteBuild.joined(stack.over(terms.filters()), headers(inline, id, origin));
            Claim claim = new Claim(build.key(), new Route(id, origin, rank, match.match(), action, filters, options));
            if (tags == null) {
                claims.add(claim);
            } else {
                claims.addAll(tags.of(claim));
            }
        }
    }

    /// The rule's own filters, which are nearer than any Plugin.
    private static List<PluginFilter> cors(HttpFilters filters, String scope, String origin) {
        Json cors = filters.cors();
        return cors == null || !filters.valid()
                ? List.of()
                : List.of(new PluginFilter(CORS, CORS, origin,
                        new FilterSpec(CORS, scope, FilterPhase.AUTHZ, CORS_PRIORITY, cors, origin), true));
    }

    private static List<FilterSpec> headers(HttpFilters filters, String scope, String origin) {
        Json headers = filters.headers();
        return headers == null
                ? List.of()
                : List.of(new FilterSpec(HEADER_MODIFIER, scope, FilterPhase.TRANSFORM, 0, headers, origin));
    }

    /// @return whether all could be found: a filter that is missing must not be skipped (Gateway API)
    private boolean extensions(HttpFilters filters, List<PluginFilter> found) {
        boolean complete = true;
        for (HttpFilters.Extension extension : filters.extensions()) {
            if (!extension.key().group().equals(Kinds.JIGRESS) || !Plugin.KINDS.contains(extension.key().kind())) {
                broken(extension.path() + ".kind", "is \"" + Kinds.show(extension.key().group(), extension.key().kind()) + "\"",
                        Kinds.JIGRESS + " Plugin",
                        "InvalidKind");
                complete = false;
                continue;
            }
            build.use(extension.key());
            PluginFilter plugin = index.pluginFilters.get(extension.key());
            if (plugin == null) {
                broken(extension.path() + ".name", "is \"" + extension.key().name() + "\", and there is no " + extension.key(),
                        "the name of a Plugin",
                        "FilterNotFound", extension.key());
                complete = false;
            } else if (plugin.spec() == null && !plugin.protects()) {
                broken(extension.path() + ".name", "is \"" + extension.key().name() + "\", and that Plugin is not valid",
                        "a valid Plugin", "FilterNotFound");
                complete = false;
            } else if (filters.cors() != null && plugin.filter().equals(CORS)) {
                broken(extension.path() + ".name",
                        "is \"" + extension.key().name()
                                + "\", a Plugin with the filter cors, although the rule has a filter of type CORS, too",
                        "one of the two", "IncompatibleFilters");
                complete = false;
            } else {
                found.add(plugin);
            }
        }
        return complete;
    }

    private RouteAction action(Rule rule, String ruleId, TrafficSettings near, Terms far, Consumer<Cluster> used) {
        RouteAction.Redirect redirect = rule.filters().redirect();
        List<WeightedCluster> backends = new ArrayList<>();
        for (int i = 0; i < rule.backends().size(); i++) {
            backends.add(backend(rule.backends().get(i), ruleId + "/backend/" + i, near, far, used));
        }
        if (redirect != null) {
            return redirect;
        }
        List<RouteAction.Mirror> mirrors = new ArrayList<>();
        for (HttpFilters.Mirror mirror : rule.filters().mirrors()) {
            mirror(mirror, near, far, used, mirrors);
        }
        RouteAction.Forward action = new RouteAction.Forward(backends, rule.filters().rewrite(), mirrors);
        RouteAction.Forward shared = backends.size() == 1 ? clusters.forward(backends.getFirst().cluster()) : null;
        return shared != null && shared.equals(action) ? shared : action;
    }

    private WeightedCluster backend(BackendRef ref, String scope, TrafficSettings near, Terms far,
            Consumer<Cluster> used) {
        String unknown = "unresolved/" + ref.key().kind().toLowerCase(Locale.ROOT) + "/" + ref.key().path();
        if (!ref.valid()) {
            return new WeightedCluster(unknown, ref.weight(), List.of());
        }
        List<PluginFilter> extensions = new ArrayList<>();
        boolean complete = extensions(ref.filters(), extensions) && ref.filters().valid();
        if (!complete) {
            build.findings().error(ref.path() + ".filters", "have errors" + shareFails, "filters without errors");
        }
        FilterStack stack = new FilterStack().named(extensions);
        return switch (resolve(ref, near, far)) {
            case Resolution.Broken broken -> {
                broken(ref.path() + "." + broken.field(), broken.what() + shareFails, broken.expected(), broken.reason(),
                        broken.missing());
                yield new WeightedCluster(unknown, ref.weight(), List.of());
            }
            case Resolution.Found(Cluster cluster) -> {
                if (!complete || stack.closed()) {
                    yield new WeightedCluster(unknown, ref.weight(), List.of());
                }
                used.accept(cluster);
                yield new WeightedCluster(cluster.name(), ref.weight(),
                        RouteBuild.joined(stack.specs(),
                                headers(ref.filters(), scope, build.key() + " " + ref.path().substring("spec.".length()))));
            }
        };
    }

    private Resolution resolve(BackendRef ref, TrafficSettings near, Terms far) {
        Resolution resolution = resolver.resolve(build, ref.key(), "", ref.port(), near, far.settings());
        Resolution spoken = route.grpc() ? resolver.grpc(resolution) : resolution;
        return far.own() == null ? spoken : resolver.showing(spoken, far.own());
    }

    /// A mirror whose backend cannot be found gets no copies; the requests are not affected (Gateway API).
    private void mirror(HttpFilters.Mirror mirror, TrafficSettings near, Terms far, Consumer<Cluster> used,
            List<RouteAction.Mirror> found) {
        BackendRef ref = mirror.backend();
        if (!ref.valid()) {
            return;
        }
        switch (resolve(ref, near, far)) {
            case Resolution.Broken broken ->
                broken(ref.path() + "." + broken.field(), broken.what() + ", so that it gets no copies",
                        broken.expected(), broken.reason(), broken.missing());
            case Resolution.Found(Cluster cluster) -> {
                used.accept(cluster);
                found.add(new RouteAction.Mirror(cluster.name(), mirror.numerator(), mirror.denominator()));
            }
        }
    }

    private void broken(String path, String what, String expected, String reason) {
        broken(path, what, expected, reason, null);
    }

    private void broken(String path, String what, String expected, String reason, @Nullable ResourceKey missing) {
        build.findings().add(path, what, expected, Severity.ERROR, missing);
        if (unresolved == null) {
            unresolved = new RouteStatus.Rules(false, reason, path + " " + what, false, false);
        }
    }
}
