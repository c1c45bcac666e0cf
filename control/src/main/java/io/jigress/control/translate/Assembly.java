package io.jigress.control.translate;

import io.jigress.config.GatewayConfig;
import io.jigress.config.Listener;
import io.jigress.config.PathRules;
import io.jigress.config.PersistentMap;
import io.jigress.config.RouteRank;
import io.jigress.control.ResourceKey;
import io.jigress.control.Section;
import io.jigress.control.kinds.Plugin;
import io.jigress.control.translate.Contribution.Claim;
import io.jigress.control.translate.Contribution.Placement;
import io.jigress.control.translate.Contribution.StreamClaim;
import io.jigress.control.translate.Contribution.TlsClaim;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The present configuration, and the contribution of each object to it.
final class Assembly {
    private final ClusterTable clusters;
    private final Uses uses;
    private final AttachedRoutes attachedRoutes;
    private final PendingWork pendingWork;
    private final PathRules pathDefaults;
    private final Map<String, SocketTable> tables = new HashMap<>();
    private final Set<String> touched = new HashSet<>();
    private PersistentMap<String, Listener> listeners = PersistentMap.empty();
    private PersistentMap<ResourceKey, Contribution> contributions = PersistentMap.empty();

    Assembly(ClusterTable clusters, Uses uses, AttachedRoutes attachedRoutes, PendingWork pendingWork, PathRules pathDefaults) {
        this.clusters = clusters;
        this.uses = uses;
        this.attachedRoutes = attachedRoutes;
        this.pendingWork = pendingWork;
        this.pathDefaults = pathDefaults;
    }

    GatewayConfig config() {
        for (String name : touched) {
            SocketTable table = tables.get(name);
            listeners = table == null ? listeners.without(name) : listeners.with(name, table.listener());
        }
        touched.clear();
        return new GatewayConfig(listeners, clusters.clusters());
    }

    /// Opens and closes sockets. Routes on closed sockets are placed again in the same translation.
    void plan(Map<String, SocketPlan> sockets) {
        for (String name : List.copyOf(tables.keySet())) {
            if (!sockets.containsKey(name)) {
                tables.remove(name);
                touched.add(name);
            }
        }
        sockets.forEach((name, plan) -> {
            SocketTable table = tables.get(name);
            if (table == null) {
                tables.put(name, new SocketTable(plan, pathDefaults));
                touched.add(name);
            } else if (table.plan(plan)) {
                touched.add(name);
            }
        });
    }

    /// The instance of an equal host name that a socket already keeps, so that equal names share one instance.
    String shareHost(String socket, String host) {
        SocketTable table = tables.get(socket);
        return table == null ? host : table.hosts().share(host);
    }

    /// The claims on hosts of a socket that a pattern has in common with.
    void overlapping(String socket, String host, Consumer<Claim> found) {
        SocketTable table = tables.get(socket);
        if (table != null) {
            table.hosts().overlapping(host, found);
        }
    }

    @Nullable Contribution contribution(ResourceKey key) {
        return contributions.get(key);
    }

    /// Replaces the contribution of an object.
    void swap(ResourceKey key, Contribution next) {
        Contribution last = contributions.get(key);
        Contribution before = last == null ? Contribution.NOTHING : last;
        clusters.add(next.clusters());
        clusters.remove(before.clusters());
        before.uses().stream().filter(node -> !next.uses().contains(node)).forEach(node -> {
            uses.remove(node, key);
            reportUsed(node);
        });
        next.uses().stream().filter(node -> !before.uses().contains(node)).forEach(node -> {
            uses.add(node, key);
            reportUsed(node);
        });
        if (!before.attached().equals(next.attached())) {
            attachedRoutes.add(before.attached(), -1);
            attachedRoutes.add(next.attached(), 1);
            before.attached().forEach(this::reportGateway);
            next.attached().forEach(this::reportGateway);
        }
        move(before.placements(), next.placements());
        claimTls(before.tls(), next.tls());
        claimStreams(before.streams(), next.streams());
        pendingWork.report(key);
        contributions = next.equals(Contribution.NOTHING) ? contributions.without(key) : contributions.with(key, next);
    }

    /// A Plugin or SentinelRule without targets has an effect only when a route names it.
    private void reportUsed(Uses.Node node) {
        if (Plugin.KINDS.contains(node.key.kind())) {
            pendingWork.report(node.key);
        }
    }

    private void move(List<Placement> before, List<Placement> next) {
        for (Placement placement : before) {
            SocketTable table = tables.get(placement.socket());
            if (table != null) {
                touched.add(placement.socket());
                placement.hosts().forEach(host -> table.hosts().remove(host, placement.claims(), pendingWork::report));
            }
        }
        for (Placement placement : next) {
            SocketTable table = tables.get(placement.socket());
            if (table != null) {
                touched.add(placement.socket());
                placement.hosts().forEach(host -> table.hosts().add(host, placement.claims(), pendingWork::report));
            }
        }
    }

    private void claimTls(List<TlsClaim> before, List<TlsClaim> next) {
        for (TlsClaim claim : before) {
            SocketTable table = tables.get(claim.socket());
            if (table != null && !next.contains(claim)) {
                touched.add(claim.socket());
                table.tls().remove(claim);
            }
        }
        for (TlsClaim claim : next) {
            SocketTable table = tables.get(claim.socket());
            // Also one that was there before: the socket may be a new one.
            if (table != null && table.tls().add(claim)) {
                touched.add(claim.socket());
            }
        }
    }

    private void claimStreams(List<StreamClaim> before, List<StreamClaim> next) {
        for (StreamClaim claim : before) {
            SocketTable table = tables.get(claim.socket());
            if (table != null && !next.contains(claim)) {
                touched.add(claim.socket());
                table.streams().remove(claim, pendingWork::report);
            }
        }
        for (StreamClaim claim : next) {
            SocketTable table = tables.get(claim.socket());
            if (table != null) {
                touched.add(claim.socket());
                table.streams().add(claim, pendingWork::report);
            }
        }
    }

    /// The claim that gets the connections of its host; null when it is this one.
    @Nullable StreamClaim winner(StreamClaim claim) {
        SocketTable table = tables.get(claim.socket());
        StreamClaim winner = table == null ? claim : table.streams().winner(claim);
        return winner.owner().equals(claim.owner()) ? null : winner;
    }

    private void reportGateway(String text) {
        Section section = Section.parse(text);
        if (section != null) {
            pendingWork.report(section.owner());
        }
    }

    /// Warns of claims that another claim takes precedence over: once per claim, naming the first host.
    void duplicates(Contribution contribution, Findings findings) {
        Set<String> told = new HashSet<>();
        for (Placement placement : contribution.placements()) {
            SocketTable table = tables.get(placement.socket());
            if (table == null) {
                continue;
            }
            for (Claim claim : placement.claims()) {
                for (String host : placement.hosts()) {
                    Claim winner = table.hosts().before(host, claim);
                    if (winner != null && told.add(claim.route().id())) {
                        findings.warning(place(claim),
                                "has the same match as " + winner.route().origin() + " on host " + host
                                        + ", which takes precedence",
                                "a match of its own");
                    }
                }
            }
        }
    }

    private static String place(Claim claim) {
        RouteRank rank = claim.route().rank();
        if (!claim.owner().kind().equals("Ingress")) {
            return "spec.rules[" + rank.rule() + "].matches[" + rank.match() + "]";
        }
        return rank.rule() == IngressProcessor.FALLBACK_RULE
                ? "spec.defaultBackend"
                : "spec.rules[" + rank.rule() + "].http.paths[" + rank.match() + "]";
    }
}
