package io.jigress.proxy.route;

import io.jigress.config.RouteRank;
import java.util.ArrayList;
import java.util.List;

/// Writes down how a match was decided: what was tried, in order, and why each candidate lost. Only routes that stand on the way of
/// the request's path are candidates. For one thread.
///
/// @param <R> what a route is to the owner of the table
public final class RouteRecorder<R> {

    public sealed interface Step<R> permits HostTried, Candidate {}

    /// A host pattern came up, or was left.
    public record HostTried<R>(String pattern, Outcome outcome) implements Step<R> {}

    /// A route was weighed: in order of rank within its host.
    public record Candidate<R>(String host, String id, RouteRank rank, R route, Verdict verdict) implements Step<R> {}

    public enum Outcome {
        /// The table has no such pattern.
        ABSENT,
        /// Another section than that of the first pattern that fits: not searched.
        OTHER_SECTION,
        /// The candidates that follow are this host's.
        SEARCHED,
        /// No route of it fits; the search goes on.
        MISSED,
        /// No route of it fits, and it has the last word (`NOT_FOUND`).
        MISSED_LAST
    }

    public sealed interface Verdict permits Won, Outranked, Lost {}

    public record Won() implements Verdict {}

    /// It fits too, but comes after the winner.
    public record Outranked(String byId) implements Verdict {}

    /// @param reason for people: `header x-user is absent (expected: 7)`
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
