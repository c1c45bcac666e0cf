package io.jigress.dubbo.type;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A Java type as JSON sees it, worked out once per parameter. Beans may contain themselves.
public sealed interface Shape {

    /// @param primitive null does not fit
    record Plain(PlainType type, boolean primitive) implements Shape {
    }

    /// A collection.
    ///
    /// @param type the class that the provider is to make, or null for `ArrayList`
    record Items(@Nullable String type, Shape element) implements Shape {
    }

    /// @param type of the array as Hessian names it: `[int`, `[java.lang.Long`
    record Array(String type, Shape element) implements Shape {
    }

    /// @param type the class that the provider is to make, or null for `HashMap`
    record Entries(@Nullable String type, Shape key, Shape value) implements Shape {
    }

    /// @param constants known of it; empty when nothing is known
    record Constant(String type, List<String> constants) implements Shape {
    }

    record Maybe(Shape value) implements Shape {
    }

    /// `Object`, and what is not known: each JSON value becomes what is closest to it.
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

        /// Whether its fields are known; if not, each JSON member is one.
        boolean known() {
            return known;
        }

        /// Filled by [Shapes] before anybody else sees it.
        Map<String, Shape> fields() {
            return fields;
        }

        @Override
        public String toString() {
            return type + fields.keySet();
        }
    }
}
