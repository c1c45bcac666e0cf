package io.jigress.control.translate;

import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.translate.GatewayPlan.ListenerView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Keeps HTTPRoutes and GRPCRoutes apart: of two that have hosts in common on a listener, it accepts the older one (Gateway API,
/// GRPCRouteSpec.hostnames).
///
/// A route that is accepted has younger ones of the other kind translated again, and a change of a route has those that it
/// displaced translated again. Each of these steps affects younger routes only, so that they end. GRPCRoutes are indexed here, HTTPRoutes by
/// the host tables: what a listener without GRPCRoutes costs is one look-up.
final class RouteConflicts {
    private final Assembly assembly;
    private final PendingWork pendingWork;
    /// By section of a listener, then by host.
    private final Map<String, Map<String, List<Claimant>>> calls = new HashMap<>();
    private final Map<ResourceKey, List<Claimant>> byOwner = new HashMap<>();

    /// By section of a listener.
    private final Map<String, Map<ResourceKey, Displaced>> displaced = new HashMap<>();
    private final Map<ResourceKey, Set<String>> displacedFrom = new HashMap<>();

    private record Aged(ResourceKey key, long created) {
        /// By age, then by name; of two with the same name and age the GRPCRoute counts as the older.
        boolean isBefore(Aged other) {
            int c = Long.compare(created, other.created);
            c = c != 0 ? c : (key.namespace() + "/" + key.name()).compareTo(other.key.namespace() + "/" + other.key.name());
            c = c != 0 ? c : key.kind().compareTo(other.key.kind());
            return c < 0;
        }
    }

    /// A GRPCRoute that a listener has accepted for a host.
    private record Claimant(String section, String host, Aged route, List<String> sockets) {}

    /// A route that a listener does not accept.
    private record Displaced(Aged route, boolean grpc, List<String> hosts, Aged rival) {}

    RouteConflicts(Assembly assembly, PendingWork pendingWork) {
        this.assembly = assembly;
        this.pendingWork = pendingWork;
    }

    /// A route is translated again.
    void begin(ResourceKey key) {
        Set<String> sections = displacedFrom.remove(key);
        if (sections != null) {
            for (String section : sections) {
                Map<ResourceKey, Displaced> there = displaced.getOrDefault(section, Map.of());
                there.remove(key);
                if (there.isEmpty()) {
                    displaced.remove(section);
                }
            }
        }
    }

    /// The oldest route of the other kind because of which a route cannot attach to a listener; null when it may attach.
    @Nullable ResourceKey rival(RouteBuild build, boolean grpc, ListenerView listener, List<String> hosts) {
        Aged route = new Aged(build.key(), build.created());
        Aged[] oldest = {route};
        Consumer<Aged> found = other -> oldest[0] = other.isBefore(oldest[0]) ? other : oldest[0];
        for (String host : hosts) {
            if (grpc) {
                overlappingRoutes(listener.section(), listener.sockets(), host, found);
            } else {
                overlappingCalls(listener.section(), host, found);
            }
        }
        Aged rival = oldest[0];
        if (rival.equals(route)) {
            return null;
        }
        displaced.computeIfAbsent(listener.section(), _ -> new HashMap<>()).put(route.key,
                new Displaced(route, grpc, List.copyOf(hosts), rival));
        displacedFrom.computeIfAbsent(route.key, _ -> new HashSet<>()).add(listener.section());
        return rival.key;
    }

    /// A route has been attached to listeners: younger ones of the other kind may have to be detached.
    void attached(RouteBuild build, boolean grpc, Map<String, RouteParents.Attached> attached) {
        Aged route = new Aged(build.key(), build.created());
        attached.forEach((section, at) -> displaced.getOrDefault(section, Map.of()).forEach((key, other) -> {
            if (other.grpc != grpc && route.isBefore(other.rival) && other.hosts.stream()
                    .anyMatch(host -> at.hosts().stream().anyMatch(mine -> HostPattern.intersect(host, mine) != null))) {
                pendingWork.route(key);
            }
        }));
        if (grpc) {
            attachedCalls(route, attached);
        } else if (!calls.isEmpty()) {
            attached.forEach((section, at) -> at.hosts()
                    .forEach(host -> overlappingCalls(section, host, other -> displace(route, other))));
        }
    }

    private void attachedCalls(Aged route, Map<String, RouteParents.Attached> attached) {
        List<Claimant> next = new ArrayList<>();
        attached.forEach((section, at) -> at.hosts()
                .forEach(host -> next.add(new Claimant(section, host, route, at.listener().sockets()))));
        if (next.equals(byOwner.getOrDefault(route.key, List.of()))) {
            return;
        }
        removed(route.key);
        if (!next.isEmpty()) {
            byOwner.put(route.key, next);
        }
        for (Claimant call : next) {
            calls.computeIfAbsent(call.section, _ -> new HashMap<>()).computeIfAbsent(call.host, _ -> new ArrayList<>())
                    .add(call);
            overlappingRoutes(call.section, call.sockets, call.host, other -> displace(route, other));
        }
    }

    private void displace(Aged by, Aged other) {
        if (by.isBefore(other)) {
            pendingWork.route(other.key);
        }
    }

    /// What a route contributes may have changed: those that it has displaced may attach now.
    void swapped(ResourceKey key) {
        if (Kinds.is(key, Kinds.GATEWAY_API, "HTTPRoute") || Kinds.is(key, Kinds.GATEWAY_API, "GRPCRoute")) {
            pendingWork.touch(key);
        }
    }

    void removed(ResourceKey key) {
        List<Claimant> claimants = byOwner.remove(key);
        if (claimants == null) {
            return;
        }
        for (Claimant call : claimants) {
            Map<String, List<Claimant>> hosts = calls.getOrDefault(call.section, Map.of());
            List<Claimant> there = hosts.get(call.host);
            if (there != null) {
                there.remove(call);
                if (there.isEmpty()) {
                    hosts.remove(call.host);
                }
                if (hosts.isEmpty()) {
                    calls.remove(call.section);
                }
            }
        }
    }

    private void overlappingRoutes(String section, List<String> sockets, String host, Consumer<Aged> found) {
        for (String socket : sockets) {
            assembly.overlapping(socket, host, claim -> {
                if (claim.owner().kind().equals("HTTPRoute")) {
                    Contribution contribution = assembly.contribution(claim.owner());
                    if (contribution != null && contribution.attached().contains(section)) {
                        found.accept(new Aged(claim.owner(), claim.route().rank().created()));
                    }
                }
            });
        }
    }

    private void overlappingCalls(String section, String host, Consumer<Aged> found) {
        Map<String, List<Claimant>> hosts = calls.get(section);
        if (hosts == null) {
            return;
        }
        if (host.charAt(0) == '*') {
            hosts.forEach((other, there) -> {
                if (HostPattern.intersect(host, other) != null) {
                    there.forEach(call -> found.accept(call.route));
                }
            });
            return;
        }
        for (String wider = host; wider != null; wider = HostPattern.wider(wider)) {
            hosts.getOrDefault(wider, List.of()).forEach(call -> found.accept(call.route));
        }
    }
}
