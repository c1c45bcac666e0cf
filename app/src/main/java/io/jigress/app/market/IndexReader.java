package io.jigress.app.market;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.app.market.PluginEntry.About;
import io.jigress.app.market.PluginEntry.Example;
import io.jigress.app.market.PluginEntry.Kind;
import io.jigress.app.market.PluginEntry.Artifact;
import io.jigress.app.market.PluginEntry.Text;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.kinds.Document;
import io.jigress.control.kinds.Kinds;
import io.jigress.sources.manifest.Manifest;
import io.jigress.sources.manifest.ManifestReader;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads an index of plugins.
///
/// ```yaml
/// apiVersion: jigress.io/v1
/// kind: PluginIndex
/// metadata: {name: shop}
/// spec:
///   plugins:
///     - name: greeting
///       version: 1.0.0
///       kind: lua                       # jar, wasm, lua or process
///       summary: {en: Greets., zh: 问候。}
///       docs: {en: greeting.md}         # a page, relative to the index
///       icon: greeting.svg
///       phase: TRANSFORM
///       priority: 10
///       module: {url: greeting.lua, sha256: …}
///       schema: {type: object, properties: {word: {type: string}}}
///       examples: [{title: in English, config: {word: hello}}]
///       spec: {backends: {…}}           # further fields of the Plugin
/// ```
///
/// A plugin with an error is left out; the others remain.
final class IndexReader {
    static final String KIND = "PluginIndex";
    static final int MOST_PLUGINS = 1000;
    private static final int MOST_EXAMPLES = 100;
    /// The fields of a Plugin that an index does not set.
    private static final List<String> NOT_OF_SPEC = List.of("type", "name", "config", "targetRefs", "url", "sha256", "script",
            "phase",
            "priority");

    private final String index;
    private final URI base;
    private final List<PluginEntry> plugins = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    private IndexReader(String index, URI base) {
        this.index = index;
        this.base = base;
    }

    /// The plugins of an index, and the errors that were found, as text for people.
    record Content(List<PluginEntry> plugins, List<String> problems) {
        Content {
            plugins = List.copyOf(plugins);
            problems = List.copyOf(problems);
        }
    }

    /// @param index its name in messages
    /// @param base what references are relative to
    static Content read(String index, URI base, byte[] text) {
        IndexReader reader = new IndexReader(index, base);
        Manifest manifest = ManifestReader.read(index, text);
        reader.say(manifest.problems());
        List<Resource> indexes = manifest.resources().stream().filter(each -> Kinds.is(each.key(), Kinds.JIGRESS, KIND)).toList();
        if (indexes.isEmpty() && manifest.problems().isEmpty()) {
            reader.problems
                    .add("the index " + index + " has no object of kind " + KIND + " (expected: apiVersion: jigress.io/v1, kind: "
                            + KIND + ")");
        }
        indexes.forEach(reader::read);
        return new Content(reader.plugins, reader.problems);
    }

    private void say(List<Problem> faults) {
        faults.forEach(fault -> problems.add("the index " + index + ": " + fault));
    }

    private void read(Resource resource) {
        Document document = Document.open(resource);
        JsonReader spec = document.spec();
        List<JsonReader> listed = spec.objects("plugins");
        if (listed.size() > MOST_PLUGINS) {
            spec.error("plugins", "has " + listed.size() + " items; those after the first " + MOST_PLUGINS + " are left out",
                    "at most " + MOST_PLUGINS);
            listed = listed.subList(0, MOST_PLUGINS);
        }
        Set<String> names = new HashSet<>();
        plugins.forEach(each -> names.add(each.name()));
        for (JsonReader each : listed) {
            int before = errors(each);
            PluginEntry entry = entry(each);
            if (!names.add(entry.name())) {
                each.error("name", "is \"" + entry.name() + "\", as another plugin is called before", "each name once");
            }
            if (errors(each) == before) {
                plugins.add(entry);
            }
        }
        spec.finish();
        say(Document.problems(resource, spec.report()));
    }

    private static int errors(JsonReader reader) {
        return (int) reader.issues().stream().filter(JsonReader.Issue::error).count();
    }

