package io.jigress.grpcjson;

import io.jigress.api.JsonReader;
import io.jigress.grpcjson.GrpcJsonConfig.Descriptors;
import io.jigress.grpcjson.GrpcJsonConfig.Requests;
import io.jigress.grpcjson.descriptor.HttpRule;
import io.jigress.grpcjson.rule.RuleTable;
import io.jigress.grpcjson.transcode.Limits;
import io.jigress.grpcjson.transcode.Printing;
import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the configuration, and checks it by compiling what is there.
final class ConfigReader {
    private static final int DEFAULT_BYTES = 4 << 20;
    private static final int MAX_BYTES = 64 << 20;
    private static final int DEFAULT_ELEMENTS = 100_000;
    private static final int MAX_ELEMENTS = 10_000_000;
    private static final int DEFAULT_DEPTH = 100;
    private static final int MAX_DEPTH = 200;
    private static final Duration REFRESH = Duration.ofMinutes(1);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "patch");
    private static final String DESCRIPTOR_SET = "descriptorSet";
    private static final String REFLECTION = "reflection";

    private static final String FILE = "file:";

    private ConfigReader() {}

    static GrpcJsonConfig read(JsonReader config) {
        Descriptors descriptors = descriptors(config);
        List<String> services = config.texts("services");
        Map<String, List<HttpRule>> rules = new LinkedHashMap<>();
        for (JsonReader rule : config.objects("rules")) {
            rule(rule, rules);
        }
        boolean byName = config.bool("autoMapping", false);
        Requests requests = new Requests(config.bool("ignoreUnknownFields", false),
                new LinkedHashSet<>(config.texts("ignoreQueryParameters")),
                config.choice("unmatched", false, ConfigReader::passes, "refuse or pass"));
        JsonReader print = config.object("print");
        Printing printing = new Printing(print.bool("defaults", false), print.bool("originalNames", false),
                print.bool("enumNumbers", false));
        print.finish();
        Limits limits = new Limits((int) config.integer("maxMessageBytes", DEFAULT_BYTES, 1, MAX_BYTES),
                (int) config.integer("maxDepth", DEFAULT_DEPTH, 1, MAX_DEPTH),
                (int) config.integer("maxElements", DEFAULT_ELEMENTS, 1, MAX_ELEMENTS));
        // Without services, those of all descriptors would be called.
        config.finish(Map.of("services", "the filter is left out", "unmatched", "the filter is left out"));
        GrpcJsonConfig read = new GrpcJsonConfig(descriptors, services, rules, byName, requests, printing, limits);
        if (descriptors instanceof Descriptors.Inline(String base64) && !base64.isEmpty()) {
            check(config, read);
        }
        return read;
    }

    private static @Nullable Boolean passes(String word) {
        return switch (word) {
            case "refuse" -> false;
            case "pass" -> true;
            default -> null;
        };
    }

    private static Descriptors descriptors(JsonReader config) {
        if (config.has(REFLECTION) == config.has(DESCRIPTOR_SET)) {
            config.ignore(REFLECTION, DESCRIPTOR_SET);
            config.error(DESCRIPTOR_SET, config.has(REFLECTION) ? "is set beside reflection" : "is missing",
                    "a descriptor set in base64, file:///PATH, or reflection: {}");
            return new Descriptors.Inline("");
        }
        if (config.has(DESCRIPTOR_SET)) {
            String base64 = config.text(DESCRIPTOR_SET);
            if (base64 != null && base64.startsWith(FILE)) {
                return file(config, base64);
            }
            return new Descriptors.Inline(base64 == null ? "" : base64.replaceAll("\\s", ""));
        }
        JsonReader reflection = config.object(REFLECTION);
        Duration refresh = reflection.duration("refresh");
        Duration timeout = reflection.duration("timeout");
        reflection.finish();
        return new Descriptors.Reflection(refresh == null ? REFRESH : refresh, timeout == null ? TIMEOUT : timeout);
    }

    private static Descriptors file(JsonReader config, String url) {
        try {
            return new Descriptors.File(Path.of(URI.create(url)));
        } catch (IllegalArgumentException | FileSystemNotFoundException _) {
            config.error(DESCRIPTOR_SET, "is \"" + url + "\"", "file:///, followed by the path of a file");
            return new Descriptors.Inline("");
        }
    }

    private static void rule(JsonReader rule, Map<String, List<HttpRule>> rules) {
        String selector = rule.requiredText("selector");
        List<HttpRule> all = rules.computeIfAbsent(selector, _ -> new ArrayList<>());
        all.add(binding(rule));
        String field = rule.has("additional_bindings") ? "additional_bindings" : "additionalBindings";
        for (JsonReader additional : rule.objects(field)) {
            all.add(binding(additional));
            additional.finish();
        }
        rule.finish();
    }

    private static HttpRule binding(JsonReader rule) {
        String method = "";
        String path = "";
        for (String word : METHODS) {
            String text = rule.text(word);
            if (text != null) {
                method = word.toUpperCase(Locale.ROOT);
                path = text;
            }
        }
        if (rule.has("custom")) {
            JsonReader custom = rule.object("custom");
            method = custom.requiredText("kind");
            path = custom.requiredText("path");
            custom.finish();
        }
        if (method.isEmpty()) {
            rule.error("get", "is missing", "one of get, put, post, delete, patch or custom, with a path");
        }
        String responseBody = rule.text(rule.has("response_body") ? "response_body" : "responseBody", "");
        return new HttpRule(method, path, rule.text("body", ""), responseBody);
    }

    private static void check(JsonReader config, GrpcJsonConfig read) {
        switch (Transcoder.compile(read)) {
            case Transcoder.Outcome.Invalid(String what) -> config.error(DESCRIPTOR_SET, what,
                    "the output of protoc --include_imports --descriptor_set_out, in base64");
            case Transcoder.Outcome.Compiled(Transcoder transcoder) -> {
                for (String service : transcoder.unknownServices()) {
                    config.error("services", "has \"" + service + "\", which the descriptors do not have",
                            "services such as " + String.join(", ", transcoder.knownServices()));
                }
                for (String selector : transcoder.unknownSelectors()) {
                    config.error("rules", "has the selector \"" + selector + "\", and no such method is called",
                            "the full name of a method, such as package.Service.Method");
                }
                for (RuleTable.Problem problem : transcoder.rules().problems()) {
                    config.warning(DESCRIPTOR_SET,
                            "has a rule of " + problem.method() + " that is left out: it " + problem.what(),
                            problem.expected());
                }
                if (transcoder.rules().size() == 0) {
                    config.warning(DESCRIPTOR_SET,
                            "has no method with a rule of google.api.http, so that no request is transcoded",
                            "options google.api.http, rules, or autoMapping: true");
                }
            }
        }
    }
}
