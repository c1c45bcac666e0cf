package io.jigress.dubbo.type;

import io.jigress.api.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The JSON Schemas of Java types, as far as the types are known. Classes become components that are referenced by name, so that recursive
/// classes are possible.
public final class JsonSchemas {
    private static final String COMPONENTS = "#/components/schemas/";

    private final boolean textLongs;
    private final boolean millis;
    private final Map<String, Json> components = new TreeMap<>();
    private final Set<String> begun = new HashSet<>();

    /// @param textLongs whether `long` and larger numbers are strings
    /// @param millis whether a `Date` is a number
    public JsonSchemas(boolean textLongs, boolean millis) {
        this.textLongs = textLongs;
        this.millis = millis;
    }

    /// The classes found so far, by name.
    public Json components() {
        Json.Builder all = Json.object();
        components.forEach(all::put);
        return all.build();
    }

    public Json of(Shape shape) {
        return switch (shape) {
            case Shape.Plain plain -> plain(plain.type());
            case Shape.Items items -> array(of(items.element()));
            case Shape.Array array -> array(of(array.element()));
            case Shape.Entries entries -> entries(entries);
            case Shape.Constant constant -> constant(constant);
            case Shape.Maybe maybe -> of(maybe.value());
            case Shape.Fields fields -> fields(fields);
            case Shape.Any.ANY -> Json.Obj.EMPTY;
        };
    }

    private static Json array(Json items) {
        return Json.object().put("type", "array").put("items", items).build();
    }

    /// A map whose keys are not text in JSON is an array of pairs.
    private Json entries(Shape.Entries entries) {
        boolean text = switch (entries.key()) {
            case Shape.Plain _,Shape.Constant _,Shape.Any _ -> true;
            case Shape.Items _,Shape.Array _,Shape.Entries _,Shape.Maybe _,Shape.Fields _ -> false;
        };
        if (text) {
            return Json.object().put("type", "object").put("additionalProperties", of(entries.value())).build();
        }
        Json pair = Json.object().put("key", of(entries.key())).put("value", of(entries.value())).build();
        return array(Json.object().put("type", "object").put("properties", pair).build());
    }

    private static Json constant(Shape.Constant constant) {
        Json.Builder schema = Json.object().put("type", "string");
        if (!constant.constants().isEmpty()) {
            schema.put("enum", Json.array(constant.constants().stream().map(Json::of).toList()));
        }
        return schema.build();
    }

    private Json fields(Shape.Fields bean) {
        if (begun.add(bean.type())) {
            Json.Builder schema = Json.object().put("type", "object");
            if (bean.known()) {
                Json.Builder properties = Json.object();
                bean.fields().forEach((name, field) -> properties.put(name, of(field)));
                schema.put("properties", properties.build());
            } else {
                schema.put("description", "a class of which nothing is known");
            }
            components.put(component(bean.type()), schema.build());
        }
        return Json.object().put("$ref", COMPONENTS + component(bean.type())).build();
    }

    /// The name of the schema of a class: OpenAPI allows letters and digits of ASCII, `.`, `-` and `_`.
    private static String component(String type) {
        StringBuilder name = new StringBuilder();
        type.chars().forEach(c -> {
            if (c == '$') {
                name.append('-');
            } else if (c == '.' || c == '_' || c < 128 && Character.isLetterOrDigit(c)) {
                name.append((char) c);
            } else {
                name.append("--").append(Integer.toHexString(c));
            }
        });
        return name.toString();
    }

    private Json plain(PlainType type) {
        return switch (type) {
            case BOOLEAN -> Json.object().put("type", "boolean").build();
            case BYTE -> integer("int32", Byte.MIN_VALUE, Byte.MAX_VALUE);
            case SHORT -> integer("int32", Short.MIN_VALUE, Short.MAX_VALUE);
            case INT, ATOMIC_INTEGER -> Json.object().put("type", "integer").put("format", "int32").build();
            case LONG, ATOMIC_LONG -> large("integer", "int64");
            case BIG_INTEGER -> large("integer", "");
            case FLOAT -> Json.object().put("type", "number").put("format", "float").build();
            case DOUBLE -> Json.object().put("type", "number").put("format", "double").build();
            case BIG_DECIMAL -> large("number", "");
            case NUMBER -> Json.object().put("type", "number").build();
            case CHAR -> Json.object().put("type", "string").put("minLength", 1).put("maxLength", 1).build();
            case STRING, CHARS -> Json.object().put("type", "string").build();
            case BYTES -> Json.object().put("type", "string").put("contentEncoding", "base64").build();
            case DATE, SQL_DATE, SQL_TIME, SQL_TIMESTAMP, CALENDAR -> millis
                    ? Json.object().put("type", "integer").put("format", "int64").build()
                    : text("date-time", type);
            case INSTANT, OFFSET_DATE_TIME -> text("date-time", type);
            case LOCAL_DATE -> text("date", type);
            case DURATION -> text("duration", type);
            case UUID -> text("uuid", type);
            case URI -> text("uri", type);
            case LOCAL_TIME, LOCAL_DATE_TIME, OFFSET_TIME, ZONED_DATE_TIME, YEAR, YEAR_MONTH, MONTH_DAY, PERIOD, ZONE_ID,
                    ZONE_OFFSET, LOCALE, CURRENCY ->
                Json.object().put("type", "string").put("description", type.expected()).build();
        };
    }

    private static Json integer(String format, long least, long most) {
        return Json.object().put("type", "integer").put("format", format).put("minimum", least).put("maximum", most).build();
    }

    private Json large(String type, String format) {
        Json.Builder schema = Json.object().put("type", textLongs ? "string" : type);
        if (!format.isEmpty()) {
            schema.put("format", format);
        }
        return schema.build();
    }

    private static Json text(String format, PlainType type) {
        return Json.object().put("type", "string").put("format", format).put("description", type.expected()).build();
    }

    /// An object with these members.
    ///
    /// @param required the names of the required ones
    public static Json object(Map<String, Json> properties, List<String> required) {
        Json.Builder members = Json.object();
        properties.forEach(members::put);
        Json.Builder schema = Json.object().put("type", "object").put("properties", members.build());
        if (!required.isEmpty()) {
            schema.put("required", Json.array(required.stream().map(Json::of).toList()));
        }
        return schema.build();
    }
}
