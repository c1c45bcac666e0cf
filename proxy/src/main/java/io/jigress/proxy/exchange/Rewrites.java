package io.jigress.proxy.exchange;

import io.jigress.config.RouteAction;
import io.jigress.config.RouteAction.PathRewrite;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.http.TargetRanges;
import java.util.Arrays;

/// Changes target and authority as a route's rewrite says (Gateway API, HTTPURLRewriteFilter).
public final class Rewrites {
    private static final byte[] NOTHING = {};
    private static final byte[] SLASH = {'/'};

    private Rewrites() {}

    public static void apply(CompiledRoute route, ReceivedRequest head) {
        byte[] path = route.rewritePath();
        if (path != null && route.route().action() instanceof RouteAction.Forward forward) {
            TargetRanges ranges = head.ranges();
            int length = ranges.pathTo() - ranges.pathFrom();
            if (forward.rewrite().path() instanceof PathRewrite.ReplaceFull) {
                ranges.replacePath(0, length, path);
            } else {
                int matched = matchedPrefix(route, head);
                if (matched >= 0) {
                    replacePrefix(ranges, matched, length, path);
                }
            }
        }
        byte[] host = route.rewriteHost();
        if (host != null) {
            head.ranges().authority(host);
        }
    }

    /// How much of the path the route's prefix has matched; a slash at its end is not part of it. -1 when a filter has changed the path
    /// so that it has the prefix no longer: there is nothing to replace then.
    static int matchedPrefix(CompiledRoute route, ReceivedRequest head) {
        byte[] prefix = route.prefix();
        TargetRanges ranges = head.ranges();
        byte[] bytes = head.fields().bytes();
        int end = ranges.pathFrom() + prefix.length;
        boolean fits = end <= ranges.pathTo() && Arrays.equals(bytes, ranges.pathFrom(), end, prefix, 0, prefix.length)
                && (end == ranges.pathTo() || bytes[end] == '/');
        return fits ? prefix.length : -1;
    }

    /// Exactly one slash between the replacement and what follows, and never an empty path.
    private static void replacePrefix(TargetRanges ranges, int matched, int length, byte[] replacement) {
        boolean rest = matched < length;
        boolean slashed = replacement.length > 0 && replacement[replacement.length - 1] == '/';
        byte[] with = replacement.length == 0 && !rest ? SLASH : replacement.length == 1 && slashed && rest ? NOTHING
                : replacement;
        int to = matched;
        if (rest && slashed && with.length > 0) {
            to++; // the replacement brings the slash
        }
        ranges.replacePath(0, to, with);
    }
}
