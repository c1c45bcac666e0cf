package io.jigress.proxy.route;

import io.jigress.config.RouteMatch;
import io.jigress.config.VirtualHost.OnMiss;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// An edit of a [RouteTable], of one or many routes: each node is copied at most once, then changed in place. For one thread; ends with
/// [#done].
public final class RouteTableEdit<H, R> {
    private final Batch batch = new Batch();
    private HostIndex exact;
    private HostIndex wildcards;
    private int[] wildcardsByLabels;
    private @Nullable HostRoutes<H, R> any;
    private boolean over;

    RouteTableEdit(RouteTable<H, R> table) {
        this.exact = table.exact;
        this.wildcards = table.wildcards;
        this.wildcardsByLabels = table.wildcardsByLabels.clone();
        this.any = table.any;
    }

    /// Adds a host, or replaces its data; its routes are kept.
    public RouteTableEdit<H, R> host(String pattern, String section, OnMiss onMiss, H attachment) {
        HostRoutes<H, R> before = find(pattern);
        PathTree paths = before == null ? null : before.paths;
        if (before == null && HostRoutes.isWildcard(pattern)) {
            countWildcard(pattern, 1);
        }
        store(new HostRoutes<>(pattern, section, onMiss, attachment, paths, batch));
        return this;
    }

    /// Removes a host with its routes, if it is there.
    public RouteTableEdit<H, R> removeHost(String pattern) {
        HostRoutes<H, R> before = find(pattern);
        if (before == null) {
            return this;
        }
        if (pattern.equals("*")) {
            any = null;
        } else if (HostRoutes.isWildcard(pattern)) {
            wildcards = wildcards.without(before, batch);
            countWildcard(pattern, -1);
        } else {
            exact = exact.without(before, batch);
        }
        return this;
    }

    /// Adds a route to a host, or replaces the one with this id and path. If the path of an id changes, remove the old route first.
    ///
    /// @throws IllegalArgumentException when there is no such host
    public RouteTableEdit<H, R> put(String pattern, String id, CompiledMatch match, R route) {
        HostRoutes<H, R> host = existing(pattern).own(batch);
        RouteEntry entry = new RouteEntry(id, match, route);
        batch.count();
        host.paths = host.paths == null ? entry : host.paths.with(entry, 0, batch);
        store(host);
        return this;
    }

    /// Removes a route, if it is there.
    ///
    /// @param match the match it was added with
    /// @throws IllegalArgumentException when there is no such host
    public RouteTableEdit<H, R> remove(String pattern, String id, RouteMatch match) {
        HostRoutes<H, R> before = existing(pattern);
        PathTree paths = before.paths == null ? null : before.paths.without(id, CompiledMatch.key(match.path()), 0, batch);
        if (paths != before.paths) {
            HostRoutes<H, R> host = before.own(batch);
            host.paths = paths;
            store(host);
        }
        return this;
    }

    /// How many nodes were copied or created so far: nodes of the host index, hosts, and nodes of the path trees, including added routes.
    public int nodesCopied() {
        return batch.nodesCopied();
    }

    /// The table after the edit.
    public RouteTable<H, R> done() {
        over = true;
        return new RouteTable<>(exact, wildcards, wildcardsByLabels, any);
    }

    private HostRoutes<H, R> existing(String pattern) {
        HostRoutes<H, R> host = find(pattern);
        if (host == null) {
            throw new IllegalArgumentException("no host \"" + pattern + "\" in the table (expected: host() first)");
        }
        return host;
    }

    private @Nullable HostRoutes<H, R> find(String pattern) {
        if (over) {
            throw new IllegalStateException("the edit is done (expected: a new one)");
        }
        return new RouteTable<>(exact, wildcards, wildcardsByLabels, any).host(pattern);
    }

    private void store(HostRoutes<H, R> host) {
        if (host.pattern.equals("*")) {
            any = host;
        } else if (HostRoutes.isWildcard(host.pattern)) {
            wildcards = wildcards.with(host, batch);
        } else {
            exact = exact.with(host, batch);
        }
    }

    private void countWildcard(String pattern, int by) {
        int labels = (int) pattern.chars().filter(c -> c == '.').count();
        if (labels >= wildcardsByLabels.length) {
            wildcardsByLabels = Arrays.copyOf(wildcardsByLabels, labels + 1);
        }
        wildcardsByLabels[labels] += by;
    }
}
