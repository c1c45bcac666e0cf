package io.jigress.sources.kubernetes;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.io.IOException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes errors as Events of their objects, for `kubectl describe`: each once while it lasts. Events beyond the rate limit, and Events that the
/// API server refuses for other reasons than missing rights, are dropped. For one thread.
final class EventWriter {
    private static final Logger log = LoggerFactory.getLogger(EventWriter.class);
    private static final int PER_SECOND = 2;
    private static final int BURST = 25;
    /// The number of objects whose Events are remembered.
    private static final int OBJECT_LIMIT = 10_000;
    private static final int MESSAGE_LIMIT = 1000;
    private static final int FORBIDDEN = 403;

    private final ClusterApi api;
    private final InstantSource clock;
    private final Tokens tokens = new Tokens(PER_SECOND, BURST);
    /// The oldest entries are dropped; they include deleted objects.
    private final Map<ResourceKey, Set<String>> reported = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ResourceKey, Set<String>> eldest) {
            return size() > OBJECT_LIMIT;
        }
    };

    enum Outcome {
        NONE, WRITTEN,
        /// The right to create Events is missing: the object is to be reported again later.
        FORBIDDEN
    }

    EventWriter(ClusterApi api, InstantSource clock) {
        this.api = api;
        this.clock = clock;
    }

    /// Processes the current problems of an object.
    ///
    /// @param hints adds to a problem what a reference probably means; called only for Events that are written
    /// @return [Outcome#NONE] when no Event was to be written
    Outcome report(WatchedKind kind, Resource resource, List<Problem> problems, UnaryOperator<Problem> hints)
            throws IOException, InterruptedException {
        ResourceKey key = resource.key();
        Map<String, Problem> errors = new LinkedHashMap<>();
        problems.stream().filter(problem -> problem.severity() == Severity.ERROR)
                .forEach(problem -> errors.putIfAbsent(text(problem), problem));
        Set<String> before = reported.getOrDefault(key, Set.of());
        if (errors.isEmpty()) {
            reported.remove(key);
            return Outcome.NONE;
        }
        Outcome outcome = Outcome.NONE;
        Set<String> now = new HashSet<>(errors.keySet());
        for (Map.Entry<String, Problem> error : errors.entrySet()) {
            if (!before.contains(error.getKey()) && tokens.tryTake()) {
                boolean allowed = post(kind, resource, text(hints.apply(error.getValue())));
                outcome = allowed ? Outcome.WRITTEN : Outcome.FORBIDDEN;
                if (!allowed) {
                    now.retainAll(before);
                    break;
                }
            }
        }
        reported.put(key, Set.copyOf(now));
        return outcome;
    }

    /// Clears what was reported: another process writes Events now.
    void forget() {
        reported.clear();
    }

    /// Without the object's name, since the Event refers to the object.
    private static String text(Problem problem) {
        String text = problem.toString();
        String whose = problem.resource() + ": ";
        text = text.startsWith(whose) ? text.substring(whose.length()) : text;
        return text.length() > MESSAGE_LIMIT ? text.substring(0, MESSAGE_LIMIT) + "…" : text;
    }

    /// @return whether this process may create Events
    private boolean post(WatchedKind kind, Resource resource, String message) throws IOException, InterruptedException {
        ResourceKey key = resource.key();
        String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        String namespace = key.namespace().isEmpty() ? "default" : key.namespace();
        Json.Builder object = Json.object().put("apiVersion", kind.apiVersion(resource.version())).put("kind", key.kind())
                .put("name", key.name()).put("uid", uid(resource));
        if (!key.namespace().isEmpty()) {
            object.put("namespace", key.namespace());
        }
        Json event = Json.object().put("apiVersion", "v1").put("kind", "Event")
                .put("metadata", Json.object().put("generateName", key.name() + ".").put("namespace", namespace).build())
                .put("involvedObject", object.build()).put("reason", "Invalid").put("message", message).put("type", "Warning")
                .put("source", Json.object().put("component", "jigress").build()).put("firstTimestamp", now)
                .put("lastTimestamp", now)
                .put("count", 1).build();
        ClusterApi.Reply reply = api.send("POST", "/api/v1/namespaces/" + namespace + "/events", "application/json",
                event.toString());
        if (!reply.isSuccess()) {
            log.debug("an Event of {} was refused: {}", key, StatusText.message(reply.body()));
        }
        return reply.code() != FORBIDDEN;
    }

    static String uid(Resource resource) {
        return JsonParser.parse(resource.json()) instanceof JsonParser.Result.Parsed(Json.Obj object)
                && object.members().get("metadata") instanceof Json.Obj metadata
                && metadata.members().get("uid") instanceof Json.Str(String uid)
                        ? uid
                        : "";
    }
}
