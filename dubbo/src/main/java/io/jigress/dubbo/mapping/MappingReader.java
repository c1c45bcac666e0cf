package io.jigress.dubbo.mapping;

import io.jigress.api.Durations;
import io.jigress.api.HeaderName;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.dubbo.mapping.DubboMapping.Attachments;
import io.jigress.dubbo.mapping.DubboMapping.Errors;
import io.jigress.dubbo.mapping.DubboMapping.Invocation;
import io.jigress.dubbo.mapping.DubboMapping.MethodMapping;
import io.jigress.dubbo.mapping.DubboMapping.Output;
import io.jigress.dubbo.mapping.DubboMapping.ParameterMapping;
import io.jigress.dubbo.mapping.DubboMapping.Source;
import io.jigress.dubbo.mapping.DubboMapping.Target;
import io.jigress.dubbo.type.JavaType;
import io.jigress.dubbo.type.TypeCatalog;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/// Reads a [DubboMapping] from JSON. Errors are reported to the reader, which knows their paths.
public final class MappingReader {
    private static final Set<String> HTTP_METHODS = Set.of("GET", "POST", "PUT", "DELETE", "PATCH");
    /// Headers that only the gateway writes.
    private static final Set<String> OF_THE_MESSAGE = Set.of("connection", "content-encoding", "content-length", "content-type",
            "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");
    private static final int MAX_RETRIES = 10;
    private static final Duration MAX_TIMEOUT = Duration.ofHours(1);

    private static final Pattern NAME = Pattern.compile("[\\p{L}_$][\\p{L}\\p{N}_$.]*");
    private static final Set<String> WORDS = Set.of("boolean", "byte", "char", "short", "int", "long", "float", "double", "void",
            "extends",
            "super");
    /// By their names in lower case, what was probably meant.
    private static final Map<String, String> KNOWN = Map.ofEntries(Map.entry("string", "java.lang.String"),
            Map.entry("integer", "java.lang.Integer"), Map.entry("number", "long"), Map.entry("long", "java.lang.Long"),
            Map.entry("boolean", "java.lang.Boolean"), Map.entry("bool", "boolean"), Map.entry("double", "java.lang.Double"),
            Map.entry("float", "java.lang.Float"), Map.entry("short", "java.lang.Short"), Map.entry("byte", "java.lang.Byte"),
            Map.entry("object", "java.lang.Object"), Map.entry("list", "java.util.List"), Map.entry("array", "java.util.List"),
            Map.entry("map", "java.util.Map"), Map.entry("set", "java.util.Set"), Map.entry("date", "java.util.Date"),
            Map.entry("bigdecimal", "java.math.BigDecimal"), Map.entry("biginteger", "java.math.BigInteger"),
            Map.entry("localdate", "java.time.LocalDate"), Map.entry("localdatetime", "java.time.LocalDateTime"));

    private MappingReader() {}

    /// Reads a mapping only to find its errors, including those found by compiling it.
    ///
    /// @param published whether providers may publish the types that the mapping omits
    public static void check(JsonReader in, boolean published) {
        DubboMapping mapping = read(in);
        if (!published) {
            CompiledService.compile(mapping, null).problems()
                    .forEach(problem -> in.error("methods[" + problem.method() + "]", problem.what(), problem.expected()));
        }
    }

    public static DubboMapping read(JsonReader in) {
        Duration timeout = in.duration("timeout");
        if (timeout != null && (timeout.toMillis() < 1 || timeout.compareTo(MAX_TIMEOUT) > 0)) {
            in.error("timeout", "is " + Durations.print(timeout), "a duration from 1ms to 1h");
            timeout = null;
        }
        boolean triple = in.choice("protocol", false, MappingReader::triple, "dubbo or tri");
        boolean json = in.choice("serialization", false, MappingReader::json, "hessian2 or json");
        Target target = new Target(service(in), in.text("version"), in.text("group"), timeout,
                (int) in.integer("retries", 0, 0, MAX_RETRIES),
                in.choice("invocation", Invocation.AUTO, MappingReader::invocation, "auto, direct, generic or genericRaw"), json);
        if (json && !triple) {
            in.error("serialization", "is \"json\", which the protocol dubbo does not have", "protocol: tri");
        }
        if (json && (target.invocation() == Invocation.GENERIC || target.invocation() == Invocation.GENERIC_RAW)) {
            in.error("invocation", "cannot be combined with serialization: json", "auto or direct");
        }
        if (target.retries() > 0) {
            in.warning("retries", "is " + target.retries() + " and has no effect: the route defines how requests are retried",
                    "0");
        }
        List<MethodMapping> methods = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        List<JsonReader> items = in.objects("methods");
        for (int i = 0; i < items.size(); i++) {
            JsonReader method = items.get(i);
            MethodMapping read = method(i, method);
            if (read != null && !seen.add(read.httpMethod() + " " + read.path().shape())) {
                method.error("path", "is " + read.path() + ", which an earlier method has for " + read.httpMethod(),
                        "a path and HTTP method that no other method has");
            } else if (read != null) {
                methods.add(read);
            }
        }
        // A Triple service without methods serves the calls of GRPCRoutes only.
        if (!in.has("methods") && !triple) {
            in.error("methods", "is missing", "a list of methods");
        }
        DubboMapping mapping = new DubboMapping(target, methods, types(in.object("classes")), output(in.object("json")),
                errors(in.object("errors")));
        in.finish();
        return mapping;
    }

