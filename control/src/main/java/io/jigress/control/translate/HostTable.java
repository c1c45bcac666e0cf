package io.jigress.control.translate;

import io.jigress.config.PathRules;
import io.jigress.config.PersistentMap;
import io.jigress.config.Route;
import io.jigress.config.RouteMatch;
import io.jigress.config.VirtualHost;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.HostPattern;
import io.jigress.control.translate.Contribution.Claim;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The virtual hosts of one socket, and the claims of routes on matches of each host.
///
/// Claims of equal match are all kept, ordered by rank: the first wins, and the data plane finds it by the same rank. Each of the others is
/// reported with the one directly before it, so that adding or removing a claim affects only one other.
final class HostTable {
    private static final Comparator<Claim> ORDER = Comparator.comparing((Claim c) -> c.route().rank())
            .thenComparing(Claim::owner);

    private final PathRules pathDefaults;
    private SocketPlan plan;
    private PersistentMap<String, VirtualHost> hosts = PersistentMap.empty();
    /// By host and match: a Claim, or a NavigableSet of at least one.
    private PersistentMap<String, PersistentMap<RouteMatch, Object>> claims = PersistentMap.empty();

    HostTable(SocketPlan plan, PathRules pathDefaults) {
        this.plan = plan;
        this.pathDefaults = pathDefaults;
        plan(plan);
    }

    /// Applies a changed plan. Hosts with routes keep their section until these routes are placed again.
    void plan(SocketPlan next) {
        plan.forEachHost(host -> {
            if (!next.hasHost(host) && routes(host).isEmpty()) {
                hosts = hosts.without(host);
            }
        });
        plan = next;
        next.forEachHost(host -> put(host, routes(host)));
    }

    PersistentMap<String, VirtualHost> hosts() {
        return hosts;
    }

    /// The instance of an equal host name that is already kept, if any.
    String share(String host) {
        VirtualHost kept = hosts.get(host);
        return kept == null ? host : kept.host();
    }

    /// @param disturbed is called with the owners of claims whose position among equal ones changed
    void add(String host, List<Claim> added, Consumer<ResourceKey> disturbed) {
        if (added.isEmpty()) {
            return; // A host without routes would stay as long as others come and go.
        }
        var routes = routes(host);
        PersistentMap<RouteMatch, Object> matches = claims.get(host);
        matches = matches == null ? PersistentMap.empty() : matches;
        for (Claim claim : added) {
            routes = routes.with(claim.route().id(), claim.route());
            matches = insert(matches, claim, disturbed);
        }
        claims = claims.with(host, matches);
        put(host, routes);
    }

    void remove(String host, List<Claim> removed, Consumer<ResourceKey> disturbed) {
        if (removed.isEmpty()) {
            return;
        }
        var routes = routes(host);
        PersistentMap<RouteMatch, Object> matches = claims.get(host);
        matches = matches == null ? PersistentMap.empty() : matches;
        for (Claim claim : removed) {
            routes = routes.without(claim.route().id());
            matches = delete(matches, claim, disturbed);
        }
        claims = matches.isEmpty() ? claims.without(host) : claims.with(host, matches);
        if (routes.isEmpty() && !plan.hasHost(host)) {
            hosts = hosts.without(host);
        } else {
            put(host, routes);
        }
    }

    /// The claim of equal match directly before this one, or null when this one wins.
    @Nullable Claim before(String host, Claim claim) {
        PersistentMap<RouteMatch, Object> matches = claims.get(host);
        if (matches != null && matches.get(claim.route().match()) instanceof NavigableSet<?> many) {
            return cast(many).lower(claim);
        }
        return null;
    }

    /// The claims on hosts that a pattern has in common with those of this table.
    void overlapping(String host, Consumer<Claim> found) {
        if (host.charAt(0) == '*') {
            claims.forEach((other, matches) -> {
                if (HostPattern.intersect(host, other) != null) {
                    forEach(matches, found);
                }
            });
            return;
        }
        for (String wider = host; wider != null; wider = HostPattern.wider(wider)) {
            PersistentMap<RouteMatch, Object> matches = claims.get(wider);
            if (matches != null) {
                forEach(matches, found);
            }
        }
    }

    private static void forEach(PersistentMap<RouteMatch, Object> matches, Consumer<Claim> found) {
        matches.forEach((_, present) -> {
            if (present instanceof Claim one) {
                found.accept(one);
            } else {
                cast(present).forEach(found);
            }
        });
    }

    private PersistentMap<String, Route> routes(String host) {
        VirtualHost virtualHost = hosts.get(host);
        return virtualHost == null ? PersistentMap.empty() : virtualHost.routes();
    }

    private void put(String host, PersistentMap<String, Route> routes) {
        SocketPlan.Owner owner = plan.owner(host);
        hosts = hosts.with(host,
                new VirtualHost(share(host), owner.section(), routes, VirtualHost.OnMiss.NEXT_HOST, owner.filters(),
                        owner.settings().paths().rules(pathDefaults)));
    }

    private static PersistentMap<RouteMatch, Object> insert(PersistentMap<RouteMatch, Object> matches, Claim claim,
            Consumer<ResourceKey> disturbed) {
        RouteMatch match = claim.route().match();
        Object present = matches.get(match);
        if (present == null) {
            return matches.with(match, claim);
        }
        NavigableSet<Claim> many;
        if (present instanceof Claim one) {
            many = new TreeSet<>(ORDER);
            many.add(one);
        } else {
            many = cast(present);
        }
        many.add(claim);
        disturbed.accept(claim.owner());
        Claim next = many.higher(claim);
        if (next != null) {
            disturbed.accept(next.owner());
        }
        return present == many ? matches : matches.with(match, many);
    }

    private static PersistentMap<RouteMatch, Object> delete(PersistentMap<RouteMatch, Object> matches, Claim claim,
            Consumer<ResourceKey> disturbed) {
        RouteMatch match = claim.route().match();
        if (!(matches.get(match) instanceof NavigableSet<?> present)) {
            return matches.without(match);
        }
        NavigableSet<Claim> many = cast(present);
        Claim next = many.higher(claim);
        if (next != null) {
            disturbed.accept(next.owner());
        }
        many.remove(claim);
        return many.isEmpty() ? matches.without(match) : matches;
    }

    @SuppressWarnings("unchecked")
    private static NavigableSet<Claim> cast(Object many) {
        return (NavigableSet<Claim>) many;
    }
}
