package io.jigress.control.kinds;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A Http2Rpc (`networking.higress.io/v1`): Higress's mapping from HTTP to Dubbo, for Ingresses whose annotation
/// `higress.io/rpc-destination-name` names it.
///
/// ```yaml
/// apiVersion: networking.higress.io/v1
/// kind: Http2Rpc
/// metadata: {name: orders, namespace: higress-system}
/// spec:
///   dubbo:
///     service: com.acme.OrderService
///     version: 1.0.0
///     group: shop
///     methods:
///       - serviceMethod: find
///         headersAttach: "*"
///         httpMethods: [GET]
///         httpPath: /orders/find
///         params: [{paramSource: QUERY, paramKey: id, paramType: java.lang.Long}]
/// ```
///
/// @param mapping converted to the form of a [DubboService]'s `spec`
/// @param valid false when an error is not limited to a method
public record Http2Rpc(Json mapping, boolean valid) {
    private static final List<String> SOURCES = List.of("QUERY", "HEADER", "PATH", "BODY");
    private static final Set<String> HTTP_METHODS = Set.of("GET", "POST", "PUT", "DELETE", "PATCH");

    public static Http2Rpc read(Document document, RpcSyntax syntax) {
        JsonReader spec = document.spec();
        if (spec.any("grpc") != null) {
            spec.error("grpc", "is not supported", "dubbo");
        } else if (!spec.has("dubbo")) {
            spec.error("dubbo", "is missing", "a Dubbo service with its methods");
        }
        JsonReader dubbo = spec.object("dubbo");
        Json.Builder mapping = Json.object();
        mapping.put("service", spec.has("dubbo") ? dubbo.requiredText("service") : "");
        if (spec.has("dubbo")) {
            mapping.put("version", dubbo.requiredText("version"));
        }
        String group = dubbo.text("group", "");
        if (!group.isEmpty()) {
            mapping.put("group", group);
        }
        int mark = document.mark();
        List<Json> methods = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (JsonReader method : dubbo.objects("methods")) {
            Json read = method(document, method, syntax, seen);
            if (read != null) {
                methods.add(read);
            }
        }
        if (spec.has("dubbo") && methods.isEmpty() && !document.failedSince(mark)) {
            dubbo.error("methods", "is empty", "at least one method");
        }
        mapping.put("methods", Json.array(methods));
        dubbo.finish();
        spec.finish();
        boolean valid = document.root().issues().stream()
                .noneMatch(issue -> issue.error() && !issue.path().startsWith("spec.dubbo.methods["));
        return new Http2Rpc(mapping.build(), valid);
    }

    /// Null for a method with an error, which is left out.
    private static @Nullable Json method(Document document, JsonReader in, RpcSyntax syntax, Set<String> seen) {
        int mark = document.mark();
        Json.Builder method = Json.object().put("method", in.requiredText("serviceMethod"));
        String path = in.requiredText("httpPath");
        if (!path.isEmpty() && !path.startsWith("/")) {
            in.error("httpPath", "is \"" + path + "\"", "a path, which begins with /");
        }
        String verb = verb(in);
        if (!path.isEmpty() && !seen.add(verb + " " + path)) {
            in.error("httpPath", "is " + path + ", which an earlier method has for " + verb,
                    "a path and HTTP method that no other method has");
        }
        method.put("path", path).put("httpMethod", verb);
        List<Json> parameters = new ArrayList<>();
        if (in.has("paramFromEntireBody")) {
            in.ignore("params");
            JsonReader body = in.object("paramFromEntireBody");
            parameters.add(Json.object().put("from", "entireBody").put("type", type(body, syntax)).build());
            body.finish();
        } else {
            in.objects("params").forEach(parameter -> parameters.add(parameter(parameter, path, syntax)));
        }
        method.put("parameters", Json.array(parameters));
        String attach = in.text("headersAttach", "");
        if (!attach.isBlank()) {
            method.put("attachments", Json.object().put("headers", Json.array(Arrays.stream(attach.split(",", -1))
                    .map(String::strip).filter(name -> !name.isEmpty()).map(Json::of).toList())).build());
        }
        in.finish();
        Json read = method.build();
        if (!document.failedSince(mark)) {
            JsonReader whole = JsonReader.of("",
                    Json.object().put("service", "x").put("methods", Json.array(List.of(read))).build());
            syntax.mapping(whole, false);
            whole.issues().stream().filter(JsonReader.Issue::error).forEach(issue -> in.error("",
                    issue.path().replace("methods[0].", "") + " " + issue.what(), issue.expected()));
        }
        return document.failedSince(mark) ? null : read;
    }

    private static String verb(JsonReader in) {
        List<String> verbs = in.texts("httpMethods");
        if (verbs.isEmpty()) {
            in.error("httpMethods", in.has("httpMethods") ? "is empty" : "is missing", "a list with one HTTP method");
            return "POST";
        }
        String verb = verbs.getFirst().toUpperCase(Locale.ROOT);
        if (!HTTP_METHODS.contains(verb)) {
            in.error("httpMethods[0]", "is \"" + verbs.getFirst() + "\"", "GET, POST, PUT, DELETE or PATCH");
        }
        if (verbs.size() > 1) {
            in.warning("httpMethods", "has " + verbs.size() + " methods, of which only the first is used", "one HTTP method");
        }
        return verb;
    }

    private static Json parameter(JsonReader in, String path, RpcSyntax syntax) {
        String source = in.requiredText("paramSource").toUpperCase(Locale.ROOT);
        if (!source.isEmpty() && !SOURCES.contains(source)) {
            in.unknown("paramSource", source, SOURCES);
        }
        String key = in.requiredText("paramKey");
        if (source.equals("PATH") && !key.isEmpty() && !path.contains("{" + key + "}")) {
            in.error("paramKey", "is \"" + key + "\", which httpPath " + path + " does not have as a variable",
                    "a variable of httpPath, such as {" + key + "}");
        }
        Json parameter = Json.object().put("from", source.toLowerCase(Locale.ROOT)).put("name", key).put("type", type(in, syntax))
                .build();
        in.finish();
        return parameter;
    }

    private static String type(JsonReader in, RpcSyntax syntax) {
        String type = in.requiredText("paramType");
        if (!type.isEmpty() && !syntax.isJavaType(type)) {
            in.error("paramType", "is \"" + type + "\"", "a Java type such as int, java.lang.String or com.acme.Order");
        }
        return type;
    }
}