    /// The name of the interface, which Dubbo's own configuration calls `interface`.
    private static String service(JsonReader in) {
        String other = "interface";
        if (in.has("service") || !in.has(other)) {
            return in.requiredText("service");
        }
        in.ignore("service", other);
        in.error(other, "is not a known field; did you mean \"service\"?", "service: " + in.text(other, "com.acme.OrderService"));
        return "";
    }

    private static @Nullable Boolean triple(String word) {
        return switch (word) {
            case "dubbo" -> false;
            case "tri" -> true;
            default -> null;
        };
    }

    private static @Nullable Boolean json(String word) {
        return switch (word) {
            case "hessian2" -> false;
            case "json" -> true;
            default -> null;
        };
    }

    private static @Nullable Invocation invocation(String word) {
        return switch (word) {
            case "auto" -> Invocation.AUTO;
            case "direct" -> Invocation.DIRECT;
            case "generic" -> Invocation.GENERIC;
            case "genericRaw" -> Invocation.GENERIC_RAW;
            default -> null;
        };
    }

    private static @Nullable MethodMapping method(int index, JsonReader in) {
        int before = in.issues().size();
        String name = in.requiredText("method");
        String httpMethod = in.text("httpMethod", "POST").toUpperCase(Locale.ROOT);
        if (!HTTP_METHODS.contains(httpMethod)) {
            in.error("httpMethod", "is \"" + httpMethod + "\"", "GET, POST, PUT, DELETE or PATCH");
        }
        String text = in.requiredText("path");
        PathTemplate path = PathTemplate.parse(text);
        if (path == null && !text.isEmpty()) {
            in.error("path", "is \"" + text + "\"",
                    "a path such as /orders/{id}, whose variables are whole segments of different names");
        }
        List<ParameterMapping> parameters = in.has("parameters") ? new ArrayList<>() : null;
        for (JsonReader parameter : in.objects("parameters")) {
            ParameterMapping read = parameter(parameter, path);
            if (parameters != null) {
                parameters.add(read);
            }
        }
        if (parameters != null && parameters.stream().anyMatch(each -> each.source() == Source.ENTIRE_BODY)
                && parameters.stream().filter(each -> each.source() == Source.ENTIRE_BODY || each.source() == Source.BODY)
                        .count() > 1) {
            in.error("parameters", "take the whole body and more of it", "the whole body once, or members of it");
        }
        Attachments attachments = attachments(in.object("attachments"));
        in.finish();
        boolean valid = in.issues().stream().skip(before).noneMatch(JsonReader.Issue::error);
        return path == null ? null : new MethodMapping(index, name, httpMethod, path, parameters, attachments, valid);
    }

    private static ParameterMapping parameter(JsonReader in, @Nullable PathTemplate path) {
        Source source = in.choice("from", Source.ENTIRE_BODY, MappingReader::source, "path, query, header, body or entireBody");
        if (!in.has("from")) {
            in.error("from", "is missing", "path, query, header, body or entireBody");
        }
        String key = source == Source.ENTIRE_BODY ? in.text("name", "") : in.requiredText("name");
        if (source == Source.PATH && path != null && !key.isEmpty() && !path.variables().contains(key)) {
            in.error("name", "is \"" + key + "\", which the path " + path + " does not have", path.variables().isEmpty()
                    ? "a path with this variable"
                    : "one of " + String.join(", ", path.variables()));
        }
        if (source == Source.HEADER && !key.isEmpty() && !HeaderName.isToken(key)) {
            in.error("name", "is \"" + key + "\"", "the name of a header");
        }
        String type = in.text("type");
        JavaType parsed = type == null ? null : JavaType.parse(type);
        if (type != null && parsed == null) {
            in.error("type", "is \"" + type + "\"", "a Java type such as int, java.util.List<java.lang.Long> or com.acme.Order");
        } else if (type != null) {
            withoutPackage(in, type);
        }
        Json otherwise = in.any("default");
        ParameterMapping parameter = new ParameterMapping(source, key, parsed, in.bool("required", false), otherwise);
        in.finish();
        return parameter;
    }

