package io.jigress.dubbo.type;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The JSON form of a Java type, computed once per parameter. Beans may be recursive.
public sealed interface Shape {

    /// @param primitive whether null is not allowed
    record Plain(PlainType type, boolean primitive) implements Shape {
    }

    /// A collection.
    ///
    /// @param type the class that the provider creates, or null for `ArrayList`
    record Items(@Nullable String type, Shape element) implements Shape {
    }

    /// @param type of the array as Hessian names it: `[int`, `[java.lang.Long`
    record Array(String type, Shape element) implements Shape {
    }

    /// @param type the class that the provider creates, or null for `HashMap`
    record Entries(@Nullable String type, Shape key, Shape value) implements Shape {
    }

    /// @param constants as far as known; empty when none are
    record Constant(String type, List<String> constants) implements Shape {
    }

    record Maybe(Shape value) implements Shape {
    }

    /// `Object`, and unknown types: each JSON value becomes the closest Java type.
    enum Any implements Shape {
        ANY
    }

    /// An object with named fields.
    final class Fields implements Shape {
        private final String type;
        private final boolean known;
        private final Map<String, Shape> fields = new LinkedHashMap<>();

        Fields(String type, boolean known) {
            this.type = type;
            this.known = known;
        }

        String type() {
            return type;
        }

        /// Whether its fields are known; if not, each JSON member is taken as a field.
        boolean known() {
            return known;
        }

        /// Filled by [Shapes] before it is published.
        Map<String, Shape> fields() {
            return fields;
        }

        @Override
        public String toString() {
            return type + fields.keySet();
        }
    }
}
