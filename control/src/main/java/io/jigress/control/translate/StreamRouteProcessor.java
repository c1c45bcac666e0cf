package io.jigress.control.translate;

import io.jigress.config.StreamRoute;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.RouteKind;
import io.jigress.control.kinds.StreamRouteSpec;
import io.jigress.control.translate.Contribution.StreamClaim;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import io.jigress.control.translate.StreamRouteRule.Terms;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// TCPRoutes, TLSRoutes and UDPRoutes: attached to listeners ([RouteParents]), their rule converted to a route ([StreamRouteRule]).
final class StreamRouteProcessor implements RouteProcessor {
    private final TranslationIndex index;
    private final PendingWork pendingWork;
    private final Assembly assembly;
    private final ClusterTable clusters;
    private final Uses uses;
    private final RouteKind kind;
    private final RouteStatus statuses = new RouteStatus();
    /// What the statuses are made of, apart from conflicts with other routes.
    private final Map<ResourceKey, Translated> translated = new HashMap<>();

    private record Translated(List<RouteParents.Outcome> outcomes, RouteStatus.Rules rules, long generation) {}

    StreamRouteProcessor(TranslationIndex index, PendingWork pendingWork, Assembly assembly, ClusterTable clusters, Uses uses,
            RouteKind kind) {
        this.index = index;
        this.pendingWork = pendingWork;
        this.assembly = assembly;
        this.clusters = clusters;
        this.uses = uses;
        this.kind = kind;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        pendingWork.route(key);
    }

    @Override
    public Contribution translate(Resource resource, Reports reports) {
        Document document = Document.open(resource);
        StreamRouteSpec route = StreamRouteSpec.read(document, kind);
        List<Problem> found = document.problems();
        RouteBuild build = new RouteBuild(resource, uses, found);
        RouteParents parents = new RouteParents(index, build, RouteParents.Child.of(route), (_, _) -> null);
        StreamRouteRule rule = new StreamRouteRule(index, new ClusterResolver(index, clusters), build, route);
        Map<Terms, StreamRoute> routes = new HashMap<>();
        if (parents.attached().isEmpty()) {
            // No route is placed, but problems of the rule are reported.
            rule.route(Terms.NONE, _ -> {});
        }
        parents.attached().values()
                .forEach(attached -> claim(build, attached,
                        routes.computeIfAbsent(Terms.of(attached.listener()), terms -> rule.route(terms, build::cluster))));
        build.attached(List.copyOf(parents.attached().keySet()));
        boolean partial = found.stream().anyMatch(problem -> problem.severity() == Problem.Severity.ERROR);
        translated.put(resource.key(), new Translated(parents.outcomes(), rule.outcome(partial), document.generation()));
        return build.finish();
    }

    /// A host is left out if a more specific listener of the same socket owns it.
    private static void claim(RouteBuild build, RouteParents.Attached attached, StreamRoute route) {
        ListenerView listener = attached.listener();
        for (String socket : listener.sockets()) {
            for (String host : attached.hosts()) {
                if (listener.owns(socket, host)) {
                    build.stream(new StreamClaim(socket, listener.listener().host(), host, listener.section(), build.created(),
                            build.key(), attached.path(), route));
                }
            }
        }
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Contribution contribution = assembly.contribution(key);
        Resource resource = index.resources.get(key);
        Translated last = translated.get(key);
        if (resource == null || last == null) {
            translated.remove(key);
            reports.problems(key, List.of());
            reports.status(key, null);
            return;
        }
        Contribution now = contribution == null ? Contribution.NOTHING : contribution;
        Findings findings = new Findings(resource, now.problems());
        Map<String, String> displaced = displaced(now, findings);
        reports.problems(key, findings.list());
        List<RouteParents.Outcome> outcomes = new ArrayList<>();
        for (RouteParents.Outcome outcome : last.outcomes) {
            String by = displaced.get(outcome.parent().path());
            outcomes.add(by == null || !outcome.accepted()
                    ? outcome
                    : new RouteParents.Outcome(outcome.parent(), true, outcome.reason(), "The route is accepted, but " + by));
        }
        reports.status(key, outcomes.isEmpty() ? null : statuses.of(outcomes, last.rules, last.generation));
    }

    /// By parent reference, which older route gets the traffic of a listener in place of this one.
    private Map<String, String> displaced(Contribution contribution, Findings findings) {
        Map<String, String> displaced = new LinkedHashMap<>();
        for (StreamClaim claim : contribution.streams()) {
            StreamClaim winner = assembly.winner(claim);
            if (winner != null) {
                String by = winner.owner() + ", which is older, gets the " + (kind == RouteKind.UDP ? "datagrams" : "connections")
                        + " of listener " + claim.section() + (kind == RouteKind.TLS ? " for " + claim.host() : "");
                findings.warning(claim.path(), "has no effect there, since " + by,
                        kind == RouteKind.TLS ? "hostnames or a listener of its own" : "a listener of its own");
                displaced.putIfAbsent(claim.path(), by);
            }
        }
        return displaced;
    }
}
