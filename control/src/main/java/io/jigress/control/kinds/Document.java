package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// An object being read: its fields, and the errors found in them so far.
public final class Document {
    /// The members that every object may have besides its spec.
    private static final List<String> HEAD = List.of("apiVersion", "kind", "metadata", "status");

    private final Resource resource;
    private final JsonReader root;

    private Document(Resource resource, JsonReader root) {
        this.resource = resource;
        this.root = root;
        root.ignore(HEAD.toArray(String[]::new));
    }

    /// Never throws: bytes that are not a JSON object are read as an empty object with a problem.
    public static Document open(Resource resource) {
        return switch (JsonParser.parse(resource.json())) {
            case JsonParser.Result.Parsed(Json json) -> new Document(resource, JsonReader.of("", json));
            case JsonParser.Result.Broken broken -> {
                JsonReader empty = JsonReader.of("", Json.Obj.EMPTY);
                empty.error("", "is not JSON: " + broken.what(), "a JSON object");
                yield new Document(resource, empty);
            }
        };
    }

    public Resource resource() {
        return resource;
    }

    /// The namespace of the object, which is also the default of its references.
    public String namespace() {
        return resource.key().namespace();
    }

    /// What a reference of the object names.
    public ResourceKey reference(String group, String kind, String namespace, String name) {
        return resource.key().beside(group, kind, namespace, name);
    }

    public JsonReader root() {
        return root;
    }

    /// The `spec` of a kind that has no other members.
    public JsonReader spec() {
        if (!root.has("spec")) {
            missingSpec();
        }
        JsonReader spec = root.object("spec");
        root.finish();
        return spec;
    }

    /// Unknown fields beside `metadata` belong into `spec`.
    private void missingSpec() {
        List<String> misplaced = root.json().members().keySet().stream().filter(field -> !HEAD.contains(field)).toList();
        if (misplaced.isEmpty()) {
            root.error("spec", "is missing", "an object");
        } else {
            root.error(misplaced.getFirst(), "is beside metadata, where it has no effect, and spec is missing",
                    "spec: with " + String.join(", ", misplaced) + " below it");
            root.ignore(misplaced.toArray(String[]::new));
        }
    }

    /// metadata.generation, or 0 when the source has none.
    public long generation() {
        return metadata("generation") instanceof Json.Num number && number.literal().matches("\\d{1,18}")
                ? Long.parseLong(number.literal())
                : 0;
    }

    /// The labels; values that are not strings are reported and left out.
    public Map<String, String> labels() {
        return root.object("metadata").textMap("labels");
    }

    /// The annotations; a value that is not a string is converted to text.
    public Map<String, String> annotations() {
        Map<String, String> texts = new TreeMap<>();
        if (metadata("annotations") instanceof Json.Obj(var annotations)) {
            annotations
                    .forEach((name, value) -> texts.put(name, value instanceof Json.Str(String text) ? text : value.toString()));
        }
        return texts;
    }

    /// The value of an annotation; empty when there is none.
    public String annotation(String name) {
        return metadata("annotations") instanceof Json.Obj(var annotations)
                && annotations.get(name) instanceof Json.Str(String value)
                        ? value
                        : "";
    }

    /// The value of a label; empty when there is none.
    public String label(String name) {
        return metadata("labels") instanceof Json.Obj(var labels) && labels.get(name) instanceof Json.Str(String value)
                ? value
                : "";
    }

    private Json metadata(String field) {
        return root.json().members().get("metadata") instanceof Json.Obj metadata
                ? metadata.members().getOrDefault(field, Json.Null.NULL)
                : Json.Null.NULL;
    }

    /// The number of problems so far; see [#failedSince].
    public int mark() {
        return root.issues().size();
    }

    /// Whether an error was found since a mark.
    public boolean failedSince(int mark) {
        return root.issues().subList(mark, root.issues().size()).stream().anyMatch(JsonReader.Issue::error);
    }

    /// The problems found so far; complete when the kind's `read` has returned.
    public List<Problem> problems() {
        return problems(resource, root.report());
    }

    /// Converts faults to problems of an object.
    public static List<Problem> problems(Resource resource, List<JsonReader.Issue> issues) {
        List<Problem> problems = new ArrayList<>(issues.size());
        for (JsonReader.Issue issue : issues) {
            problems.add(new Problem(resource.key(), resource.source(), issue.path(), issue.what(), issue.expected(),
                    issue.error() ? Problem.Severity.ERROR : Problem.Severity.WARNING));
        }
        return List.copyOf(problems);
    }
}
