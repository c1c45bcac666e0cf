package io.jigress.app.get;

import io.jigress.admin.PrettyJson;
import io.jigress.admin.Redaction;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.app.sources.Reading;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// One object as `jigress get` shows it.
///
/// @param place its file and line, or its cluster
/// @param status {} when the gateway has no status for the object
/// @param problems one line each
record ObjectView(ResourceKey key, String place, Json object, Json status, List<String> problems) {

    /// A selection of objects.
    ///
    /// @param kind in any case
    /// @param namespace,name empty for all; a name may have `@cluster` behind it
    record Selection(String kind, String namespace, String name) {
        boolean takes(ResourceKey key) {
            return key.kind().equalsIgnoreCase(kind) && (namespace.isEmpty() || key.namespace().equals(namespace))
                    && (name.isEmpty() || key.name().equals(name)
                            || !key.cluster().isEmpty() && (key.name() + "@" + key.cluster()).equals(name));
        }
    }

    /// `httproutes` and `gatewayclasses` as well.
    static String singular(String kind) {
        String lower = kind.toLowerCase(Locale.ROOT);
        String singular = lower.endsWith("ies") ? lower.substring(0, lower.length() - 3) + "y"
                : lower.endsWith("sses") ? lower.substring(0, lower.length() - 2)
                : lower.endsWith("s") && !lower.endsWith("ss") ? lower.substring(0, lower.length() - 1) : lower;
        return lower.equals(kind) ? singular : kind;
    }

    static List<ObjectView> of(Reading reading, Selection selection) {
        Map<ResourceKey, List<String>> problems = new HashMap<>();
        for (Problem problem : reading.problems()) {
            problems.computeIfAbsent(problem.resource(), _ -> new ArrayList<>()).add(text(
                    problem.severity() == Problem.Severity.ERROR ? "error" : "warning", problem.path(), problem.what(),
                    problem.expected()));
        }
        List<ObjectView> found = new ArrayList<>();
        reading.resources().resources().forEach((key, resource) -> {
            if (selection.takes(key)) {
                int line = reading.places().line(resource.source(), key, "");
                Json status = reading.translation().statuses().get(key);
                found.add(new ObjectView(key, resource.source() + (line > 0 ? ":" + line : ""), object(resource),
                        status == null ? Json.Obj.EMPTY : status, problems.getOrDefault(key, List.of())));
            }
        });
        found.sort(Comparator.comparing(ObjectView::key));
        return found;
    }

    private static Json object(Resource resource) {
        return JsonParser.parse(resource.json()) instanceof JsonParser.Result.Parsed(Json json)
                ? Redaction.redact(resource.key(), json)
                : Json.Obj.EMPTY;
    }

    /// From the lists of an admin port.
    static List<ObjectView> of(Json resources, Json statuses, Json problems, Selection selection) {
        Map<ResourceKey, Json> statusOf = new HashMap<>();
        for (JsonReader item : JsonReader.of("", statuses).objects("items")) {
            statusOf.put(key(item.object("resource")), item.object("status").json());
        }
        Map<ResourceKey, List<String>> problemsOf = new HashMap<>();
        for (JsonReader item : JsonReader.of("", problems).objects("items")) {
            problemsOf.computeIfAbsent(key(item.object("resource")), _ -> new ArrayList<>()).add(text(item.text("severity", ""),
                    item.text("path", ""), item.text("what", ""), item.text("expected", "")));
        }
        Map<ResourceKey, ObjectView> found = new TreeMap<>();
        for (JsonReader item : JsonReader.of("", resources).objects("items")) {
            JsonReader object = item.object("object");
            String apiVersion = object.text("apiVersion", "");
            JsonReader metadata = object.object("metadata");
            ResourceKey named = new ResourceKey(item.text("cluster", ""),
                    apiVersion.substring(0, Math.max(0, apiVersion.indexOf('/'))), object.text("kind", ""),
                    metadata.text("namespace", ""), metadata.text("name", ""));
            // A manifest may leave out the namespace, which a key has.
            ResourceKey inDefault = named.beside(named.group(), named.kind(), "default", named.name());
            ResourceKey key = named.namespace().isEmpty()
                    && (statusOf.containsKey(inDefault) || problemsOf.containsKey(inDefault))
                            ? inDefault
                            : named;
            if (selection.takes(key)) {
                found.put(key,
                        new ObjectView(key, item.text("source", ""), object.json(), statusOf.getOrDefault(key, Json.Obj.EMPTY),
                                problemsOf.getOrDefault(key, List.of())));
            }
        }
        return List.copyOf(found.values());
    }

