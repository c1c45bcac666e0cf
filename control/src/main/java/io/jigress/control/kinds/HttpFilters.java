package io.jigress.control.kinds;

import io.jigress.api.HeaderName;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteAction.PathRewrite;
import io.jigress.control.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The filters of a rule or backend of an HTTPRoute or GRPCRoute.
///
/// @param headers the configuration of the filter `header-modifier`, or null when there is nothing to edit
/// @param cors the configuration of the filter `cors`; null without that filter
/// @param mirrors the backends that get copies of the requests
/// @param valid false when a filter is invalid: requests must not pass without it
public record HttpFilters(@Nullable Json headers, RouteAction.@Nullable Redirect redirect, RouteAction.Rewrite rewrite,
        List<Extension> extensions, @Nullable Json cors, List<Mirror> mirrors, boolean valid) {
    public static final HttpFilters NONE = new HttpFilters(null, null, RouteAction.Rewrite.NONE, List.of(), null, List.of(),
            true);

    private static final List<String> TYPES = List.of("RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect",
            "URLRewrite", "RequestMirror", "CORS", "ExtensionRef");
    private static final List<String> GRPC_TYPES = List.of("RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror",
            "ExtensionRef");
    private static final String SUPPORTED = "RequestHeaderModifier, ResponseHeaderModifier, RequestRedirect, URLRewrite, RequestMirror, CORS or ExtensionRef";
    /// Filters of Spring Cloud Gateway, and their equivalents.
    private static final Map<String, String> SPRING = Map.of(
            "StripPrefix", "URLRewrite with path: {type: ReplacePrefixMatch, replacePrefixMatch: /}",
            "PrefixPath", "URLRewrite with path: {type: ReplacePrefixMatch, replacePrefixMatch: ...}",
            "SetPath", "URLRewrite with path: {type: ReplaceFullPath, replaceFullPath: ...}",
            "AddRequestHeader", "RequestHeaderModifier with add: [{name: ..., value: ...}]",
            "SetRequestHeader", "RequestHeaderModifier with set: [{name: ..., value: ...}]",
            "RemoveRequestHeader", "RequestHeaderModifier with remove: [...]",
            "AddResponseHeader", "ResponseHeaderModifier with add: [{name: ..., value: ...}]",
            "RemoveResponseHeader", "ResponseHeaderModifier with remove: [...]",
            "RedirectTo", "RequestRedirect",
            "RequestRateLimiter", "ExtensionRef to a Plugin with name: key-rate-limit");
    private static final String FAILS = "requests get 500";

    /// The same filters, marked invalid.
    HttpFilters invalid() {
        return new HttpFilters(headers, redirect, rewrite, extensions, cors, mirrors, false);
    }

    /// A filter that is an object of its own.
    public record Extension(ResourceKey key, String path) {}

    /// `numerator` of `denominator` requests, copied to a backend.
    public record Mirror(HttpRoute.BackendRef backend, int numerator, int denominator) {}

    /// @param prefixes whether all matches of the rule are prefix matches, so that a prefix can be replaced
    /// @param rule whether these are the filters of a rule, which allows more types than a backend
    /// @param grpc whether these are those of a GRPCRoute, which has fewer types
    static HttpFilters read(Document document, JsonReader owner, boolean prefixes, boolean rule, boolean grpc) {
        int mark = document.mark();
        List<JsonReader> items = owner.objects("filters");
        if (items.isEmpty()) {
            return document.failedSince(mark) ? NONE.invalid() : NONE;
        }
        Json.Obj request = null;
        Json.Obj response = null;
        RouteAction.Redirect redirect = null;
        RouteAction.Rewrite rewrite = null;
        List<Extension> extensions = new ArrayList<>();
        Json cors = null;
        List<Mirror> mirrors = new ArrayList<>();
        boolean repeated = false;
        for (JsonReader item : items) {
            String type = grpc ? grpcType(item) : type(item);
            switch (type) {
                case "RequestHeaderModifier" -> {
                    repeated = request != null;
                    request = headers(own(item, "requestHeaderModifier"));
                }
                case "ResponseHeaderModifier" -> {
                    repeated = response != null;
                    response = headers(own(item, "responseHeaderModifier"));
                }
                case "RequestRedirect" -> {
                    repeated = redirect != null;
                    redirect = redirect(own(item, "requestRedirect"), prefixes);
                    requireRule(item, type, rule);
                }
                case "URLRewrite" -> {
                    repeated = rewrite != null;
                    rewrite = rewrite(own(item, "urlRewrite"), prefixes);
                    requireRule(item, type, rule);
                }
                case "ExtensionRef" -> extensions.add(extension(document, own(item, "extensionRef")));
                case "CORS" -> {
                    repeated = cors != null;
                    cors = CorsFilter.read(own(item, "cors"));
                    requireRule(item, type, rule);
                }
                case "RequestMirror" -> {
                    mirrors.add(mirror(document, own(item, "requestMirror")));
                    requireRule(item, type, rule);
                }
                case "ExternalAuth" -> {
                    // It protects: without it requests must not pass.
                    item.error("type", "is \"" + type + "\", which is not supported yet", SUPPORTED);
                    item.ignore("externalAuth");
                }
                case "" -> repeated = false;
                default -> {
                    unknown(item, type);
                    // Its settings are in a member whose name is derived from the type.
                    item.ignore(item.json().members().keySet().toArray(String[]::new));
                }
            }
            if (repeated) {
                item.error("type", "is \"" + type + "\" again", "each type once");
                repeated = false;
            }
            item.finish();
        }
        if (redirect != null && rewrite != null) {
            owner.error("filters", "has both RequestRedirect and URLRewrite", "one of the two");
        }
        return new HttpFilters(edits(request, response), redirect, rewrite == null ? RouteAction.Rewrite.NONE : rewrite,
                List.copyOf(extensions), cors, List.copyOf(mirrors),
                !document.failedSince(mark));
    }

    /// The type; empty when it is missing, which is reported.
    private static String type(JsonReader item) {
        String meant = item.has("type") || item.broken()
                ? null
                : TYPES.stream().filter(type -> item.json().members().keySet().stream().anyMatch(type::equalsIgnoreCase))
                        .findFirst()
                        .orElse(null);
        if (meant == null) {
            return item.requiredText("type");
        }
        item.error("type", "is missing", "type: " + meant);
        item.ignore(item.json().members().keySet().toArray(String[]::new));
        return "";
    }

    /// The type; empty, and reported, when a GRPCRoute cannot have it.
    private static String grpcType(JsonReader item) {
        String type = type(item);
        if (type.isEmpty() || GRPC_TYPES.contains(type)) {
            return type;
        }
        if (TYPES.contains(type)) {
            item.error("type", "is \"" + type + "\", which a GRPCRoute cannot have",
                    "RequestHeaderModifier, ResponseHeaderModifier, RequestMirror or ExtensionRef"
                            + (type.equals("CORS") ? "; a Plugin with name: cors for gRPC-Web" : ""));
        } else {
            item.unknown("type", type, GRPC_TYPES);
        }
        item.ignore(item.json().members().keySet().toArray(String[]::new));
        return "";
    }

    private static void unknown(JsonReader item, String type) {
        String meant = SPRING.get(type);
        if (meant == null) {
            item.unknown("type", type, TYPES);
        } else {
            item.error("type", "is \"" + type + "\", a filter of Spring Cloud Gateway", meant);
        }
    }

    /// The settings member of a filter's type.
    private static JsonReader own(JsonReader item, String field) {
        if (!item.has(field)) {
            item.error(field, "is missing", "an object: the type requires it");
        }
        return item.object(field);
    }

    private static void requireRule(JsonReader item, String type, boolean rule) {
        if (!rule) {
            item.error("type", "is \"" + type + "\", which a backend cannot have",
                    "a header modifier or ExtensionRef; others belong to the rule");
        }
    }

    private static Mirror mirror(Document document, JsonReader item) {
        if (!item.has("backendRef")) {
            item.error("backendRef", "is missing", "a backend");
        }
        HttpRoute.BackendRef backend = HttpRoute.plainBackend(document, item.object("backendRef"));
        int numerator = (int) item.integer("percent", 100, 0, 100);
        int denominator = 100;
        if (item.has("fraction")) {
            if (item.has("percent")) {
                item.error("fraction", "cannot be combined with percent", "one of the two");
            }
            JsonReader fraction = item.object("fraction");
            denominator = (int) fraction.integer("denominator", 100, 1, Integer.MAX_VALUE);
            numerator = (int) fraction.integer("numerator", fraction.has("numerator") ? 0 : -1, 0, denominator);
            if (!fraction.has("numerator")) {
                fraction.error("numerator", "is missing", "a whole number up to the denominator");
            }
            fraction.finish();
        }
        item.finish();
        // A mirror with an invalid share gets no requests.
        return new Mirror(backend, item.failed() ? 0 : numerator, denominator);
    }

    private static @Nullable Json edits(Json.@Nullable Obj request, Json.@Nullable Obj response) {
        Json.Builder edits = Json.object();
        if (request != null && !request.members().isEmpty()) {
            edits.put("request", request);
        }
        if (response != null && !response.members().isEmpty()) {
            edits.put("response", response);
        }
        Json.Obj built = edits.build();
        return built.members().isEmpty() ? null : built;
    }

    private static Json.Obj headers(JsonReader modifier) {
        Json.Builder headers = Json.object();
        for (String edit : List.of("set", "add")) {
            List<Json> fields = new ArrayList<>();
            for (JsonReader item : modifier.objects(edit)) {
                String name = headerName(item, "name", item.requiredText("name"));
                String value = item.text("value", "");
                if (!item.has("value")) {
                    item.error("value", "is missing", "a string");
                } else if (!HeaderName.isValue(value)) {
                    item.error("value", "has a control character or one beyond Latin-1",
                            "Latin-1 text without control characters");
                }
                item.finish();
                fields.add(Json.object().put("name", name).put("value", value).build());
            }
            if (!fields.isEmpty()) {
                headers.put(edit, Json.array(fields));
            }
        }
        List<Json> removed = new ArrayList<>();
        for (String name : modifier.texts("remove")) {
            removed.add(Json.of(headerName(modifier, "remove", name)));
        }
        if (!removed.isEmpty()) {
            headers.put("remove", Json.array(removed));
        }
        modifier.finish(Map.of("set", FAILS, "add", FAILS, "remove", FAILS));
        return headers.build();
    }

    private static String headerName(JsonReader reader, String field, String name) {
        if (!name.isEmpty() && !HeaderName.isToken(name)) {
            reader.error(field, "is \"" + name + "\"", "a header name");
        } else if (HeaderName.RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
            reader.error(field, "is \"" + name + "\"", name.equalsIgnoreCase("host")
                    ? "another header; URLRewrite.hostname replaces the host"
                    : "a header that does not belong to the gateway");
        }
        return name.toLowerCase(Locale.ROOT);
    }

    private static RouteAction.Redirect redirect(JsonReader item, boolean prefixes) {
        String scheme = item.has("scheme")
                ? item.choice("scheme", "http", word -> word.equals("http") || word.equals("https") ? word : null,
                        "http or https")
                : null;
        String host = exactHost(item, "hostname");
        PathRewrite path = path(item, prefixes);
        Integer port = item.has("port") ? (Integer) (int) item.integer("port", 80, 1, 65535) : null;
        int status = (int) item.integer("statusCode", 302, 301, 308);
        if (status > 303 && status < 307) {
            item.error("statusCode", "is " + status, "301, 302, 303, 307 or 308");
        }
        item.finish(Map.of("scheme", FAILS, "hostname", FAILS, "path", FAILS, "port", FAILS));
        return new RouteAction.Redirect(status, scheme, host, port, path);
    }

    private static RouteAction.Rewrite rewrite(JsonReader item, boolean prefixes) {
        RouteAction.Rewrite rewrite = new RouteAction.Rewrite(exactHost(item, "hostname"), path(item, prefixes));
        item.finish(Map.of("hostname", FAILS, "path", FAILS));
        return rewrite;
    }

    private static @Nullable String exactHost(JsonReader item, String field) {
        if (!item.has(field)) {
            return null;
        }
        String host = HostPattern.read(item, field);
        if (host.startsWith("*.")) {
            HostPattern.wrong(item, field, host);
        }
        return host.startsWith("*") ? null : host;
    }

    private static @Nullable PathRewrite path(JsonReader owner, boolean prefixes) {
        if (!owner.has("path")) {
            return null;
        }
        JsonReader path = owner.object("path");
        String type = path.requiredText("type");
        PathRewrite rewrite = switch (type) {
            case "ReplaceFullPath" -> new PathRewrite.ReplaceFull(replacement(path, "replaceFullPath", "replacePrefixMatch"));
            case "ReplacePrefixMatch" -> {
                if (!prefixes) {
                    path.error("type", "is \"ReplacePrefixMatch\"", "matches of type PathPrefix only");
                }
                yield new PathRewrite.ReplacePrefix(replacement(path, "replacePrefixMatch", "replaceFullPath"));
            }
            default -> {
                if (!type.isEmpty()) {
                    path.unknown("type", type, List.of("ReplaceFullPath", "ReplacePrefixMatch"));
                }
                path.ignore("replaceFullPath", "replacePrefixMatch");
                yield null;
            }
        };
        path.finish();
        return rewrite;
    }

    /// The replacement of a path or prefix. It is written to the request line unchanged, so only characters that are allowed there are accepted.
    private static String replacement(JsonReader path, String field, String other) {
        if (!path.has(field)) {
            path.error(field, "is missing", "a path: the type requires it");
        }
        if (path.has(other)) {
            path.warning(other, "has no effect with this type", "only " + field);
        }
        path.ignore(other);
        String value = path.text(field, "/");
        boolean printable = value.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '?' && c != '#');
        if (!printable || !(value.startsWith("/") || (value.isEmpty() && field.equals("replacePrefixMatch")))) {
            path.error(field, "is \"" + value + "\"", "a path that begins with / and has no space, ? or # (others as %20)");
        }
        return value;
    }

    private static Extension extension(Document document, JsonReader item) {
        Extension extension = new Extension(
                document.reference(item.text("group", Kinds.JIGRESS), item.requiredText("kind"), document.namespace(),
                        item.requiredText("name")),
                item.path());
        item.finish();
        return extension;
    }
}
