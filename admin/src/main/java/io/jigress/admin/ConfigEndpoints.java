package io.jigress.admin;

import io.jigress.api.Json;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Reconciler.Live;
import io.jigress.control.ReferenceHints;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/// `/config/…`: the objects that users wrote, their problems and their statuses.
public final class ConfigEndpoints {
    private static final Set<String> FILTER = Set.of("kind", "namespace", "name", "cluster", "limit");
    private static final int LIMIT = 1000;
    private static final Comparator<Problem> GRAVEST_FIRST = Comparator.comparing(Problem::severity)
            .thenComparing(Problem::resource).thenComparing(Problem::path).thenComparing(Problem::what);

    private final Supplier<Live> live;
    private final ToIntFunction<Problem> line;

    private ConfigEndpoints(Supplier<Live> live, ToIntFunction<Problem> line) {
        this.live = live;
        this.line = line;
    }

    /// @param line finds the line of a problem in its source; 0 when it cannot be found
    public static List<AdminEndpoint> of(Supplier<Live> live, ToIntFunction<Problem> line) {
        ConfigEndpoints endpoints = new ConfigEndpoints(live, line);
        return List.of(
                AdminEndpoint.get("/config/revision", "what is live, and how long the last change took", Set.of(),
                        _ -> endpoints.revision()),
                AdminEndpoint.get("/config/resources", "the objects that users wrote; Secrets without their values", FILTER,
                        endpoints::resources),
                AdminEndpoint.get("/config/problems", "their problems, errors first, by object", FILTER, endpoints::problems),
                AdminEndpoint.get("/config/statuses", "their status, as Kubernetes would show it", FILTER, endpoints::statuses));
    }

    private AdminReply revision() {
        Live now = live.get();
        List<Problem> problems = now.problems();
        return AdminReply.json(Json.object()
                .put("revision", now.resources().revision())
                .put("translated", now.translation().revision())
                .put("resources", now.resources().resources().size())
                .put("listeners", now.translation().config().listeners().size())
                .put("clusters", now.translation().config().clusters().size())
                .put("errors", count(problems, Severity.ERROR))
                .put("warnings", count(problems, Severity.WARNING))
                .put("timing", Json.object()
                        .put("deliveries", now.timing().deliveries())
                        .put("queuedMicros", now.timing().queuedNanos() / 1000)
                        .put("storeMicros", now.timing().storeNanos() / 1000)
                        .put("translateMicros", now.timing().translateNanos() / 1000)
                        .put("applyMicros", now.timing().applyNanos() / 1000)
                        .build())
                .build());
    }

    private AdminReply resources(AdminRequest request) {
        List<Resource> found = new ArrayList<>();
        live.get().resources().resources().forEach((key, resource) -> {
            if (matches(request, key)) {
                found.add(resource);
            }
        });
        found.sort(Comparator.comparing(Resource::key));
        return list(request, found, resource -> at(resource)
                .put("object", switch (JsonParser.parse(resource.json())) {
                    case JsonParser.Result.Parsed(Json json) -> Redaction.redact(resource.key(), json);
                    case JsonParser.Result.Broken broken -> Json.of(broken.what());
                })
                .build());
    }

    private static Json.Builder at(Resource resource) {
        Json.Builder json = Json.object().put("source", resource.source());
        String cluster = resource.key().cluster();
        return cluster.isEmpty() ? json : json.put("cluster", cluster);
    }

    private AdminReply problems(AdminRequest request) {
        Live now = live.get();
        List<Problem> found = ReferenceHints.complete(
                now.problems().stream().filter(p -> matches(request, p.resource())).sorted(GRAVEST_FIRST).toList(),
                now.resources().resources());
        return list(request, found, problem -> json(problem, line.applyAsInt(problem)));
    }

    private AdminReply statuses(AdminRequest request) {
        record Status(ResourceKey key, Json status) {}
        List<Status> found = new ArrayList<>();
        live.get().translation().statuses().forEach((key, status) -> {
            if (matches(request, key)) {
                found.add(new Status(key, status));
            }
        });
        found.sort(Comparator.comparing(Status::key));
        return list(request, found,
                item -> Json.object().put("resource", json(item.key)).put("status", item.status).build());
    }

    private static boolean matches(AdminRequest request, ResourceKey key) {
        return matches(request, "kind", key.kind()) && matches(request, "namespace", key.namespace())
                && matches(request, "name", key.name()) && matches(request, "cluster", key.cluster());
    }

    private static boolean matches(AdminRequest request, String parameter, String value) {
        return request.text(parameter, value).equalsIgnoreCase(value);
    }

    private static <T> AdminReply list(AdminRequest request, List<T> items, Function<T, Json> print) {
        String limit = request.text("limit", Integer.toString(LIMIT));
        if (!limit.matches("\\d{1,9}")) {
            return AdminReply.error(400, "limit is \"" + limit + "\" (expected: a whole number)");
        }
        return AdminReply.text("application/json", new ListText<>(items, Integer.parseInt(limit), print));
    }

    /// A problem as programs read it.
    ///
    /// @param line in its source; 0 leaves it out
    public static Json json(Problem problem, int line) {
        Json.Builder json = Json.object().put("severity", problem.severity() == Severity.ERROR ? "error" : "warning");
        json.put("source", problem.source());
        if (line > 0) {
            json.put("line", line);
        }
        return json.put("resource", json(problem.resource()))
                .put("path", problem.path())
                .put("what", problem.what())
                .put("expected", problem.expected())
                .build();
    }

    private static Json json(ResourceKey key) {
        Json.Builder json = Json.object().put("group", key.group()).put("kind", key.kind()).put("namespace", key.namespace())
                .put("name", key.name());
        return (key.cluster().isEmpty() ? json : json.put("cluster", key.cluster())).build();
    }

    private static long count(List<Problem> problems, Severity severity) {
        return problems.stream().filter(p -> p.severity() == severity).count();
    }
}