    /// A class without package is almost always one of the JDK, or a type of another language: providers would not know the method.
    private static void withoutPackage(JsonReader in, String type) {
        Matcher names = NAME.matcher(type);
        while (names.find()) {
            String name = names.group();
            if (!name.contains(".") && !WORDS.contains(name)) {
                String full = KNOWN.getOrDefault(name.toLowerCase(Locale.ROOT), "");
                in.error("type", "is \"" + type + "\", and " + name + " is neither a primitive type nor a class with its package"
                        + (full.isEmpty() ? "" : "; did you mean \"" + full + "\"?"),
                        "a Java type such as int, java.util.List<java.lang.Long> or com.acme.Order");
                return;
            }
        }
    }

    private static @Nullable Source source(String word) {
        return switch (word) {
            case "path" -> Source.PATH;
            case "query" -> Source.QUERY;
            case "header" -> Source.HEADER;
            case "body" -> Source.BODY;
            case "entireBody" -> Source.ENTIRE_BODY;
            default -> null;
        };
    }

    private static Attachments attachments(JsonReader in) {
        Set<String> headers = lower(in.texts("headers"));
        boolean all = headers.remove("*");
        Set<String> answers = lower(in.texts("responseHeaders"));
        for (String name : answers) {
            if (!HeaderName.isToken(name) || OF_THE_MESSAGE.contains(name)) {
                in.error("responseHeaders", "has \"" + name + "\"", "headers that do not say how the response itself is sent");
            }
        }
        Attachments attachments = new Attachments(all, headers, in.textMap("fixed"), answers);
        in.finish();
        return attachments;
    }

    private static Set<String> lower(List<String> names) {
        Set<String> lower = new HashSet<>();
        names.forEach(name -> lower.add(name.toLowerCase(Locale.ROOT)));
        return lower;
    }

    /// `{"com.acme.Order": {"fields": {"id": "long"}}, "com.acme.Color": {"constants": ["RED"]}}`
    private static TypeCatalog types(JsonReader in) {
        Map<String, TypeCatalog.Definition> definitions = new HashMap<>();
        for (String name : in.json().members().keySet()) {
            JsonReader type = in.object(name);
            Map<String, JavaType> fields = new LinkedHashMap<>();
            type.textMap("fields").forEach((field, text) -> {
                JavaType parsed = JavaType.parse(text);
                if (parsed == null) {
                    type.error("fields." + field, "is \"" + text + "\"", "a Java type");
                } else {
                    fields.put(field, parsed);
                }
            });
            JavaType of = JavaType.parse(name);
            if (of == null || of.primitive() || of.dimensions() > 0) {
                in.error(name, "is not a class", "the name of a class such as com.acme.Order");
                continue;
            }
            definitions.put(of.name(), new TypeCatalog.Definition(fields, type.texts("constants")));
            type.finish();
        }
        return new TypeCatalog(definitions);
    }

    private static Output output(JsonReader in) {
        String zone = in.text("zone");
        ZoneId parsed = Output.DEFAULT.zone();
        if (zone != null) {
            try {
                parsed = ZoneId.of(zone);
            } catch (DateTimeException _) {
                in.error("zone", "is \"" + zone + "\"", "a time zone such as Europe/Paris or +01:00");
            }
        }
        Output output = new Output(in.bool("classes", false), in.bool("longsAsText", false),
                in.choice("dates", false, word -> switch (word) {
                    case "iso" -> false;
                    case "millis" -> true;
                    default -> null;
                }, "iso or millis"), parsed, in.bool("refuseUnknownMembers", false));
        in.finish();
        return output;
    }

    private static Errors errors(JsonReader in) {
        JsonReader statuses = in.object("statuses");
        Map<String, Integer> byClass = new HashMap<>();
        for (String type : statuses.json().members().keySet()) {
            byClass.put(type, (int) statuses.integer(type, 500, 400, 599));
        }
        Errors errors = new Errors(byClass, (int) in.integer("otherStatus", 500, 400, 599), in.bool("messages", false),
                in.bool("classes", false));
        in.finish();
        return errors;
    }
}
