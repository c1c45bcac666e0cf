package io.jigress.control.translate;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.FilterCatalog;
import io.jigress.control.kinds.RegexSyntax;
import io.jigress.control.kinds.RpcSyntax;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// Some filters, with as much of their configuration as the tests need.
final class TestFilters implements FilterCatalog {
    private static final Map<String, Entry> ENTRIES = Map.of("header-modifier",
            new Entry("header-modifier", FilterPhase.TRANSFORM, 0, false), "cors",
            new Entry("cors", FilterPhase.AUTHZ, 340, false), "ip-restriction",
            new Entry("ip-restriction", FilterPhase.EDGE, 210, true), "key-rate-limit",
            new Entry("key-rate-limit", FilterPhase.LIMIT, 10, true), "sentinel",
            new Entry("sentinel", FilterPhase.LIMIT, 0, true), "lua", new Entry("lua", FilterPhase.TRANSFORM, 0, false),
            "wasm", new Entry("wasm", FilterPhase.TRANSFORM, 0, true),
            "ext-authz", new Entry("ext-authz", FilterPhase.AUTHZ, 0, true));

    static final RegexSyntax REGEX = expression -> {
        try {
            Pattern.compile(expression);
            return null;
        } catch (PatternSyntaxException e) {
            return e.getDescription();
        }
    };

    /// The parts of a mapping that the tests need.
    static final RpcSyntax RPC = new RpcSyntax() {
        @Override
        public void mapping(JsonReader spec, boolean published) {
            spec.requiredText("service");
            for (JsonReader method : spec.objects("methods")) {
                method.requiredText("method");
                if (method.requiredText("path").contains("}x")) {
                    method.error("path", "is \"" + method.text("path", "") + "\"", "another path");
                }
            }
            spec.ignore("version", "group", "protocol", "serialization");
            spec.finish();
        }

        @Override
        public void connection(JsonReader connection) {
            connection.duration("heartbeat");
            connection.finish();
        }

        @Override
        public boolean isJavaType(String text) {
            return Pattern.matches("[\\w.$<>, \\[\\]]+", text);
        }
    };

    static ResourceTranslator translator(TranslationSettings settings) {
        return new ResourceTranslator(settings, new TestFilters(), REGEX, RPC);
    }

    @Override
    public @Nullable Entry entry(String name) {
        return ENTRIES.get(name);
    }

    @Override
    public Set<String> names() {
        return ENTRIES.keySet();
    }

    @Override
    public List<JsonReader.Issue> check(String name, String path, Json config) {
        JsonReader reader = JsonReader.of(path, config);
        if (!reader.has("_rules_") || reader.json().members().size() > 1) {
            check(name, reader);
        }
        for (JsonReader rule : reader.objects("_rules_")) {
            rule.ignore("_match_route_", "_match_domain_", "_match_service_");
            if (!rule.bool("_disabled_", false)) {
                check(name, rule);
            }
        }
        return reader.report();
    }

    private static void check(String name, JsonReader reader) {
        if (reader.has("_rules_")) {
            reader.ignore("_rules_");
        }
        switch (name) {
            case "header-modifier" -> reader.ignore("request", "response");
            case "lua" -> {
                reader.requiredText("script");
                reader.ignore("config", "backends", "name", "failStrategy");
            }
            case "wasm" -> {
                reader.requiredText("url");
                reader.ignore("sha256", "cosignKey", "registryUser", "registryPassword", "env", "config", "backends", "name",
                        "failStrategy");
            }
            case "ext-authz" -> reader.ignore("protocol", "transport", "config", "backends", "name", "failStrategy");
            case "cors" -> reader.texts("allow_origins");
            case "ip-restriction" -> {
                reader.texts("allow");
                reader.texts("deny");
            }
            case "key-rate-limit" -> {
                if (reader.integer("query_per_second", 0, 1, 1_000_000) == 0) {
                    reader.error("query_per_second", "is missing", "a whole number");
                }
            }
            case "sentinel" -> {
                reader.ignore("resource", "nacos");
                for (JsonReader rule : reader.objects("flowRules")) {
                    rule.requiredInteger("count", 0, 1_000_000);
                    rule.finish();
                }
                reader.finishStrictly("the filter would not limit as written");
            }
            default -> throw new IllegalArgumentException(name);
        }
        reader.finish();
    }
}
