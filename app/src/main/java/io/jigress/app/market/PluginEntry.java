package io.jigress.app.market;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One plugin of an index.
///
/// @param index where it is listed: `built-in`, or the index as the setting has it
/// @param phase null for that of its kind
/// @param priority null for that of its kind
/// @param schema of its configuration, a JSON Schema
/// @param module null for a plugin that needs none
public record PluginEntry(Id id, String index, About about, @Nullable FilterPhase phase, @Nullable Integer priority,
        Json.Obj schema,
        @Nullable Artifact module) {

    /// The index of the filters that come with the gateway.
    public static final String BUILT_IN = "built-in";

    /// @param version without a form of its own; of two plugins with one name and kind that are listed the first counts
    public record Id(String name, String version, Kind kind) {}

    /// The kinds of plugins, with the type of a Plugin.
    public enum Kind {
        BUILTIN, JAR, WASM, LUA, PROCESS;

        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /// A text in English and in Chinese; either may be empty.
    public record Text(String en, String zh) {
        public static final Text NONE = new Text("", "");

        Json.Obj json() {
            Json.Builder json = Json.object();
            if (!en.isEmpty()) {
                json.put("en", en);
            }
            if (!zh.isEmpty()) {
                json.put("zh", zh);
            }
            return json.build();
        }
    }

    /// What people read.
    ///
    /// @param docs Markdown, or URLs of pages
    /// @param icon SVG, or the URL of an image; empty for none
    public record About(Text summary, Text docs, String icon, List<Example> examples) {
        public About {
            examples = List.copyOf(examples);
        }
    }

    /// @param config a configuration of the plugin
    public record Example(String title, Json config) {}

    /// The code of a plugin, and what a Plugin needs besides.
    ///
    /// @param url of the module: a file, a URL, an image or a Maven coordinate; empty for none
    /// @param sha256 of the module, in hexadecimal; empty when it is not known
    /// @param spec further fields of the Plugin
    public record Artifact(String url, String sha256, Json.Obj spec) {}

    public String name() {
        return id.name();
    }

    public Kind kind() {
        return id.kind();
    }

    /// For the list of all plugins.
    public Json.Obj summary() {
        return head().build();
    }

    /// All of it.
    public Json.Obj json() {
        Json.Builder json = head().put("schema", schema)
                .put("examples", Json.array(about.examples().stream()
                        .map(each -> Json.object().put("title", each.title()).put("config", each.config()).build()).toList()))
                .put("docs", about.docs().json());
        if (module != null) {
            Json.Builder code = Json.object().put("url", module.url());
            if (!module.sha256().isEmpty()) {
                code.put("sha256", module.sha256());
            }
            json.put("module", code.build()).put("spec", module.spec());
        }
        return json.build();
    }

    private Json.Builder head() {
        Json.Builder json = Json.object().put("name", name()).put("version", id.version()).put("kind", kind().word())
                .put("index", index).put("summary", about.summary().json());
        if (!about.icon().isEmpty()) {
            json.put("icon", about.icon());
        }
        if (phase != null) {
            json.put("phase", phase.name());
        }
        if (priority != null) {
            json.put("priority", priority);
        }
        return json;
    }
}
