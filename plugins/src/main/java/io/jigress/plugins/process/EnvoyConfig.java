package io.jigress.plugins.process;

import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.NearestName;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads configuration that is written with the fields of Envoy's API into messages of that API. Fields are named as in Envoy's YAML
/// (`failure_mode_allow`) or in JSON (`failureModeAllow`). Every fault has the path of its field.
public final class EnvoyConfig {
    private static final String TYPE = "@type";
    private static final String STRING = "a string";
    private static final long NANOS = 1_000_000_000L;

    private EnvoyConfig() {}

    /// Reads an object into a message.
    ///
    /// @param extra fields of the object that are read elsewhere
    public static void read(JsonReader json, Message.Builder into, String... extra) {
        Set<String> others = Set.of(extra);
        Set<String> seen = new HashSet<>();
        json.ignore(extra);
        for (String written : json.json().members().keySet()) {
            if (others.contains(written) || written.equals(TYPE)) {
                json.ignore(written);
                continue;
            }
            FieldDescriptor field = into.getDescriptorForType().findFieldByName(snake(written));
            if (field == null) {
                json.any(written);
                List<String> known = into.getDescriptorForType().getFields().stream().map(FieldDescriptor::getName).toList();
                json.error(written, "is not a field of Envoy's " + into.getDescriptorForType().getName()
                        + ", so that the plugin is left out" + NearestName.hint(snake(written), known),
                        "one of " + String.join(", ", known));
            } else if (!seen.add(field.getName())) {
                json.any(written);
                json.error(written, "is written twice", "either " + field.getName() + " or " + field.getJsonName());
            } else if (json.has(written)) {
                field(json, written, field, into);
            } else {
                json.any(written);
            }
        }
        oneofs(json, into);
    }

    private static void oneofs(JsonReader json, Message.Builder into) {
        into.getDescriptorForType().getRealOneofs().forEach(oneof -> {
            List<String> set = json.json().members().keySet().stream().filter(written -> oneof.getFields().stream()
                    .anyMatch(field -> field.getName().equals(snake(written)))).toList();
            if (set.size() > 1) {
                json.error(set.getLast(), "is set together with " + set.getFirst(), "one of both");
            }
        });
    }

