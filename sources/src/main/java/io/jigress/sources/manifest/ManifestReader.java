package io.jigress.sources.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.api.Json;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the text of one file: several documents, lists of objects, YAML or (depending on the file's name) JSON. Never throws on invalid
/// input; a document that cannot be read does not affect the others.
public final class ManifestReader {
    /// The cluster-scoped kinds; objects of all others get the namespace `default` when they name none.
    private static final Set<String> CLUSTER_SCOPED = Set.of("GatewayClass", "IngressClass", "Namespace", "Node",
            "PersistentVolume", "StorageClass",
            "PriorityClass", "RuntimeClass", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "APIService",
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding");

    private final String source;
    private final SecretCipher cipher;
    private final Map<ResourceKey, Resource> resources = new LinkedHashMap<>();
    private final List<Problem> problems = new ArrayList<>();
    private boolean complete = true;

    private ManifestReader(String source, SecretCipher cipher) {
        this.source = source;
        this.cipher = cipher;
    }

    /// @param source the file's name, as shown in resources and problems
    public static Manifest read(String source, byte[] utf8) {
        return read(source, utf8, SecretCipher.NONE);
    }

    /// @param cipher decrypts Secrets
    public static Manifest read(String source, byte[] utf8, SecretCipher cipher) {
        ManifestReader reader = new ManifestReader(source, cipher);
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
            for (ManifestText.Part part : ManifestText.of(source, text).parts()) {
                reader.read(part);
            }
        } catch (CharacterCodingException _) {
            reader.broken("is not UTF-8", "text in UTF-8");
        }
        return new Manifest(List.copyOf(reader.resources.values()), reader.problems, reader.complete);
    }

    /// The objects in a text, whatever they lack; documents that cannot be read are left out.
    ///
    /// @param source its name, which ends with `.json` for JSON
    public static List<Json.Obj> objects(String source, String text) {
        List<Json.Obj> found = new ArrayList<>();
        for (ManifestText.Part part : ManifestText.of(source, text).parts()) {
            if (part.parse() instanceof YamlText.Result.Parsed(List<YamlText.Document> documents)) {
                documents.stream().flatMap(document -> objects(document.json()).stream()).filter(Json.Obj.class::isInstance)
                        .map(Json.Obj.class::cast).forEach(found::add);
            }
        }
        return found;
    }

    /// The key of problems of a file as a whole.
    public static ResourceKey fileKey(String source) {
        return new ResourceKey("", Problem.FILE, "", source);
    }

    private void read(ManifestText.Part part) {
        switch (part.parse()) {
            case YamlText.Result.Broken(Position at, String what) -> {
                int template = part.firstTemplate();
                if (template > 0) {
                    broken("line " + template + ": holds a template ({{ ... }})", "the output of helm template, as YAML");
                } else {
                    broken(at + ": " + what, source.endsWith(".json") ? "JSON" : "YAML");
                }
            }
            case YamlText.Result.Parsed(List<YamlText.Document> documents) -> {
                Positions positions = new Positions(part);
                for (int i = 0; i < documents.size(); i++) {
                    int index = i;
                    for (Json object : objects(documents.get(i).json())) {
                        read(object, () -> positions.of(index));
                    }
                }
            }
        }
    }

    /// Finds the line of a document; called only for a problem.
    private interface Place {
        Position find();
    }

    /// The positions of the documents of a part. Only for its first problem the part is parsed a second time, with marks.
    private static final class Positions {
        private final ManifestText.Part part;
        private @Nullable List<YamlText.Document> documents;

        Positions(ManifestText.Part part) {
            this.part = part;
        }

        Position of(int index) {
            List<YamlText.Document> marked = documents;
            if (marked == null) {
                marked = part.parse(new Marks()) instanceof YamlText.Result.Parsed(var parsed) ? parsed : List.of();
                documents = marked;
            }
            return index < marked.size() ? marked.get(index).at() : new Position(part.lineOffset() + 1, 1);
        }
    }

    /// A document's objects: itself, or the items of a `List` (or `HTTPRouteList`, whose items may omit apiVersion and kind).
    static List<Json> objects(Json document) {
        if (!(document instanceof Json.Obj object) || !(object.members().get("kind") instanceof Json.Str(String kind))
                || !kind.endsWith("List")
                || !(object.members().get("items") instanceof Json.Arr items)) {
            return List.of(document);
        }
        if (kind.equals("List")) {
            return items.items().stream().flatMap(item -> objects(item).stream()).toList();
        }
        return items.items().stream().map(item -> typed(item, object, kind.substring(0, kind.length() - "List".length())))
                .toList();
    }

    private static Json typed(Json item, Json.Obj list, String kind) {
        if (!(item instanceof Json.Obj object) || object.members().containsKey("kind")) {
            return item;
        }
        Map<String, Json> members = new LinkedHashMap<>();
        Json version = list.members().get("apiVersion");
        if (version != null) {
            members.put("apiVersion", version);
        }
        members.put("kind", Json.of(kind));
        members.putAll(object.members());
        return new Json.Obj(members);
    }

    private void read(Json json, Place place) {
        if (!(json instanceof Json.Obj object)) {
            broken("line " + place.find().line() + ": holds a value of type " + json.typeName(),
                    "an object with apiVersion, kind and metadata");
            return;
        }
        Json namespace = metadata(object).members().get("namespace");
        if (namespace != null && !(namespace instanceof Json.Str) && namespace != Json.Null.NULL) {
            broken("line " + place.find().line() + ": an object whose metadata.namespace is of type " + namespace.typeName(),
                    "metadata.namespace as a string, in quotes where it looks like a number");
            return;
        }
        ResourceKey key = key(object);
        if (key == null) {
            String missing = missing(object);
            broken("line " + place.find().line() + ": an object without " + missing,
                    object.members().containsKey("apiVersion")
                            ? missing + " as a string that is not empty"
                            : "a Kubernetes object with apiVersion, kind and metadata; settings belong into a file that --settings names");
            return;
        }
        if (key.name().contains("@") || key.namespace().contains("@")) {
            // What follows an @ is the name of a cluster (ResourceKey.path).
            broken("line " + place.find().line() + ": " + key.kind() + " \"" + key.name() + "\" has an @ in metadata."
                    + (key.name().contains("@") ? "name" : "namespace"), "letters, digits, - and .");
            return;
        }
        Json.Obj plain = object;
        if (key.kind().equals("Secret") && key.group().isEmpty() && SecretCipher.isEncrypted(object)) {
            switch (cipher.open(object)) {
                case SecretCipher.Opened.Open(Json.Obj secret) -> plain = secret;
                case SecretCipher.Opened.Closed(String why, String expected) -> {
                    broken("line " + place.find().line() + ": Secret " + key.namespace() + "/" + key.name() + " " + why,
                            expected);
                    return;
                }
            }
        }
        if (resources.containsKey(key)) {
            problems.add(new Problem(key, source, "",
                    "is defined twice in this file; the one in the document at line " + place.find().line()
                            + " has no effect",
                    "one definition", Severity.ERROR));
            return;
        }
        resources.put(key, new Resource(key, version(text(object, "apiVersion")), created(object, key), source,
                plain.toString().getBytes(UTF_8)));
    }

    /// Null when it has no kind, apiVersion or name.
    static @Nullable ResourceKey key(Json.Obj object) {
        Json.Obj metadata = metadata(object);
        String apiVersion = text(object, "apiVersion");
        String kind = text(object, "kind");
        String name = text(metadata, "name");
        if (apiVersion.isEmpty() || kind.isEmpty() || name.isEmpty()) {
            return null;
        }
        String namespace = text(metadata, "namespace");
        String scope = CLUSTER_SCOPED.contains(kind) ? "" : namespace.isEmpty() ? "default" : namespace;
        return new ResourceKey(apiVersion.substring(0, Math.max(0, apiVersion.indexOf('/'))), kind, scope, name);
    }

    private static String missing(Json.Obj object) {
        return text(object, "apiVersion").isEmpty() ? "apiVersion" : text(object, "kind").isEmpty() ? "kind" : "metadata.name";
    }

    private static String version(String apiVersion) {
        return apiVersion.substring(apiVersion.indexOf('/') + 1);
    }

    private long created(Json.Obj object, ResourceKey key) {
        String text = text(metadata(object), "creationTimestamp");
        if (text.isEmpty()) {
            return 0;
        }
        try {
            return Instant.parse(text).toEpochMilli();
        } catch (DateTimeException | ArithmeticException _) {
            problems.add(new Problem(key, source, "metadata.creationTimestamp", "is \"" + text + "\" and has no effect",
                    "a time such as 2026-01-31T12:00:00Z", Severity.WARNING));
            return 0;
        }
    }

    private static Json.Obj metadata(Json.Obj object) {
        return object.members().get("metadata") instanceof Json.Obj metadata ? metadata : Json.Obj.EMPTY;
    }

    private static String text(Json.Obj object, String field) {
        return object.members().get(field) instanceof Json.Str(String value) ? value : "";
    }

    private void broken(String what, String expected) {
        complete = false;
        problems.add(new Problem(fileKey(source), source, "", what, expected, Severity.ERROR));
    }
}
