package io.jigress.proxy.route;

import io.jigress.config.RouteRank;
import java.util.ArrayList;
import java.util.List;

/// Records how a match was decided: what was tried, in order, and why each candidate was not chosen. Only routes on the tree nodes that
/// the request's path passes are candidates. For one thread.
///
/// @param <R> the table owner's type of a route
public final class RouteRecorder<R> {

    public sealed interface Step<R> permits HostTried, Candidate {}

    /// A host pattern was tried, or its search has ended.
    public record HostTried<R>(String pattern, Outcome outcome) implements Step<R> {}

    /// A route was considered, in order of rank within its host.
    public record Candidate<R>(String host, String id, RouteRank rank, R route, Verdict verdict) implements Step<R> {}

    public enum Outcome {
        /// The table has no such pattern.
        ABSENT,
        /// It belongs to another section than the first pattern that matches: not searched.
        OTHER_SECTION,
        /// The candidates that follow belong to this host.
        SEARCHED,
        /// None of its routes matches; the search continues.
        MISSED,
        /// None of its routes matches, and the search ends here (`NOT_FOUND`).
        MISSED_LAST
    }

    public sealed interface Verdict permits Won, Outranked, Lost {}

    public record Won() implements Verdict {}

    /// It matches too, but has lower precedence than the chosen route.
    public record Outranked(String byId) implements Verdict {}

    /// @param reason as readable text: `header x-user is absent (expected: 7)`
    public record Lost(String reason) implements Verdict {}

    private final List<Step<R>> steps = new ArrayList<>();

    public List<Step<R>> steps() {
        return List.copyOf(steps);
    }

    void host(String pattern, Outcome outcome) {
        steps.add(new HostTried<>(pattern, outcome));
    }

    void candidate(String host, String id, RouteRank rank, R route, Verdict verdict) {
        steps.add(new Candidate<>(host, id, rank, route, verdict));
    }
}