    /// `failureModeAllow` as `failure_mode_allow`.
    static String snake(String name) {
        StringBuilder out = new StringBuilder(name.length() + 4);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                out.append('_');
            }
            out.append(c);
        }
        return out.toString().toLowerCase(Locale.ROOT);
    }

    private static void field(JsonReader json, String written, FieldDescriptor field, Message.Builder into) {
        if (field.isMapField()) {
            map(json, written, field, into);
        } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !isScalar(field)) {
            if (field.isRepeated()) {
                for (JsonReader item : json.objects(written)) {
                    Message.Builder inner = into.newBuilderForField(field);
                    read(item, inner);
                    into.addRepeatedField(field, inner.build());
                }
            } else {
                Message.Builder inner = into.newBuilderForField(field);
                read(json.object(written), inner);
                into.setField(field, inner.build());
            }
        } else if (field.isRepeated()) {
            List<Json> items = json.array(written);
            for (int i = 0; i < items.size(); i++) {
                Object value = scalar(json, written + "[" + i + "]", field, items.get(i));
                if (value != null) {
                    into.addRepeatedField(field, value);
                }
            }
        } else {
            Json given = json.any(written);
            Object value = given == null ? null : scalar(json, written, field, given);
            if (value != null) {
                into.setField(field, value);
            }
        }
    }

    private static void map(JsonReader json, String written, FieldDescriptor field, Message.Builder into) {
        FieldDescriptor key = field.getMessageType().findFieldByNumber(1);
        FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
        if (value.getJavaType() != FieldDescriptor.JavaType.STRING) {
            json.any(written);
            json.error(written, "is a map that is not supported", "no such field");
            return;
        }
        for (Map.Entry<String, String> entry : json.textMap(written).entrySet()) {
            into.addRepeatedField(field, into.newBuilderForField(field).setField(key, entry.getKey())
                    .setField(value, entry.getValue()).build());
        }
    }

    /// Whether JSON writes a message as one value.
    private static boolean isScalar(FieldDescriptor field) {
        return switch (field.getMessageType().getFullName()) {
            case "google.protobuf.Duration", "google.protobuf.BoolValue", "google.protobuf.UInt32Value", "google.protobuf.Struct",
                    "google.protobuf.Any" ->
                true;
            default -> false;
        };
    }

    private static @Nullable Object scalar(JsonReader json, String at, FieldDescriptor field, Json value) {
        return switch (field.getJavaType()) {
            case BOOLEAN -> value instanceof Json.Bool(boolean flag) ? (Object) flag : wrong(json, at, value, "true or false");
            case STRING -> value instanceof Json.Str(String text) ? text : wrong(json, at, value, STRING);
            case BYTE_STRING -> value instanceof Json.Str(String text) ? bytes(json, at, text) : wrong(json, at, value, STRING);
            case INT, LONG -> number(json, at, field, value);
            case DOUBLE -> value instanceof Json.Num(String literal)
                    ? (Object) Double.valueOf(literal)
                    : wrong(json, at, value, "a number");
            case FLOAT -> value instanceof Json.Num(String literal)
                    ? (Object) Float.valueOf(literal)
                    : wrong(json, at, value, "a number");
            case ENUM -> enumValue(json, at, field, value);
            case MESSAGE -> message(json, at, field, value);
        };
    }

    private static @Nullable Object wrong(JsonReader json, String at, Json value, String expected) {
        json.error(at, "is of type " + value.typeName(), expected);
        return null;
    }

    private static @Nullable Object bytes(JsonReader json, String at, String text) {
        try {
            return ByteString.copyFrom(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException _) {
            json.error(at, "is not base64", "bytes in base64");
            return null;
        }
    }

    private static @Nullable Object number(JsonReader json, String at, FieldDescriptor field, Json value) {
        boolean unsigned = field.getType() == FieldDescriptor.Type.UINT32 || field.getType() == FieldDescriptor.Type.UINT64;
        boolean narrow = field.getJavaType() == FieldDescriptor.JavaType.INT;
        long least = unsigned ? 0 : narrow ? Integer.MIN_VALUE : Long.MIN_VALUE;
        long most = narrow ? Integer.MAX_VALUE : Long.MAX_VALUE;
        Long whole = whole(value, least, most);
        if (whole == null) {
            return wrong(json, at, value, "a whole number from " + least + " to " + most);
        }
        return narrow ? (Object) whole.intValue() : (Object) whole;
    }

    private static @Nullable Long whole(Json value, long least, long most) {
        if (!(value instanceof Json.Num(String literal))) {
            return null;
        }
        try {
            long whole = new BigDecimal(literal).longValueExact();
            return whole < least || whole > most ? null : (Long) whole;
        } catch (ArithmeticException | NumberFormatException _) {
            return null;
        }
    }

    private static @Nullable Object enumValue(JsonReader json, String at, FieldDescriptor field, Json value) {
        EnumValueDescriptor known = value instanceof Json.Str(String word) ? field.getEnumType().findValueByName(word) : null;
        if (known == null) {
            List<String> words = field.getEnumType().getValues().stream().map(EnumValueDescriptor::getName).toList();
            json.error(at, "is " + value + (value instanceof Json.Str(String word) ? NearestName.hint(word, words) : ""),
                    "one of " + String.join(", ", words));
        }
        return known;
    }

    private static @Nullable Object message(JsonReader json, String at, FieldDescriptor field, Json value) {
        return switch (field.getMessageType().getFullName()) {
            case "google.protobuf.BoolValue" -> value instanceof Json.Bool(boolean flag)
                    ? (Object) BoolValue.of(flag)
                    : wrong(json, at, value, "true or false");
            case "google.protobuf.UInt32Value" -> {
                Long whole = whole(value, 0, Integer.MAX_VALUE);
                yield whole == null
                        ? wrong(json, at, value, "a whole number from 0 to " + Integer.MAX_VALUE)
                        : (Object) UInt32Value.of(whole.intValue());
            }
            case "google.protobuf.Struct" -> {
                Struct struct = Structs.of(value);
                yield struct == null ? wrong(json, at, value, "an object") : (Object) struct;
            }
            case "google.protobuf.Duration" -> duration(json, at, value);
            default -> {
                json.error(at, "is an extension of Envoy, which Jigress does not have", "no such field");
                yield null;
            }
        };
    }

    /// `0.25s` as Envoy writes it, and all durations that Jigress knows.
    private static @Nullable Object duration(JsonReader json, String at, Json value) {
        java.time.Duration parsed = value instanceof Json.Str(String text) ? io.jigress.api.Durations.parse(text) : null;
        if (parsed == null) {
            json.error(at, "is " + value, "a duration such as 0.25s, 250ms, 10s");
            return null;
        }
        return Duration.newBuilder().setSeconds(parsed.toNanos() / NANOS).setNanos((int) (parsed.toNanos() % NANOS)).build();
    }

    /// A duration of the API.
    public static java.time.Duration duration(Duration duration) {
        return java.time.Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    }
}
