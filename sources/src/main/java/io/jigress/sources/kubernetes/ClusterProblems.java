package io.jigress.sources.kubernetes;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import io.jigress.sources.kubernetes.KindWatch.Failure;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The present failures of reading from and writing to the cluster as problems, one for all kinds that fail for the same reason. For one thread
/// at a time.
final class ClusterProblems {
    /// The number of objects that a message names.
    private static final int NAMED = 5;

    private final ResourceKey key;
    private final String address;
    private final InstantSource clock;
    private final Map<WatchedKind, Failure> failures = new HashMap<>();
    /// Since when the API server does not answer, and the first reason: later attempts may fail with other messages.
    private @Nullable Outage outage;
    private @Nullable String standIn;
    private @Nullable Problem statuses;
    private @Nullable Problem secrets;
    private List<Problem> reported = List.of();

    private record Outage(Instant since, String why) {}

    /// @param place the cluster's name
    ClusterProblems(String place, String address, InstantSource clock) {
        this.clock = clock;
        this.key = new ResourceKey("", "Cluster", "", place);
        this.address = address;
    }

    ResourceKey key() {
        return key;
    }

    void failed(WatchedKind kind, Failure failure) {
        failures.put(kind, failure);
        if (outage == null && isUnreachable(failure)) {
            outage = new Outage(clock.instant().truncatedTo(ChronoUnit.SECONDS), failure.message());
        }
    }

    void recovered(WatchedKind kind) {
        failures.remove(kind);
        if (failures.values().stream().noneMatch(ClusterProblems::isUnreachable)) {
            standIn = null;
            outage = null;
        }
    }

    /// Since when the API server does not answer; empty while it does.
    Optional<Instant> since() {
        return Optional.ofNullable(outage).map(Outage::since);
    }

    boolean isFailing(WatchedKind kind) {
        return failures.containsKey(kind);
    }

    /// Whether the API server does not respond for a kind, neither with objects nor with an error.
    boolean isUnreachable(WatchedKind kind) {
        Failure failure = failures.get(kind);
        return failure != null && isUnreachable(failure);
    }

    boolean isMissing(WatchedKind kind) {
        Failure failure = failures.get(kind);
        return failure != null && failure.isMissing();
    }

    /// Whether a kind may be listed and not watched: a list is no recovery then.
    boolean isForbiddenToWatch(WatchedKind kind) {
        Failure failure = failures.get(kind);
        return failure != null && failure.isForbidden() && failure.verb().equals("watch");
    }

    private static boolean isUnreachable(Failure failure) {
        return !failure.isMissing() && !failure.isForbidden();
    }

    /// Reports what is served meanwhile.
    void standIn(String what) {
        standIn = what;
    }

    /// Reports what prevents the writing of statuses; null when nothing does.
    void statuses(@Nullable String what, String expected) {
        statuses = what == null ? null : problem(what, expected, Severity.WARNING);
    }

    /// Reports that objects refer to more Secrets and ConfigMaps than are read.
    ///
    /// @param left those that are not read; empty when all are
    void secretsLeftOut(List<ResourceKey> left, int limit) {
        secrets = left.isEmpty()
                ? null
                : problem("has " + (limit + left.size())
                        + " Secrets without a certificate, and ConfigMaps, that objects refer to, of which " + left.size()
                        + " are not read: "
                        + left.stream().limit(NAMED).map(ResourceKey::toString).sorted().collect(Collectors.joining(", "))
                        + (left.size() > NAMED ? ", …" : ""), "at most " + limit, Severity.ERROR);
    }

    /// The present problems, if they differ from those returned last; else null.
    @Nullable List<Problem> changed() {
        List<Problem> now = problems();
        if (now.equals(reported)) {
            return null;
        }
        reported = now;
        return now;
    }

    private List<Problem> problems() {
        List<Problem> problems = new ArrayList<>();
        Map<String, TreeSet<String>> missing = new TreeMap<>();
        Map<String, TreeSet<String>> forbidden = new TreeMap<>();
        failures.forEach((kind, failure) -> {
            if (failure.isMissing() && kind.isForeign()) {
                return;
            }
            if (failure.isMissing()) {
                missing.computeIfAbsent(kind.group(), _ -> new TreeSet<>()).add(kind.kind());
            } else if (failure.isForbidden()) {
                forbidden.computeIfAbsent(failure.verb(), _ -> new TreeSet<>()).add(kind.shown());
            }
        });
        if (outage != null) {
            problems.add(problem("cannot be read from " + address + " since " + outage.since + ": " + outage.why + "; "
                    + (standIn == null ? "the objects read last stay in effect" : standIn), "an API server that answers",
                    Severity.ERROR));
        }
        missing.forEach((group, kinds) -> problems.add(problem("does not serve " + String.join(", ", kinds) + " of " + group
                + ", so that such objects cannot be read", "their CustomResourceDefinitions, if these kinds are used",
                Severity.WARNING)));
        forbidden.forEach((verb, resources) -> problems.add(problem("does not let this gateway " + verb + " "
                + String.join(", ", resources),
                failures.keySet().stream().anyMatch(kind -> !kind.selection().namespace().isEmpty())
                        ? "a Role there with the verbs list and watch for them"
                        : "a ClusterRole with the verbs list and watch for them",
                Severity.ERROR)));
        if (secrets != null) {
            problems.add(secrets);
        }
        if (statuses != null) {
            problems.add(statuses);
        }
        return List.copyOf(problems);
    }

    private Problem problem(String what, String expected, Severity severity) {
        return new Problem(key, "", "", what, expected, severity);
    }
}
