package io.jigress.app.plugin;

import io.jigress.api.Json;
import io.jigress.app.market.PluginEntry;
import io.jigress.app.market.PluginEntry.Example;
import io.jigress.app.market.PluginEntry.Artifact;
import io.jigress.control.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Plugins as text for people. Indexes are texts of others: control characters in them are escaped.
final class PluginText {
    private static final int SUMMARY = 70;

    private PluginText() {}

    static String list(List<PluginEntry> plugins) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "VERSION", "KIND", "PHASE", "INDEX", "SUMMARY"));
        for (PluginEntry each : plugins) {
            rows.add(
                    List.of(each.name(), each.id().version(), each.kind().word(), each.phase() == null ? "" : each.phase().name(),
                            each.index(), sentence(each.about().summary().en())));
        }
        return table(rows);
    }

    static String of(PluginEntry plugin) {
        StringBuilder out = new StringBuilder();
        out.append(Printable.line(
                plugin.name() + ' ' + plugin.id().version() + ", " + plugin.kind().word() + ", index " + plugin.index()))
                .append('\n');
        List.of(plugin.about().summary().en(), plugin.about().summary().zh()).stream().filter(text -> !text.isEmpty())
                .forEach(text -> out.append(Printable.line(text)).append('\n'));
        if (plugin.phase() != null) {
            out.append("phase ").append(plugin.phase());
            out.append(plugin.priority() == null ? "" : ", priority " + plugin.priority()).append('\n');
        }
        Artifact module = plugin.module();
        if (module != null && !module.url().isEmpty()) {
            out.append(Printable.line(module.url())).append('\n');
            out.append(module.sha256().isEmpty() ? "" : "sha256 " + module.sha256() + "\n");
        }
        List<List<String>> rows = new ArrayList<>();
        fields(plugin.schema(), "", rows);
        if (!rows.isEmpty()) {
            out.append('\n').append(table(rows, List.of("FIELD", "TYPE", "DEFAULT", "MEANING")));
        }
        for (Example example : plugin.about().examples()) {
            out.append("\nexample").append(example.title().isEmpty() ? "" : " " + Printable.line(example.title())).append(":\n")
                    .append(Printable.lines(YamlWriter.write(example.config())).indent(2));
        }
        String docs = plugin.about().docs().en();
        if (!docs.isEmpty()) {
            out.append("\ndocumentation: ")
                    .append(docs.contains("\n") ? "jigress plugin show " + plugin.name() + " --docs en" : Printable.line(docs))
                    .append('\n');
        }
        return out.toString();
    }

    private static void fields(Json schema, String path, List<List<String>> rows) {
        if (!(schema instanceof Json.Obj(var members))) {
            return;
        }
        if (members.get("properties") instanceof Json.Obj(var properties)) {
            properties.forEach((name, property) -> {
                String inner = path.isEmpty() ? name : path + "." + name;
                if (property instanceof Json.Obj(var known)) {
                    boolean required = members.get("required") instanceof Json.Arr(var names) && names.contains(Json.of(name));
                    rows.add(List.of(inner, type(property), required ? "required" : text(known.get("default")),
                            sentence(text(known.get("description")))));
                }
                fields(property, inner, rows);
            });
        }
        Json items = members.get("items");
        if (items != null) {
            fields(items, path + "[]", rows);
        }
    }

    private static String type(@Nullable Json schema) {
        if (!(schema instanceof Json.Obj(var members))) {
            return "";
        }
        if (members.get("enum") instanceof Json.Arr(var words)) {
            return words.stream().map(PluginText::text).collect(Collectors.joining(", "));
        }
        String type = text(members.get("type"));
        if (type.equals("array")) {
            String of = type(members.get("items"));
            return of.isEmpty() ? "list" : "list of " + of;
        }
        return members.get("minimum") instanceof Json.Num least && members.get("maximum") instanceof Json.Num most
                ? least + " to " + most
                : type;
    }

    private static String text(@Nullable Json value) {
        return value == null ? "" : value instanceof Json.Str(String text) ? text : value.toString();
    }

    /// The beginning of a text.
    private static String sentence(String text) {
        int end = text.indexOf(". ");
        String first = end < 0 ? text : text.substring(0, end + 1);
        return first.length() <= SUMMARY ? first : first.substring(0, SUMMARY - 1).stripTrailing() + "…";
    }

    private static String table(List<List<String>> rows, List<String> head) {
        List<List<String>> all = new ArrayList<>();
        all.add(head);
        all.addAll(rows);
        return table(all);
    }

    private static String table(List<List<String>> texts) {
        List<List<String>> rows = texts.stream().map(row -> row.stream().map(Printable::line).toList()).toList();
        int[] widths = new int[rows.getFirst().size()];
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }
}
