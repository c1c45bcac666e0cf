package io.jigress.control.translate;

import io.jigress.api.NearestName;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Gateway;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.HttpRoute;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.ListenerProtocol;
import io.jigress.control.kinds.Namespace;
import io.jigress.control.kinds.ParentRef;
import io.jigress.control.kinds.RouteKind;
import io.jigress.control.kinds.StreamRouteSpec;
import io.jigress.control.translate.GatewayPlan.GatewayView;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import io.jigress.control.translate.GatewayPlan.Refusal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Attaches one route to listeners, and keeps the result for each parent.
final class RouteParents {
    private final TranslationIndex index;
    private final RouteBuild build;
    private final Child route;
    private final Rivals rivals;
    private final Map<String, Attached> attached = new LinkedHashMap<>();
    private final List<Outcome> outcomes = new ArrayList<>();

    /// What a route asks its parents for.
    ///
    /// @param hosts patterns; empty for those of the listeners
    /// @param badHosts whether an invalid host was left out
    record Child(RouteKind kind, List<ParentRef> parents, List<String> hosts, boolean badHosts) {
        static Child of(HttpRoute route) {
            return new Child(route.grpc() ? RouteKind.GRPC : RouteKind.HTTP, route.parents(), route.hosts(), route.badHosts());
        }

        static Child of(StreamRouteSpec route) {
            return new Child(route.kind(), route.parents(), route.hosts(), route.badHosts());
        }
    }

    /// Finds the route because of which another one cannot attach to a listener; null when it may.
    interface Rivals {
        @Nullable ResourceKey rival(ListenerView listener, List<String> hosts);
    }

    /// A listener that accepted the route.
    ///
    /// @param hosts the intersection of the patterns of both
    /// @param path of the parent reference
    record Attached(ListenerView listener, List<String> hosts, String path) {}

    /// @param reason of Gateway API's condition Accepted
    record Outcome(ParentRef parent, boolean accepted, String reason, String message) {}

    RouteParents(TranslationIndex index, RouteBuild build, Child route, Rivals rivals) {
        this.index = index;
        this.build = build;
        this.route = route;
        this.rivals = rivals;
        route.parents().forEach(this::attach);
        if (!attached.isEmpty()) {
            route.hosts().stream().filter(this::idle).forEach(host -> build.findings().warning("spec.hostnames",
                    "has " + host + ", which fits no listener that the route is attached to", "hosts of the listeners"));
        }
    }

    /// The listeners that accepted the route, each once, by section.
    Map<String, Attached> attached() {
        return attached;
    }

    /// One for each parent that is a Gateway or a ListenerSet of ours.
    List<Outcome> outcomes() {
        return outcomes;
    }

    private void attach(ParentRef parent) {
        ResourceKey key = parent.key();
        if (!Kinds.is(key, Kinds.GATEWAY_API, "Gateway") && !Kinds.is(key, Kinds.GATEWAY_API, "ListenerSet")) {
            build.findings().warning(parent.path() + ".kind",
                    "is \"" + Kinds.show(key.group(), key.kind()) + "\", which is not supported yet", "Gateway or ListenerSet");
            return;
        }
        build.use(key);
        GatewayView gateway = index.plan.gateways().get(key);
        if (gateway == null) {
            build.findings().add(parent.path() + ".name", "is \"" + key.name() + "\", and there is no " + key,
                    "the name of a " + key.kind(), Severity.ERROR, key);
            return;
        }
        if (!gateway.ours()) {
            build.findings().warning(parent.path() + ".name",
                    "is \"" + key.name() + "\", a " + key.kind() + " that is not served here",
                    "a Gateway of class " + Kinds.CLASS);
            return;
        }
        outcomes.add(attach(parent, gateway));
    }

    private boolean idle(String host) {
        return attached.values().stream().allMatch(a -> HostPattern.intersect(host, a.listener.listener().host()) == null);
    }

