package io.jigress.dubbo.mapping;

import io.jigress.api.Json;
import io.jigress.dubbo.mapping.CompiledMethod.Argument;
import io.jigress.dubbo.mapping.DubboMapping.Source;
import io.jigress.dubbo.mapping.DubboMapping.Target;
import io.jigress.dubbo.type.JavaType;
import io.jigress.dubbo.type.JsonSchemas;
import io.jigress.dubbo.type.Shape;
import io.jigress.dubbo.type.Shapes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The OpenAPI 3.1 document of a mapping: its paths, parameters and responses with the types that are known.
final class OpenApi {
    private final CompiledService service;
    private final Shapes shapes;
    private final JsonSchemas schemas;

    private OpenApi(CompiledService service) {
        this.service = service;
        this.shapes = new Shapes(service.catalog());
        this.schemas = new JsonSchemas(service.mapping().output().textLongs(), service.mapping().output().millis());
    }

    /// @param methods that can be called
    static Json of(CompiledService service, List<CompiledMethod> methods) {
        return new OpenApi(service).document(methods);
    }

    private Json document(List<CompiledMethod> methods) {
        Target target = service.mapping().target();
        Map<String, Json.Builder> paths = new LinkedHashMap<>();
        Map<String, Integer> names = new TreeMap<>();
        for (CompiledMethod method : methods) {
            String name = method.mapping().method();
            int number = names.merge(name, 1, Integer::sum);
            paths.computeIfAbsent(method.mapping().path().toString(), _ -> Json.object()).put(
                    method.mapping().httpMethod().toLowerCase(Locale.ROOT),
                    operation(method, number == 1 ? name : name + "_" + number));
        }
        Json.Builder all = Json.object();
        paths.forEach((path, operations) -> all.put(path, operations.build()));
        Json.Builder components = Json.object();
        if (schemas.components() instanceof Json.Obj(var members)) {
            members.forEach(components::put);
        }
        components.put("Error", error());
        String group = target.group() == null ? "" : " of group " + target.group();
        return Json.object().put("openapi", "3.1.0")
                .put("info", Json.object().put("title", target.service())
                        .put("version", target.version() == null ? "0.0.0" : target.version())
                        .put("description", "The Dubbo service " + target.service() + group + " as HTTP").build())
                .put("paths", all.build())
                .put("components", Json.object().put("schemas", components.build()).build()).build();
    }

    private static Json error() {
        Map<String, Json> members = new LinkedHashMap<>();
        members.put("error", Json.object().put("type", "string").build());
        members.put("status", Json.object().put("type", "integer").build());
        members.put("message", Json.object().put("type", "string").build());
        return JsonSchemas.object(members, List.of("error", "status"));
    }

    private Json operation(CompiledMethod method, String id) {
        Json.Builder out = Json.object().put("operationId", id).put("summary", method.mapping().method() + "("
                + String.join(", ", method.arguments().stream().map(argument -> argument.type().toString()).toList()) + ")");
        List<Json> parameters = new ArrayList<>();
        Set<String> variables = new LinkedHashSet<>(method.mapping().path().variables());
        for (Argument argument : method.arguments()) {
            if (argument.source() == Source.PATH) {
                variables.remove(argument.key());
            }
            String in = switch (argument.source()) {
                case PATH -> "path";
                case QUERY -> "query";
                case HEADER -> "header";
                case BODY, ENTIRE_BODY -> "";
            };
            if (!in.isEmpty()) {
                Json.Builder parameter = Json.object().put("name", argument.key()).put("in", in);
                if (argument.source() == Source.PATH || required(argument)) {
                    parameter.put("required", true);
                }
                parameters.add(parameter.put("schema", schema(argument)).build());
            }
        }
        // A document is valid only with all variables of its paths.
        for (String unused : variables) {
            parameters.add(Json.object().put("name", unused).put("in", "path").put("required", true)
                    .put("schema", Json.object().put("type", "string").build()).build());
        }
        if (!parameters.isEmpty()) {
            out.put("parameters", Json.array(parameters));
        }
        Json body = body(method);
        if (body != null) {
            out.put("requestBody", Json.object().put("content", json(body)).build());
        }
        return out.put("responses", responses(method)).build();
    }

    private Json schema(Argument argument) {
        Json schema = schemas.of(argument.shape());
        if (argument.otherwise() == null || !(schema instanceof Json.Obj(var members)) || members.containsKey("$ref")) {
            return schema;
        }
        Json.Builder out = Json.object();
        members.forEach(out::put);
        return out.put("default", argument.otherwise()).build();
    }

    private static boolean required(Argument argument) {
        return argument.otherwise() == null && (argument.required() || argument.type().primitive());
    }

    private @Nullable Json body(CompiledMethod method) {
        Map<String, Json> members = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        List<Json> parts = new ArrayList<>();
        for (Argument argument : method.arguments()) {
            if (argument.source() == Source.BODY) {
                members.put(argument.key(), schema(argument));
                if (required(argument)) {
                    required.add(argument.key());
                }
            } else if (argument.source() == Source.ENTIRE_BODY && argument.part() < 0) {
                return schema(argument);
            } else if (argument.source() == Source.ENTIRE_BODY) {
                parts.add(schema(argument));
            }
        }
        if (!parts.isEmpty()) {
            return Json.object().put("type", "array").put("prefixItems", Json.array(parts)).build();
        }
        return members.isEmpty() ? null : JsonSchemas.object(members, required);
    }

    private Json responses(CompiledMethod method) {
        Json.Builder out = Json.object();
        JavaType returns = method.returns();
        if (returns != null && returns.name().equals("void")) {
            out.put("204", Json.object().put("description", "nothing is returned").build());
        } else {
            Shape shape = returns == null ? Shape.Any.ANY : shapes.of(result(returns));
            out.put("200", Json.object().put("description", returns == null ? "the result" : returns.toString())
                    .put("content", json(schemas.of(shape))).build());
        }
        Map<Integer, List<String>> byStatus = new TreeMap<>();
        service.mapping().errors().statuses().forEach((type, status) -> byStatus.computeIfAbsent(status, _ -> new ArrayList<>())
                .add(type));
        byStatus.forEach((status, types) -> out.put(Integer.toString(status),
                Json.object().put("description", String.join(", ", types.stream().sorted().toList()))
                        .put("content", json(reference())).build()));
        return out.put("default", Json.object().put("description", "an error").put("content", json(reference())).build()).build();
    }

    /// The return type, or for a future its type argument.
    private static JavaType result(JavaType returns) {
        boolean future = returns.name().equals("java.util.concurrent.CompletableFuture") && returns.dimensions() == 0;
        return !future ? returns : returns.arguments().isEmpty() ? JavaType.of("java.lang.Object")
                : returns.arguments().getFirst();
    }

    private static Json reference() {
        return Json.object().put("$ref", "#/components/schemas/Error").build();
    }

    private static Json json(Json schema) {
        return Json.object().put("application/json", Json.object().put("schema", schema).build()).build();
    }
}