    private static ResourceKey key(JsonReader resource) {
        return new ResourceKey(resource.text("cluster", ""), resource.text("group", ""), resource.text("kind", ""),
                resource.text("namespace", ""), resource.text("name", ""));
    }

    private static String text(String severity, String path, String what, String expected) {
        return severity + ": " + (path.isEmpty() ? "" : path + " ") + what
                + (expected.isEmpty() ? "" : " (expected: " + expected + ")");
    }

    Json json() {
        Json.Builder json = Json.object().put("place", place).put("object", object).put("status", status)
                .put("problems", Json.array(problems.stream().<Json>map(Json::of).toList()));
        return (key.cluster().isEmpty() ? json : json.put("cluster", key.cluster())).build();
    }

    /// One object in full.
    String text() {
        StringBuilder out = new StringBuilder(key.toString()).append("  ").append(place).append('\n');
        conditions(JsonReader.of("", status), "", out);
        for (JsonReader listener : JsonReader.of("", status).objects("listeners")) {
            conditions(listener, "listener " + listener.text("name", "") + " ", out);
        }
        for (JsonReader parent : JsonReader.of("", status).objects("parents")) {
            JsonReader ref = parent.object("parentRef");
            conditions(parent, "parent " + ref.text("name", "")
                    + (ref.has("sectionName") ? "/" + ref.text("sectionName", "") : "") + " ", out);
        }
        problems.forEach(problem -> out.append("  ").append(problem).append('\n'));
        Json spec = object instanceof Json.Obj(var members) ? members.getOrDefault("spec", Json.Obj.EMPTY) : Json.Obj.EMPTY;
        return out.append("  spec: ").append(PrettyJson.print(spec).replace("\n", "\n  ")).append('\n').toString();
    }

    private static void conditions(JsonReader holder, String of, StringBuilder out) {
        for (JsonReader condition : holder.objects("conditions")) {
            out.append("  ").append(of).append(condition.text("type", "")).append('=').append(condition.text("status", ""))
                    .append(" (").append(condition.text("reason", "")).append("): ").append(condition.text("message", ""))
                    .append('\n');
        }
    }

    /// A line for each object.
    static String table(List<ObjectView> objects) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "CONDITIONS", "PROBLEMS", "PLACE"));
        objects.forEach(object -> rows.add(List.of(object.key.path(), object.summary(), object.counted(), object.place)));
        int[] widths = new int[3];
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        StringBuilder out = new StringBuilder();
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                out.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
            }
            out.append(row.getLast()).append('\n');
        });
        return out.toString();
    }

    private String counted() {
        long errors = problems.stream().filter(problem -> problem.startsWith("error")).count();
        long warnings = problems.size() - errors;
        return problems.isEmpty()
                ? "-"
                : (errors > 0 ? errors + (errors == 1 ? " error" : " errors") : "") + (errors > 0 && warnings > 0 ? ", " : "")
                        + (warnings > 0 ? warnings + (warnings == 1 ? " warning" : " warnings") : "");
    }

    /// The conditions, including those of all parents; of several of one type, one that indicates a failure is shown.
    private String summary() {
        Map<String, String> worst = new TreeMap<>();
        JsonReader holder = JsonReader.of("", status);
        List<JsonReader> holders = new ArrayList<>(List.of(holder));
        holders.addAll(holder.objects("parents"));
        holders.forEach(each -> each.objects("conditions").forEach(condition -> worst.merge(condition.text("type", ""),
                condition.text("status", ""), (one, other) -> one.equals("True") ? other : one)));
        if (worst.isEmpty()) {
            return "-";
        }
        List<String> shown = new ArrayList<>();
        worst.forEach((type, value) -> shown.add(value.equals("True") ? type : type + "=" + value));
        return String.join(", ", shown);
    }
}
