package io.jigress.app.market;

import io.jigress.api.Json;
import io.jigress.app.market.PluginEntry.Example;
import io.jigress.sources.manifest.ManifestReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The manual's page about a built-in filter: what it says about the filter, its fields and its use.
///
/// @param text the page; empty when there is none
record FilterPage(String text) {
    private static final String FOLDER = "/io/jigress/app/market/filters/";
    private static final Pattern SUMMARY = Pattern.compile("(?s)\\A# [^\n]+\n\n(.+?)\n\n");
    private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\n(.*?)^```");
    private static final Pattern LINK = Pattern.compile("\\[([^]]*)]\\([^)]*\\)");
    private static final Pattern NAME = Pattern.compile("`([A-Za-z0-9_.\\[\\]]+)`");
    private static final Pattern CELL = Pattern.compile("(?<!\\\\)\\|");

    /// The page in English.
    static FilterPage of(String filter) {
        return new FilterPage(resource(filter + ".md"));
    }

    /// The page in Chinese; empty when there is none.
    static FilterPage inChinese(String filter) {
        return new FilterPage(resource("zh/" + filter + ".md"));
    }

    /// An SVG image; empty when there is none.
    static String icon(String filter) {
        return resource("icons/" + filter + ".svg").strip();
    }

    private static String resource(String name) {
        try (InputStream in = FilterPage.class.getResourceAsStream(FOLDER + name)) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The first paragraph, without links, in one line.
    String summary() {
        Matcher found = SUMMARY.matcher(text);
        return found.find() ? plain(found.group(1).replace('\n', ' ')) : "";
    }

    /// What the tables say about fields, by their paths (`limit_keys[].key`).
    Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        int meaning = -1;
        for (String line : text.lines().toList()) {
            List<String> cells = line.startsWith("|") ? cells(line) : List.of();
            if (cells.size() < 2) {
                meaning = -1;
            } else if (cells.getFirst().equals("field") || cells.getFirst().equals("字段")) {
                meaning = cells.size() - 1;
            } else if (meaning > 0 && meaning < cells.size()) {
                String what = plain(cells.get(meaning));
                paths(cells.getFirst()).forEach(path -> fields.putIfAbsent(path, what));
            }
        }
        return fields;
    }

    private static List<String> cells(String line) {
        String[] all = CELL.split(line, -1);
        List<String> cells = new ArrayList<>();
        for (int i = 1; i < all.length - 1; i++) {
            cells.add(all[i].strip());
        }
        return cells;
    }

    /// Of two fields of one object the second is written without the object: `limit_keys[].query_per_second`, `query_per_minute`.
    private static List<String> paths(String cell) {
        List<String> paths = new ArrayList<>();
        String object = "";
        Matcher name = NAME.matcher(cell);
        while (name.find()) {
            String path = name.group(1);
            if (path.startsWith(".")) {
                path = object + path.substring(1);
            } else if (path.indexOf('.') < 0 && !object.isEmpty()) {
                path = object + path;
            }
            object = path.substring(0, path.lastIndexOf('.') + 1);
            paths.add(path);
        }
        return paths;
    }

    /// The configurations of the filter in the page's examples.
    List<Example> examples(String filter) {
        List<Example> examples = new ArrayList<>();
        Matcher block = YAML.matcher(text);
        while (block.find()) {
            for (Json.Obj object : ManifestReader.objects(filter + ".md", block.group(1))) {
                Json.@Nullable Obj config = config(filter, object);
                if (config != null) {
                    examples.add(new Example(name(object), config));
                }
            }
        }
        return examples;
    }

    private static Json.@Nullable Obj config(String filter, Json.Obj object) {
        if (!(object.members().get("spec") instanceof Json.Obj(var spec))) {
            return null;
        }
        if (object.members().get("kind") instanceof Json.Str(String kind) && kind.equals("SentinelRule")) {
            Map<String, Json> rules = new LinkedHashMap<>(spec);
            rules.remove("targetRefs");
            return filter.equals("sentinel") ? new Json.Obj(rules) : null;
        }
        return spec.get("name") instanceof Json.Str(String name) && name.equals(filter)
                && spec.get("config") instanceof Json.Obj config ? config : null;
    }

    private static String name(Json.Obj object) {
        return object.members().get("metadata") instanceof Json.Obj(var metadata)
                && metadata.get("name") instanceof Json.Str(String name) ? name : "";
    }

    private static String plain(String markdown) {
        return LINK.matcher(markdown).replaceAll("$1").replace("\\|", "|");
    }
}