    private PluginEntry entry(JsonReader plugin) {
        String name = plugin.requiredText("name");
        if (!name.isEmpty() && !name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            plugin.error("name", "is \"" + name + "\"", "lower-case letters, digits and hyphens, at most 63");
        }
        String version = plugin.requiredText("version");
        Kind kind = plugin.choice("kind", Kind.WASM, IndexReader::kind, "jar, wasm, lua or process");
        if (!plugin.has("kind")) {
            plugin.error("kind", "is missing", "jar, wasm, lua or process");
        }
        About about = new About(text(plugin.object("summary")), pages(plugin.object("docs")), reference(plugin, "icon"),
                examples(plugin));
        FilterPhase phase = plugin.has("phase")
                ? plugin.choice("phase", FilterPhase.TRANSFORM, IndexReader::phase,
                        "EDGE, WAF, AUTHN, AUTHZ, LIMIT, TRANSFORM or STATS")
                : null;
        Integer priority = plugin.has("priority") ? (Integer) (int) plugin.integer("priority", 0, -1_000_000, 1_000_000) : null;
        plugin.ignore("phase", "priority");
        Json schema = plugin.any("schema");
        if (schema != null && !(schema instanceof Json.Obj)) {
            plugin.error("schema", "is of type " + schema.typeName(), "a JSON Schema");
        }
        Artifact module = module(plugin, kind);
        plugin.finish();
        return new PluginEntry(new PluginEntry.Id(name, version, kind), index, about, phase, priority,
                schema instanceof Json.Obj known ? known : Json.Obj.EMPTY, module);
    }

    private static @Nullable Kind kind(String word) {
        return Arrays.stream(Kind.values()).filter(kind -> kind != Kind.BUILTIN && kind.word().equals(word)).findFirst()
                .orElse(null);
    }

    private static @Nullable FilterPhase phase(String word) {
        return Arrays.stream(FilterPhase.values()).filter(phase -> phase.name().equals(word.toUpperCase(Locale.ROOT))).findFirst()
                .orElse(null);
    }

    private static Text text(JsonReader object) {
        Text text = new Text(object.text("en", ""), object.text("zh", ""));
        object.finish();
        return text;
    }

    private Text pages(JsonReader object) {
        Text text = new Text(reference(object, "en"), reference(object, "zh"));
        object.finish();
        return text;
    }

    private static List<Example> examples(JsonReader plugin) {
        List<Example> examples = new ArrayList<>();
        for (JsonReader each : plugin.objects("examples")) {
            Json config = each.any("config");
            if (examples.size() < MOST_EXAMPLES) {
                examples.add(new Example(each.text("title", ""), config == null ? Json.Obj.EMPTY : config));
            }
            each.finish();
        }
        return examples;
    }

    private Artifact module(JsonReader plugin, Kind kind) {
        JsonReader module = plugin.object("module");
        String url = reference(module, "url");
        String sha256 = module.text("sha256", "");
        if (url.isEmpty() && kind != Kind.PROCESS) {
            plugin.error("module.url", "is missing", "where the " + (kind == Kind.LUA ? "script" : "module") + " is");
        }
        if (!sha256.isEmpty() && !sha256.matches("[0-9a-f]{64}")) {
            module.error("sha256", "is \"" + sha256 + "\"", "64 hexadecimal digits in lower case");
        }
        module.finish();
        JsonReader spec = plugin.object("spec");
        NOT_OF_SPEC.stream().filter(spec::has).forEach(field -> spec.error(field, "is not for an index to set",
                "fields of a Plugin other than " + String.join(", ", NOT_OF_SPEC)));
        return new Artifact(url, sha256, spec.json());
    }

    /// A reference, made absolute.
    private String reference(JsonReader of, String field) {
        String written = of.text(field, "");
        if (written.isEmpty() || written.matches("[a-z][a-z0-9+.-]+:.*") && !written.startsWith("file:")) {
            return written;
        }
        if ("oci".equals(base.getScheme()) && !written.startsWith("file:")) {
            of.error(field, "is \"" + written + "\", a relative path, in an index of a registry", "a URL");
            return written;
        }
        try {
            URI absolute = base.resolve(written);
            if ("file".equals(absolute.getScheme()) && !"file".equals(base.getScheme())) {
                of.error(field, "is \"" + written + "\", a file, in an index that is not one", "a URL");
            }
            return absolute.toString().replaceFirst("^file:/(?!/)", "file:///");
        } catch (IllegalArgumentException e) {
            of.error(field, "is \"" + written + "\"", "a URL or a relative path");
            return written;
        }
    }
}
