package io.jigress.proxy.route;

import io.jigress.api.RequestHead;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The compiled routes of one HTTP listener, by host and path. Immutable; versions share what did not change. For several threads,
/// each with its own [MatchScratch].
///
/// Hosts are tried from the most specific pattern down: the host itself, `*.b.c`, `*.c` (the star stands for one or more
/// labels), `*`. When no route of a host matches, the search continues with the next pattern of its section or ends, depending on its
/// `onMiss`. Within a host the matching route of the lowest rank wins, and of equal ranks that of the lowest id.
///
/// @param <H> the owner's data of a host
/// @param <R> the owner's type of a route
public final class RouteTable<H, R> {
    final HostIndex exact;
    final HostIndex wildcards;
    /// The number of wildcards with n labels after the star, so that a lookup tries only lengths that exist.
    final int[] wildcardsByLabels;
    final @Nullable HostRoutes<H, R> any;

    RouteTable(HostIndex exact, HostIndex wildcards, int[] wildcardsByLabels, @Nullable HostRoutes<H, R> any) {
        this.exact = exact;
        this.wildcards = wildcards;
        this.wildcardsByLabels = wildcardsByLabels;
        this.any = any;
    }

    public static <H, R> RouteTable<H, R> empty() {
        return new RouteTable<>(HostIndex.empty(), HostIndex.empty(), new int[0], null);
    }

    /// Begins an edit; this table does not change.
    public RouteTableEdit<H, R> edit() {
        return new RouteTableEdit<>(this);
    }

    /// The routes of exactly this pattern; null when the table has none.
    public @Nullable HostRoutes<H, R> host(String pattern) {
        if (pattern.equals("*")) {
            return any;
        }
        byte[] key = HostRoutes.keyText(pattern).getBytes(StandardCharsets.ISO_8859_1);
        return lookup(HostRoutes.isWildcard(pattern) ? wildcards : exact, key, 0, key.length);
    }

    /// The routes of the most specific pattern that matches a request's host; null when there is none. See [#match] for the host.
    public @Nullable HostRoutes<H, R> mostSpecific(byte[] host, int from, int to) {
        HostRoutes<H, R> found = lookup(exact, host, from, to);
        int labels = found == null && !wildcards.isEmpty() ? labelsBehindFirst(host, from, to) : 0;
        for (int at = from + 1; found == null && labels > 0; at++) {
            if (host[at] == '.') {
                found = lookup(wildcards, host, at, to);
                labels--;
            }
        }
        return found == null ? any : found;
    }

    /// The route of a request; null when none matches. The scratch has the host in both cases. Allocates nothing, except for an expression, a
    /// repeated header, a recorder, or in the head itself.
    ///
    /// @param host lower-case, without port and trailing dot, IPv6 in brackets; empty when the request has none
    /// @param path without query, as it is matched
    public @Nullable R match(byte[] host, int hostFrom, int hostTo, byte[] path, int pathFrom, int pathTo, RequestHead head,
            MatchScratch<H, R> scratch) {
        scratch.clear();
        HostRoutes<H, R> found = lookup(exact, host, hostFrom, hostTo);
        if (found == null) {
            recordAbsent(host, hostFrom, hostTo, false, scratch);
        } else if (scratch.search(found, path, pathFrom, pathTo, head)) {
            return scratch.route();
        }
        if (!wildcards.isEmpty() || scratch.isRecording()) {
            int allLabels = labelsBehindFirst(host, hostFrom, hostTo);
            int labels = allLabels;
            for (int at = hostFrom + 1; labels > 0; at++) {
                if (host[at] != '.') {
                    continue;
                }
                boolean known = labels < wildcardsByLabels.length && wildcardsByLabels[labels] > 0;
                found = known ? lookup(wildcards, host, at, hostTo) : null;
                // The first dot: the star stands for one label.
                scratch.oneLabel(labels == allLabels);
                if (found == null) {
                    recordAbsent(host, at, hostTo, true, scratch);
                } else if (scratch.search(found, path, pathFrom, pathTo, head)) {
                    return scratch.route();
                }
                labels--;
            }
        }
        scratch.oneLabel(true);
        if (any != null) {
            scratch.search(any, path, pathFrom, pathTo, head);
        } else {
            scratch.absent("*");
        }
        return scratch.route();
    }

    /// The number of dots in a host, not counting one at its start: an empty label is no label. None in an IP literal in brackets.
    static int labelsBehindFirst(byte[] host, int from, int to) {
        int dots = 0;
        if (from < to && host[from] == '[') {
            return 0;
        }
        for (int i = from + 1; i < to; i++) {
            if (host[i] == '.') {
                dots++;
            }
        }
        return dots;
    }

    @SuppressWarnings("unchecked")
    private @Nullable HostRoutes<H, R> lookup(HostIndex index, byte[] host, int from, int to) {
        return (HostRoutes<H, R>) index.get(host, from, to);
    }

    private static void recordAbsent(byte[] host, int from, int to, boolean wildcard, MatchScratch<?, ?> scratch) {
        if (scratch.isRecording()) {
            scratch.absent((wildcard ? "*" : "") + new String(host, from, to - from, StandardCharsets.ISO_8859_1));
        }
    }
}
