package io.jigress.api;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A JSON tree: the form in which configuration reaches filters and upstream protocols. Immutable; `toString` is JSON text.
public sealed interface Json {

    /// Members keep the order in which they were written.
    record Obj(Map<String, Json> members) implements Json {
        public static final Obj EMPTY = new Obj(Map.of());

        public Obj {
            members = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(members));
        }

        @Override
        public String toString() {
            return JsonText.write(this);
        }
    }

    record Arr(List<Json> items) implements Json {
        public static final Arr EMPTY = new Arr(List.of());

        public Arr {
            items = List.copyOf(items);
        }

        @Override
        public String toString() {
            return JsonText.write(this);
        }
    }

    record Str(String value) implements Json {
        @Override
        public String toString() {
            return JsonText.write(this);
        }
    }

    /// A number as its literal, so that no digits are lost between a file and its reader.
    record Num(String literal) implements Json {
        @Override
        public String toString() {
            return literal;
        }
    }

    record Bool(boolean value) implements Json {
        @Override
        public String toString() {
            return Boolean.toString(value);
        }
    }

    enum Null implements Json {
        NULL;

        @Override
        public String toString() {
            return "null";
        }
    }

    static Json of(String value) {
        return new Str(value);
    }

    static Json of(long value) {
        return new Num(Long.toString(value));
    }

    static Json of(double value) {
        return new Num(Double.isFinite(value) ? Double.toString(value) : "null");
    }

    static Json of(boolean value) {
        return new Bool(value);
    }

    static Json array(List<? extends Json> items) {
        return new Arr(List.copyOf(items));
    }

    /// An object under construction; `build` may be called once the members are in.
    static Builder object() {
        return new Builder();
    }

    /// The word for a value's type in messages: `object`, `array`, `string`, `number`, `boolean`, `null`.
    default String typeName() {
        return switch (this) {
            case Obj _ -> "object";
            case Arr _ -> "array";
            case Str _ -> "string";
            case Num _ -> "number";
            case Bool _ -> "boolean";
            case Null _ -> "null";
        };
    }

    final class Builder {
        private final LinkedHashMap<String, Json> members = new LinkedHashMap<>();

        private Builder() {}

        public Builder put(String name, Json value) {
            members.put(name, value);
            return this;
        }

        public Builder put(String name, String value) {
            return put(name, Json.of(value));
        }

        public Builder put(String name, long value) {
            return put(name, Json.of(value));
        }

        public Builder put(String name, boolean value) {
            return put(name, Json.of(value));
        }

        public Obj build() {
            return new Obj(members);
        }
    }
}
