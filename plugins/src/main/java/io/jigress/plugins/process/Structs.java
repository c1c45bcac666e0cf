package io.jigress.plugins.process;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.jigress.api.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// JSON as protobuf's `Struct`.
final class Structs {
    private Structs() {}

    /// Null when the value is not an object.
    static @Nullable Struct of(Json json) {
        if (!(json instanceof Json.Obj object)) {
            return null;
        }
        Struct.Builder struct = Struct.newBuilder();
        for (Map.Entry<String, Json> member : object.members().entrySet()) {
            struct.putFields(member.getKey(), value(member.getValue()));
        }
        return struct.build();
    }

    private static Value value(Json json) {
        return switch (json) {
            case Json.Obj object -> Value.newBuilder().setStructValue(of(object)).build();
            case Json.Arr array -> {
                ListValue.Builder list = ListValue.newBuilder();
                array.items().forEach(item -> list.addValues(value(item)));
                yield Value.newBuilder().setListValue(list).build();
            }
            case Json.Str(String text) -> text(text);
            case Json.Num(String literal) -> number(Double.parseDouble(literal));
            case Json.Bool(boolean flag) -> Value.newBuilder().setBoolValue(flag).build();
            case Json.Null _ -> Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();
        };
    }

    static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    static Value number(double number) {
        return Value.newBuilder().setNumberValue(number).build();
    }

    /// A value as text, for the access log: a string as it is, a whole number without its fraction.
    static String print(Value value) {
        return switch (value.getKindCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
            case NUMBER_VALUE -> number(value).toString();
            case STRUCT_VALUE, LIST_VALUE -> json(value).toString();
            case NULL_VALUE, KIND_NOT_SET -> "null";
        };
    }

    private static Json json(Value value) {
        return switch (value.getKindCase()) {
            case STRING_VALUE -> Json.of(value.getStringValue());
            case BOOL_VALUE -> Json.of(value.getBoolValue());
            case NUMBER_VALUE -> number(value);
            case STRUCT_VALUE -> {
                Json.Builder object = Json.object();
                value.getStructValue().getFieldsMap().forEach((name, inner) -> object.put(name, json(inner)));
                yield object.build();
            }
            case LIST_VALUE -> Json.array(value.getListValue().getValuesList().stream().map(Structs::json).toList());
            case NULL_VALUE, KIND_NOT_SET -> Json.Null.NULL;
        };
    }

    private static Json number(Value value) {
        double number = value.getNumberValue();
        return number == Math.rint(number) && Math.abs(number) < 1e15 ? Json.of((long) number) : Json.of(number);
    }
}
