package io.jigress.proxy.route;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.api.RequestHead;
import io.jigress.config.PathMatch;
import io.jigress.config.RouteMatch;
import io.jigress.config.RouteRank;
import io.jigress.config.VirtualHost.OnMiss;
import org.jspecify.annotations.Nullable;

/// A table whose routes are their own ids, for tests that compare text.
final class Routes {
    private final MatchScratch<String, String> scratch = new MatchScratch<>();
    private RouteTable<String, String> table = RouteTable.empty();
    private int nodesCopied;

    Routes host(String pattern) {
        return host(pattern, "section", OnMiss.NEXT_HOST);
    }

    Routes host(String pattern, String section, OnMiss onMiss) {
        return apply(table.edit().host(pattern, section, onMiss, "host " + pattern));
    }

    Routes removeHost(String pattern) {
        return apply(table.edit().removeHost(pattern));
    }

    Routes exact(String host, String path) {
        return put(host, path, RouteMatch.path(new PathMatch.Exact(path)));
    }

    Routes prefix(String host, String path) {
        return put(host, path, RouteMatch.path(new PathMatch.Prefix(path)));
    }

    Routes regex(String host, String expression) {
        return put(host, expression, RouteMatch.path(new PathMatch.Regex(expression)));
    }

    /// Adds a route with this id.
    Routes put(String host, String id, RouteMatch match) {
        return put(host, id, match, RouteRank.of(match, 0, "default/" + id, 0, 0));
    }

    Routes put(String host, String id, RouteMatch match, RouteRank rank) {
        return apply(table.edit().put(host, id, CompiledMatch.of(match, rank), id));
    }

    Routes remove(String host, String id, RouteMatch match) {
        return apply(table.edit().remove(host, id, match));
    }

    private Routes apply(RouteTableEdit<String, String> edit) {
        table = edit.done();
        nodesCopied = edit.nodesCopied();
        return this;
    }

    int nodesCopied() {
        return nodesCopied;
    }

    RouteTable<String, String> table() {
        return table;
    }

    /// The id of the route for a GET request, `-` when there is none.
    String get(String host, String target, String... fields) {
        return match(host, HeadStub.get(target, fields));
    }

    String match(String host, HeadStub head) {
        String route = match(table, host, head.path(), head, scratch);
        return route == null ? "-" : route;
    }

    /// The pattern of the host whose filters apply to a request, `-` when there is none.
    String hostOf(String host, String target) {
        match(host, HeadStub.get(target));
        HostRoutes<String, String> found = scratch.host();
        return found == null ? "-" : found.pattern();
    }

    RouteRecorder<String> explain(String host, HeadStub head) {
        RouteRecorder<String> recorder = new RouteRecorder<>();
        scratch.recorder(recorder);
        match(host, head);
        scratch.recorder(null);
        return recorder;
    }

    /// Matches with bytes inside a larger array, as in a receive buffer.
    static @Nullable String match(RouteTable<String, String> table, String host, String path, RequestHead head,
            MatchScratch<String, String> scratch) {
        byte[] hostBytes = ("/.x" + host + ".y/").getBytes(ISO_8859_1);
        byte[] pathBytes = ("/a" + path + "/b").getBytes(UTF_8);
        return table.match(hostBytes, 3, hostBytes.length - 3, pathBytes, 2, pathBytes.length - 2, head, scratch);
    }
}