    private Outcome attach(ParentRef parent, GatewayView gateway) {
        Refusal refusal = gateway.refusal();
        if (refusal != null) {
            return refused(parent, "NoMatchingParent", "the ListenerSet is itself not accepted", "a ListenerSet without errors");
        }
        List<ListenerView> named = gateway.listeners().stream()
                .filter(l -> (parent.section().isEmpty() || l.listener().name().equals(parent.section()))
                        && (parent.port() == 0 || l.listener().port() == parent.port()))
                .toList();
        if (named.isEmpty()) {
            return refused(parent, "NoMatchingParent", "the " + parent.key().kind() + " has no listener of that name and port"
                    + NearestName.hint(parent.section(), gateway.listeners().stream().map(l -> l.listener().name()).toList()),
                    "one of " + show(gateway.listeners(), RouteParents::named));
        }
        List<ListenerView> open = named.stream().filter(ListenerView::open).toList();
        if (open.isEmpty()) {
            return refused(parent, "NoMatchingParent", "the " + parent.key().kind() + "'s listener is itself not accepted",
                    "a listener without errors");
        }
        List<ListenerView> carrying = open.stream().filter(listener -> carries(listener.listener())).toList();
        if (carrying.isEmpty()) {
            return refused(parent, "NotAllowedByListeners",
                    route.kind().text() + "s attach to a listener of protocol " + protocols() + ", and "
                            + show(open, l -> l.listener().name() + " is of protocol " + protocol(l.listener())),
                    suitable(gateway));
        }
        List<ListenerView> allowing = carrying.stream().filter(l -> allows(l.listener().allowed(), parent.key()))
                .toList();
        if (allowing.isEmpty()) {
            return refused(parent, "NotAllowedByListeners",
                    "no listener allows this kind from namespace " + build.key().namespace(),
                    "a listener whose allowedRoutes permit it");
        }
        if (route.badHosts() && route.hosts().isEmpty()) {
            return refused(parent, "UnsupportedValue", "none of its hostnames is valid", "at least one valid hostname");
        }
        List<ListenerView> fitting = new ArrayList<>();
        ResourceKey rival = null;
        for (ListenerView listener : allowing) {
            List<String> hosts = hosts(listener.listener().host());
            ResourceKey older = rivals.rival(listener, hosts);
            if (older != null) {
                build.use(older);
                rival = older;
            } else if (!hosts.isEmpty()) {
                attached.put(listener.section(), new Attached(listener, hosts, parent.path()));
                fitting.add(listener);
            }
        }
        if (fitting.isEmpty() && rival != null) {
            return refused(parent, "HostnameConflict",
                    "it has hosts in common with " + rival + ", which is older, and a host has either HTTPRoutes or GRPCRoutes",
                    "hostnames of its own, or a listener of its own");
        }
        if (rival != null) {
            build.findings().warning(parent.path(),
                    "has a listener that does not accept the route, which has hosts in common with " + rival + " there",
                    "hostnames of its own, or a listener of its own");
        }
        if (fitting.size() > 1 && !fitting.getFirst().hasHosts() && parent.section().isEmpty() && parent.port() == 0) {
            build.findings().warning(parent.path(), "has neither sectionName nor port, so that the route serves "
                    + fitting.size() + " listeners: " + show(fitting, RouteParents::named),
                    "sectionName or port, unless all of them are meant");
        }
        return !fitting.isEmpty()
                ? new Outcome(parent, true, "Accepted", "The route is accepted")
                : refused(parent, "NoMatchingListenerHostname", "no listener's hostname has a host in common with the route's",
                        "hostnames within " + show(allowing, l -> l.listener().host()));
    }

    private Outcome refused(ParentRef parent, String reason, String message, String expected) {
        build.findings().error(parent.path(), "does not accept the route: " + message, expected);
        return new Outcome(parent, false, reason, message);
    }

    private static String named(ListenerView view) {
        return view.listener().name() + " (port " + view.listener().port() + ")";
    }

    private boolean carries(Gateway.Listener listener) {
        ListenerProtocol protocol = listener.carries();
        return protocol != null && protocol.routes(listener.passthrough()).contains(route.kind());
    }

    private static String protocol(Gateway.Listener listener) {
        return listener.protocol() + (listener.passthrough() ? " with mode Passthrough" : "");
    }

    /// The protocols of listeners that can carry the route.
    private String protocols() {
        return Stream.of(ListenerProtocol.values()).filter(protocol -> protocol.routes(false).contains(route.kind()))
                .sorted(Comparator.comparing(protocol -> !protocol.name().equals(route.kind().name())))
                .map(protocol -> protocol == ListenerProtocol.TLS && route.kind() != RouteKind.TLS
                        ? "TLS with mode Terminate"
                        : protocol.name())
                .collect(Collectors.joining(" or "));
    }

    /// A listener of the Gateway that can carry the route, where there is one.
    private String suitable(GatewayView gateway) {
        return gateway.listeners().stream().filter(view -> carries(view.listener())).findFirst()
                .map(view -> "sectionName: " + view.listener().name() + ", whose protocol is " + view.listener().protocol())
                .orElse("a listener of protocol " + protocols());
    }

    private static String show(List<ListenerView> listeners, Function<ListenerView, String> text) {
        return listeners.stream().map(text).distinct().collect(Collectors.joining(", "));
    }

    private boolean allows(Gateway.AllowedRoutes allowed, ResourceKey gateway) {
        String namespace = build.key().namespace();
        return allowed.kinds().contains(route.kind()) && switch (allowed.from()) {
            case ALL -> true;
            case SAME -> build.key().isInNamespaceOf(gateway);
            case NONE -> false;
            case SELECTOR -> {
                ResourceKey key = Kinds.namespace(gateway, namespace);
                build.use(key);
                Namespace known = index.namespaces.get(key);
                Namespace there = known == null ? Namespace.named(namespace) : known;
                yield there.valid() && allowed.selector().fits(there.labels());
            }
        };
    }

    private List<String> hosts(String listenerHost) {
        if (route.hosts().isEmpty()) {
            return List.of(listenerHost);
        }
        TreeSet<String> hosts = new TreeSet<>();
        for (String host : route.hosts()) {
            String common = HostPattern.intersect(host, listenerHost);
            if (common != null) {
                hosts.add(common);
            }
        }
        return List.copyOf(hosts);
    }
}
