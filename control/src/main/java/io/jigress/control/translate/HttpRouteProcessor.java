package io.jigress.control.translate;

import io.jigress.config.FilterSpec;
import io.jigress.config.TlsCertificate;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.GrpcRoute;
import io.jigress.control.kinds.HttpRoute;
import io.jigress.control.kinds.RegexSyntax;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.Contribution.Claim;
import io.jigress.control.translate.Contribution.Placement;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// HTTPRoutes and GRPCRoutes: attached to listeners ([RouteParents]), their rules converted to routes ([HttpRouteRules]), placed on the hosts.
final class HttpRouteProcessor implements RouteProcessor {
    private final TranslationIndex index;
    private final PendingWork pendingWork;
    private final Assembly assembly;
    private final ClusterTable clusters;
    private final Uses uses;
    private final RegexSyntax regex;
    private final RouteConflicts conflicts;
    private final RouteStatus statuses = new RouteStatus();

    /// Hosts with the same socket and the same settings of listeners.
    private record Place(String socket, Terms terms) {}

    /// The settings of a listener for its routes.
    ///
    /// @param closed whether nothing may pass
    /// @param filters of the listener, where the virtual host has those of another one ([ListenerView#joined])
    /// @param own the certificate of the Gateway that endpoints are shown, or null
    record Terms(TrafficSettings settings, boolean closed, List<FilterSpec> filters, TlsCertificate.@Nullable Pem own) {
        static final Terms NONE = new Terms(TrafficSettings.NONE, false, List.of(), null);

        static Terms of(ListenerView listener) {
            return new Terms(listener.settings(), listener.closed(), listener.joined() ? listener.filters() : List.of(),
                    listener.own());
        }
    }

    HttpRouteProcessor(TranslationIndex index, PendingWork pendingWork, Assembly assembly, ClusterTable clusters, Uses uses,
            RegexSyntax regex, RouteConflicts conflicts) {
        this.index = index;
        this.pendingWork = pendingWork;
        this.assembly = assembly;
        this.clusters = clusters;
        this.uses = uses;
        this.regex = regex;
        this.conflicts = conflicts;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        pendingWork.route(key);
    }

    @Override
    public Contribution translate(Resource resource, Reports reports) {
        Document document = Document.open(resource);
        HttpRoute route = resource.key().kind().equals("GRPCRoute")
                ? GrpcRoute.read(document, regex)
                : HttpRoute.read(document, regex);
        List<Problem> found = document.problems();
        RouteBuild build = new RouteBuild(resource, uses, found);
        conflicts.begin(resource.key());
        RouteParents parents = new RouteParents(index, build, RouteParents.Child.of(route),
                (listener, hosts) -> conflicts.rival(build, route.grpc(), listener, hosts));
        HttpRouteRules rules = new HttpRouteRules(index, new ClusterResolver(index, clusters), clusters, build, route);
        place(parents, rules, build);
        conflicts.attached(build, route.grpc(), parents.attached());
        boolean partial = found.stream().anyMatch(problem -> problem.severity() == Problem.Severity.ERROR);
        List<RouteParents.Outcome> outcomes = parents.outcomes();
        reports.status(resource.key(),
                outcomes.isEmpty() ? null : statuses.of(outcomes, rules.outcome(partial), document.generation()));
        return build.finish();
    }

    private void place(RouteParents parents, HttpRouteRules rules, RouteBuild build) {
        Map<Place, SortedSet<String>> places = new LinkedHashMap<>();
        parents.attached().values().forEach(attached -> gather(attached.listener(), attached.hosts(), places));
        if (places.isEmpty()) {
            // No route is placed, but problems of the rules are reported.
            rules.claims(Terms.NONE, _ -> {});
        }
        Map<Terms, List<Claim>> claims = new HashMap<>();
        places.forEach((place, hosts) -> {
            List<Claim> here = claims.computeIfAbsent(place.terms, terms -> rules.claims(terms, build::cluster));
            List<String> shared = hosts.stream().map(host -> assembly.shareHost(place.socket, host)).toList();
            build.place(new Placement(place.socket, List.copyOf(shared), here));
        });
        build.attached(List.copyOf(parents.attached().keySet()));
    }

    /// A host is left out if a more specific listener of the same socket owns it (Gateway API, listener isolation).
    private static void gather(ListenerView listener, List<String> hosts, Map<Place, SortedSet<String>> places) {
        for (String socket : listener.sockets()) {
            List<String> owned = hosts.stream().filter(host -> listener.owns(socket, host)).toList();
            if (!owned.isEmpty()) {
                places.computeIfAbsent(new Place(socket, Terms.of(listener)), _ -> new TreeSet<>())
                        .addAll(owned);
            }
        }
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Contribution contribution = assembly.contribution(key);
        Resource resource = index.resources.get(key);
        if (resource == null) {
            reports.problems(key, List.of());
            reports.status(key, null);
        } else {
            reports.problems(key, withDuplicates(assembly, resource, contribution == null ? Contribution.NOTHING : contribution));
        }
    }

    static List<Problem> withDuplicates(Assembly assembly, Resource resource, Contribution contribution) {
        Findings duplicates = new Findings(resource, List.of());
        assembly.duplicates(contribution, duplicates);
        List<Problem> others = duplicates.list();
        return others.isEmpty()
                ? contribution.problems()
                : Stream.concat(contribution.problems().stream(), others.stream()).toList();
    }
}
