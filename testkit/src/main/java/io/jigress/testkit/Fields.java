package io.jigress.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The header or trailer fields that a test received, in their order. The case of names is ignored.
public record Fields(List<Field> list) {
    public static final Fields NONE = new Fields(List.of());

    public Fields {
        list = List.copyOf(list);
    }

    /// The first value, or null.
    public @Nullable String first(String name) {
        for (Field field : list) {
            if (field.name().equalsIgnoreCase(name)) {
                return field.value();
            }
        }
        return null;
    }

    /// All values, in order.
    public List<String> all(String name) {
        return list.stream().filter(field -> field.name().equalsIgnoreCase(name)).map(Field::value).toList();
    }

    public boolean contains(String name) {
        return first(name) != null;
    }

    /// The names as they were written, in order.
    public List<String> names() {
        return list.stream().map(Field::name).toList();
    }

    @Override
    public String toString() {
        return list.toString();
    }
}
