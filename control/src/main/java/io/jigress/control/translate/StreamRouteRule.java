package io.jigress.control.translate;

import io.jigress.config.Cluster;
import io.jigress.config.StreamOptions;
import io.jigress.config.StreamRoute;
import io.jigress.config.StreamRoute.WeightedCluster;
import io.jigress.config.TlsCertificate;
import io.jigress.control.Problem.Severity;
import io.jigress.control.kinds.RouteKind;
import io.jigress.control.kinds.StreamRouteSpec;
import io.jigress.control.kinds.StreamRouteSpec.BackendRef;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.ClusterResolver.Resolution;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Converts the rule of one TCPRoute, TLSRoute or UDPRoute to a route.
final class StreamRouteRule {
    private final TranslationIndex index;
    private final ClusterResolver resolver;
    private final RouteBuild build;
    private final StreamRouteSpec route;
    private final String shareFails;
    private RouteStatus.@Nullable Rules unresolved;

    /// The settings of a listener for its routes.
    ///
    /// @param closed whether nothing may pass
    /// @param passthrough whether the clients' TLS is passed on
    /// @param own the certificate of the Gateway that endpoints are shown, or null
    record Terms(TrafficSettings settings, boolean closed, boolean passthrough, TlsCertificate.@Nullable Pem own) {
        static final Terms NONE = new Terms(TrafficSettings.NONE, false, false, null);

        static Terms of(ListenerView listener) {
            return new Terms(listener.settings(), listener.closed(), listener.listener().passthrough(), listener.own());
        }
    }

    StreamRouteRule(TranslationIndex index, ClusterResolver resolver, RouteBuild build, StreamRouteSpec route) {
        this.index = index;
        this.resolver = resolver;
        this.build = build;
        this.route = route;
        this.shareFails = ", so that its share of the " + StreamRouteSpec.failure(route.kind()).replace(" are ", " is ");
    }

    /// The outcome for the status. Complete after the call of [#route].
    RouteStatus.Rules outcome(boolean partial) {
        boolean nothing = !route.rule().valid();
        RouteStatus.Rules known = unresolved;
        return known == null
                ? RouteStatus.Rules.resolved(partial, nothing)
                : new RouteStatus.Rules(false, known.resolvedReason(), known.resolvedMessage(), partial, nothing);
    }

    /// @param used is notified of every cluster that it refers to
    StreamRoute route(Terms terms, Consumer<Cluster> used) {
        String name = route.rule().name();
        TrafficSettings near = index.settings(build.key(), "");
        if (!name.isEmpty()) {
            near = index.settings(build.key(), name).over(near);
        }
        List<Cluster> referred = new ArrayList<>();
        List<WeightedCluster> backends = new ArrayList<>();
        for (BackendRef ref : route.rule().backends()) {
            backends.add(backend(ref, near, terms, referred));
        }
        if (!terms.closed) {
            referred.forEach(used);
        }
        StreamOptions options = near.over(terms.settings).streamOptions();
        return new StreamRoute(build.key().kind().toLowerCase(Locale.ROOT) + "/" + build.key().path() + "/0",
                build.key() + " rule " + (name.isEmpty() ? "0" : name), terms.closed ? List.of() : backends, options);
    }

    private Speech speech(Terms terms) {
        return route.kind() == RouteKind.UDP ? Speech.UDP : terms.passthrough ? Speech.PASSTHROUGH : Speech.TCP;
    }

    private WeightedCluster backend(BackendRef ref, TrafficSettings near, Terms terms, List<Cluster> referred) {
        String unknown = "unresolved/" + ref.key().kind().toLowerCase(Locale.ROOT) + "/" + ref.key().path();
        if (!ref.valid()) {
            return new WeightedCluster(unknown, ref.weight());
        }
        Resolution found = resolver.stream(build, ref.key(), ref.port(), speech(terms), near, terms.settings);
        return switch (terms.own == null || terms.passthrough ? found : resolver.showing(found, terms.own)) {
            case Resolution.Broken broken -> {
                broken(ref, broken);
                yield new WeightedCluster(unknown, ref.weight());
            }
            case Resolution.Found(Cluster cluster) -> {
                referred.add(cluster);
                yield new WeightedCluster(cluster.name(), ref.weight());
            }
        };
    }

    private void broken(BackendRef ref, Resolution.Broken broken) {
        String path = ref.path() + "." + broken.field();
        String what = broken.what() + shareFails;
        build.findings().add(path, what, broken.expected(), Severity.ERROR, broken.missing());
        if (unresolved == null) {
            unresolved = new RouteStatus.Rules(false, broken.reason(), path + " " + what, false, false);
        }
    }
}
