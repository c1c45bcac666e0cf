package io.jigress.dubbo.type;

import io.jigress.dubbo.type.Shape.Any;
import io.jigress.dubbo.type.Shape.Constant;
import io.jigress.dubbo.type.Shape.Entries;
import io.jigress.dubbo.type.Shape.Fields;
import io.jigress.dubbo.type.Shape.Items;
import io.jigress.dubbo.type.Shape.Maybe;
import io.jigress.dubbo.type.Shape.Plain;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Computes the [Shape] of types, with the classes of a catalog.
public final class Shapes {
    /// Collections and maps with their class on the wire; "" where Hessian needs no class name.
    private static final Map<String, String> COLLECTIONS = Map.ofEntries(Map.entry("java.util.List", ""),
            Map.entry("java.util.Collection", ""), Map.entry("java.lang.Iterable", ""), Map.entry("java.util.ArrayList", ""),
            Map.entry("java.util.Set", "java.util.HashSet"), Map.entry("java.util.HashSet", "java.util.HashSet"),
            Map.entry("java.util.LinkedHashSet", "java.util.LinkedHashSet"),
            Map.entry("java.util.SortedSet", "java.util.TreeSet"), Map.entry("java.util.NavigableSet", "java.util.TreeSet"),
            Map.entry("java.util.TreeSet", "java.util.TreeSet"), Map.entry("java.util.LinkedList", "java.util.LinkedList"),
            Map.entry("java.util.Queue", "java.util.LinkedList"), Map.entry("java.util.Deque", "java.util.LinkedList"),
            Map.entry("java.util.ArrayDeque", "java.util.ArrayDeque"), Map.entry("java.util.Vector", "java.util.Vector"));
    private static final Map<String, String> MAPS = Map.ofEntries(Map.entry("java.util.Map", ""),
            Map.entry("java.util.HashMap", ""),
            Map.entry("java.util.LinkedHashMap", "java.util.LinkedHashMap"),
            Map.entry("java.util.SortedMap", "java.util.TreeMap"), Map.entry("java.util.NavigableMap", "java.util.TreeMap"),
            Map.entry("java.util.TreeMap", "java.util.TreeMap"),
            Map.entry("java.util.concurrent.ConcurrentMap", "java.util.concurrent.ConcurrentHashMap"),
            Map.entry("java.util.concurrent.ConcurrentHashMap", "java.util.concurrent.ConcurrentHashMap"),
            Map.entry("java.util.Hashtable", "java.util.Hashtable"));
    /// Enums of the JDK, which metadata describes like other classes.
    private static final Set<String> ENUMS = Set.of("java.time.DayOfWeek", "java.time.Month", "java.util.concurrent.TimeUnit",
            "java.time.temporal.ChronoUnit", "java.math.RoundingMode");
    private static final Map<String, String> ARRAY_NAMES = Map.of("java.lang.String", "string", "java.lang.Object", "object",
            "java.util.Date", "date");

    private final TypeCatalog catalog;
    private final Map<String, Fields> beans = new HashMap<>();
    private final Set<String> unknown = new LinkedHashSet<>();
    private boolean floatFields;

    public Shapes(TypeCatalog catalog) {
        this.catalog = catalog;
    }

    /// The requested classes that are neither built in nor in the catalog.
    public Set<String> unknown() {
        return unknown;
    }

    /// Whether a requested class has a field of the type `float`. Providers that read it with Dubbo's Hessian (4.0.4 and before) corrupt it
    /// and the next field: their `FloatFieldDeserializer` stores eight bytes where there are four.
    public boolean floatFields() {
        return floatFields;
    }

    public Shape of(JavaType type) {
        PlainType plain = PlainType.of(type);
        if (plain != null) {
            return new Plain(plain, type.primitive());
        }
        if (type.dimensions() > 0) {
            return new Shape.Array("[".repeat(type.dimensions()) + arrayName(type.name()), of(type.component()));
        }
        String collection = COLLECTIONS.get(type.name());
        if (collection != null) {
            return new Items(named(collection), of(type.argument(0)));
        }
        String map = MAPS.get(type.name());
        if (map != null) {
            return new Entries(named(map), of(type.argument(0)), of(type.argument(1)));
        }
        if (type.name().equals("java.util.Optional")) {
            return new Maybe(of(type.argument(0)));
        }
        if (ENUMS.contains(type.name())) {
            return new Constant(type.name(), List.of());
        }
        if (type.equals(JavaType.OBJECT) || type.name().equals("java.io.Serializable") || type.name().equals("void")
                || type.name().equals("java.lang.Void")) {
            return Any.ANY;
        }
        return bean(type.name());
    }

    private Shape bean(String name) {
        TypeCatalog.Definition definition = catalog.find(name);
        if (definition != null && !definition.constants().isEmpty()) {
            return new Constant(name, published(definition.constants()));
        }
        Fields known = beans.get(name);
        if (known != null) {
            return known;
        }
        Fields bean = new Fields(name, definition != null);
        beans.put(name, bean);
        if (definition == null) {
            unknown.add(name);
        } else {
            definition.fields().forEach((field, type) -> bean.fields().put(field, of(type)));
            floatFields |= definition.fields().containsValue(JavaType.FLOAT);
        }
        return bean;
    }

    /// Providers publish `toString` of each constant. Only when all of them look like names are they used as the names.
    private static List<String> published(List<String> constants) {
        return constants.stream().allMatch(text -> text.matches("[A-Z_][A-Z0-9_]*")) ? constants : List.of();
    }

    static String arrayName(String name) {
        return ARRAY_NAMES.getOrDefault(name, name);
    }

    private static @Nullable String named(String name) {
        return name.isEmpty() ? null : name;
    }
}
