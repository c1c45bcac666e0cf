package io.jigress.app.market;

import io.jigress.api.ConfigSchema;
import io.jigress.api.FilterFactory;
import io.jigress.api.Json;
import io.jigress.app.market.PluginEntry.About;
import io.jigress.app.market.PluginEntry.Example;
import io.jigress.app.market.PluginEntry.Kind;
import io.jigress.app.market.PluginEntry.Text;
import io.jigress.app.settings.ProgramVersion;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The index of the filters that come with the gateway. Their schemas come from the code that checks their configurations, their texts and examples from the manual.
final class BuiltinIndex {
    private BuiltinIndex() {}

    /// @param filters that check configurations, with pages of the manual
    static List<PluginEntry> of(List<FilterFactory<?>> filters) {
        return filters.stream().map(BuiltinIndex::entry).sorted(Comparator.comparing(PluginEntry::name)).toList();
    }

    private static PluginEntry entry(FilterFactory<?> filter) {
        FilterPage page = FilterPage.of(filter.name());
        FilterPage chinese = FilterPage.inChinese(filter.name());
        List<Example> examples = page.examples(filter.name());
        Json.Obj schema = ConfigSchema.of(filter::parse, examples.stream().map(Example::config).toList());
        return new PluginEntry(new PluginEntry.Id(filter.name(), ProgramVersion.text(), Kind.BUILTIN), PluginEntry.BUILT_IN,
                new About(new Text(page.summary(), chinese.summary()), new Text(page.text(), chinese.text()),
                        FilterPage.icon(filter.name()), examples),
                filter.phase(), filter.priority(), described(schema, "", page.fields()), null);
    }

    /// The schema with what the manual says about each field.
    private static Json.Obj described(Json.Obj schema, String path, Map<String, String> fields) {
        Map<String, Json> members = new LinkedHashMap<>(schema.members());
        String what = fields.get(path);
        if (what != null) {
            members.put("description", Json.of(what));
        }
        if (members.get("properties") instanceof Json.Obj(var properties)) {
            Json.Builder inner = Json.object();
            properties.forEach((name, property) -> inner.put(name,
                    described((Json.Obj) property, path.isEmpty() ? name : path + "." + name, fields)));
            members.put("properties", inner.build());
        }
        if (members.get("items") instanceof Json.Obj items) {
            members.put("items", described(items, path + "[]", fields));
        }
        return new Json.Obj(members);
    }
}
