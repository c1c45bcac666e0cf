package io.jigress.dubbo.type;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A provider's metadata of an interface: its methods and the classes that they use.
public record ServiceDefinition(String name, List<Method> methods, TypeCatalog catalog) {
    private static final int MAX_TYPES = 2_000;
    private static final int MAX_METHODS = 2_000;
    private static final int MAX_FIELDS = 1_000;

    /// @param returns `Object` where the metadata is unclear
    public record Method(String name, List<JavaType> parameters, JavaType returns) {
        /// `transfer(java.lang.String, long)`
        @Override
        public String toString() {
            return name + "(" + String.join(", ", parameters.stream().map(JavaType::toString).toList()) + ")";
        }
    }

    public ServiceDefinition {
        methods = List.copyOf(methods);
    }

    /// Reads the JSON of Dubbo's `ServiceDefinition` or `FullServiceDefinition`, as published in metadata centers and by the metadata service.
    /// Errors are reported to the reader. Methods with a parameter, and fields, whose type is not understood are left out.
    public static ServiceDefinition read(JsonReader in) {
        String name = in.requiredText("canonicalName");
        List<Method> methods = new ArrayList<>();
        for (JsonReader method : bounded(in, "methods", MAX_METHODS)) {
            Method read = method(method);
            if (read != null) {
                methods.add(read);
            }
        }
        Map<String, TypeCatalog.Definition> definitions = new HashMap<>();
        for (JsonReader type : bounded(in, "types", MAX_TYPES)) {
            JavaType of = JavaType.parse(type.requiredText("type"));
            if (of != null && of.dimensions() == 0) {
                definitions.putIfAbsent(of.name(), new TypeCatalog.Definition(fields(type), constants(type)));
            }
        }
        return new ServiceDefinition(name, methods, new TypeCatalog(definitions));
    }

    private static List<JsonReader> bounded(JsonReader in, String field, int most) {
        List<JsonReader> all = in.objects(field);
        if (all.size() > most) {
            in.error(field, "has " + all.size() + " entries", "at most " + most);
            return all.subList(0, most);
        }
        return all;
    }

    private static @Nullable Method method(JsonReader in) {
        List<JavaType> parameters = new ArrayList<>();
        for (String text : in.texts("parameterTypes")) {
            JavaType type = JavaType.parse(text);
            if (type == null) {
                in.warning("parameterTypes", "has the type \"" + text + "\"", "a Java type; the method is left out");
                return null;
            }
            parameters.add(type);
        }
        JavaType returns = JavaType.parse(in.text("returnType", JavaType.OBJECT.name()));
        return new Method(in.requiredText("name"), List.copyOf(parameters), returns == null ? JavaType.OBJECT : returns);
    }

    private static Map<String, JavaType> fields(JsonReader in) {
        Map<String, JavaType> fields = new LinkedHashMap<>();
        // Older providers publish definitions instead of names.
        for (Map.Entry<String, Json> property : in.object("properties").json().members().entrySet()) {
            String text = switch (property.getValue()) {
                case Json.Str type -> type.value();
                case Json.Obj definition -> definition.members().get("type") instanceof Json.Str type ? type.value() : "";
                case Json.Arr _,Json.Num _,Json.Bool _,Json.Null _ -> "";
            };
            JavaType type = JavaType.parse(text);
            if (fields.size() < MAX_FIELDS) {
                fields.put(property.getKey(), type == null ? JavaType.OBJECT : type);
            }
        }
        return fields;
    }

    /// Older providers call them `enum`.
    private static List<String> constants(JsonReader in) {
        List<String> constants = in.texts("enums");
        return constants.isEmpty() ? in.texts("enum") : constants;
    }

    /// The methods of a name, in the order of the metadata.
    public List<Method> methods(String methodName) {
        return methods.stream().filter(method -> method.name().equals(methodName)).toList();
    }
}
