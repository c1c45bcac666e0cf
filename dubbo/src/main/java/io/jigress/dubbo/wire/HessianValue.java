package io.jigress.dubbo.wire;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A Hessian 2 value as a peer wrote it: maps, lists, objects with named fields, and plain values. Class names are strings; no class is loaded.
///
/// Containers are filled while they are read, since a reference may point to one that is not complete. They may be shared and may contain
/// themselves; code that walks them must limit the depth and the number of steps.
public sealed interface HessianValue {

    enum Null implements HessianValue {
        NULL
    }

    record Bool(boolean value) implements HessianValue {
    }

    /// A 32 bit number: `int`, `short` or `byte` in Java.
    record Int(int value) implements HessianValue {
    }

    record Long64(long value) implements HessianValue {
    }

    /// A floating point number: `double` or `float` in Java.
    record Real(double value) implements HessianValue {
    }

    record Text(String value) implements HessianValue {
    }

    record Binary(byte[] value) implements HessianValue {
    }

    /// A point in time, in milliseconds since 1970 UTC.
    record Date(long millis) implements HessianValue {
    }

    /// A list, an array or a set.
    record Sequence(@Nullable String type, List<HessianValue> items) implements HessianValue {
        Sequence(@Nullable String type) {
            this(type, new ArrayList<>());
        }
    }

    /// A map; `keys` and `values` are parallel.
    record Mapping(@Nullable String type, List<HessianValue> keys, List<HessianValue> values) implements HessianValue {
        Mapping(@Nullable String type) {
            this(type, new ArrayList<>(), new ArrayList<>());
        }

        /// The value of a string key, or null.
        public @Nullable HessianValue get(String key) {
            for (int i = 0; i < keys.size(); i++) {
                if (keys.get(i) instanceof Text text && text.value().equals(key)) {
                    return values.get(i);
                }
            }
            return null;
        }
    }

    /// An instance of a class of the peer; `values` are parallel to the fields of the definition.
    record Bean(ClassDefinition definition, List<HessianValue> values) implements HessianValue {

        /// The value of a field, or null.
        public @Nullable HessianValue get(String field) {
            int i = definition.fields().indexOf(field);
            return i < 0 || i >= values.size() ? null : values.get(i);
        }
    }

    /// @param fields in the order of their values; empty where a superclass has a field of the same name as one before
    record ClassDefinition(String type, List<String> fields) {
    }
}
