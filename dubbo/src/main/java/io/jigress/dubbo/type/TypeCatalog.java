package io.jigress.dubbo.type;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The known classes of a service, by binary name.
public record TypeCatalog(Map<String, Definition> definitions) {
    public static final TypeCatalog EMPTY = new TypeCatalog(Map.of());

    /// @param fields of a bean, superclasses included; empty for an enum and for a class without fields
    /// @param constants of an enum; empty for any other class
    public record Definition(Map<String, JavaType> fields, List<String> constants) {
        public Definition {
            fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
            constants = List.copyOf(constants);
        }
    }

    public TypeCatalog {
        definitions = Map.copyOf(definitions);
    }

    /// This catalog with further definitions, which replace those of the same name.
    public TypeCatalog with(TypeCatalog more) {
        if (more.definitions.isEmpty()) {
            return this;
        }
        Map<String, Definition> all = new HashMap<>(definitions);
        all.putAll(more.definitions);
        return new TypeCatalog(all);
    }

    @Nullable Definition find(String name) {
        return definitions.get(name);
    }
}
