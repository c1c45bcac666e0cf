package io.jigress.dubbo.type;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A Java type by name.
///
/// @param name of a primitive type, or the binary name of a class (`com.acme.Order$Item`)
/// @param arguments of a generic type; empty for a raw one
/// @param dimensions of an array of the type
public record JavaType(String name, List<JavaType> arguments, int dimensions) {
    private static final int MAX_DIMENSIONS = 8;
    private static final int MAX_DEPTH = 32;

    static final JavaType OBJECT = new JavaType("java.lang.Object", List.of(), 0);

    static final JavaType FLOAT = new JavaType("float", List.of(), 0);

    private static final Map<String, String> PRIMITIVES = Map.of("boolean", "Z", "byte", "B", "char", "C", "short", "S", "int",
            "I",
            "long", "J", "float", "F", "double", "D", "void", "V");
    private static final Map<String, String> SHORT_NAMES = Map.ofEntries(Map.entry("String", "java.lang.String"),
            Map.entry("Integer", "java.lang.Integer"), Map.entry("Long", "java.lang.Long"), Map.entry("Short", "java.lang.Short"),
            Map.entry("Byte", "java.lang.Byte"), Map.entry("Boolean", "java.lang.Boolean"), Map.entry("Float", "java.lang.Float"),
            Map.entry("Double", "java.lang.Double"), Map.entry("Character", "java.lang.Character"),
            Map.entry("Object", "java.lang.Object"), Map.entry("Number", "java.lang.Number"),
            Map.entry("List", "java.util.List"), Map.entry("Map", "java.util.Map"), Map.entry("Set", "java.util.Set"),
            Map.entry("Date", "java.util.Date"), Map.entry("BigDecimal", "java.math.BigDecimal"),
            Map.entry("BigInteger", "java.math.BigInteger"));

    /// Parses a type as written in Java, in a provider's metadata or in a descriptor: `int`, `java.util.List<java.lang.Long>`,
    /// `com.acme.Order.Item[]`, `[Ljava.lang.String;`. A wildcard is its bound, a type variable is `Object`. A class within a class is
    /// recognised by the upper case of the outer one's name.
    ///
    /// @return null when the text is not a type
    public static @Nullable JavaType parse(String text) {
        Parser parser = new Parser(text);
        JavaType type = parser.type(0);
        parser.space();
        return parser.at == text.length() ? type : null;
    }

    public boolean primitive() {
        return dimensions == 0 && PRIMITIVES.containsKey(name);
    }

    /// A class without type arguments, by its binary name.
    public static JavaType of(String name) {
        return new JavaType(name, List.of(), 0);
    }

    /// The type of an array's elements.
    JavaType component() {
        return new JavaType(name, arguments, dimensions - 1);
    }

    JavaType argument(int i) {
        return i < arguments.size() ? arguments.get(i) : OBJECT;
    }

    /// The descriptor of the erased type: `Ljava/util/List;`, `[J`.
    public String descriptor() {
        String primitive = PRIMITIVES.get(name);
        return "[".repeat(dimensions) + (primitive == null ? "L" + name.replace('.', '/') + ";" : primitive);
    }

    /// The erased type as `Class.getName` returns it: `java.util.List`, `[J`, `[Ljava.lang.String;`.
    public String className() {
        return dimensions == 0 ? name : descriptor().replace('/', '.');
    }

    /// The type as written in Java source.
    @Override
    public String toString() {
        String generics = arguments.isEmpty()
                ? ""
                : arguments.stream().map(JavaType::toString).collect(Collectors.joining(", ", "<", ">"));
        return name + generics + "[]".repeat(dimensions);
    }

    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        @Nullable JavaType type(int depth) {
            space();
            if (depth > MAX_DEPTH) {
                return null;
            }
            if (peek() == '[') {
                return descriptor();
            }
            if (peek() == '?') {
                return wildcard(depth);
            }
            String name = name();
            if (name == null) {
                return null;
            }
            List<JavaType> arguments = new ArrayList<>();
            space();
            if (peek() == '<') {
                do {
                    at++;
                    JavaType argument = type(depth + 1);
                    if (argument == null) {
                        return null;
                    }
                    arguments.add(argument);
                    space();
                } while (peek() == ',');
                if (peek() != '>') {
                    return null;
                }
                at++;
            }
            int dimensions = 0;
            space();
            while (text.startsWith("[]", at)) {
                at += 2;
                dimensions++;
                space();
            }
            return dimensions > MAX_DIMENSIONS ? null : new JavaType(name, List.copyOf(arguments), dimensions);
        }

        private @Nullable JavaType wildcard(int depth) {
            at++;
            space();
            for (String bound : List.of("extends ", "super ")) {
                if (text.startsWith(bound, at)) {
                    at += bound.length();
                    return type(depth + 1);
                }
            }
            return OBJECT;
        }

        private @Nullable JavaType descriptor() {
            int dimensions = 0;
            while (peek() == '[') {
                at++;
                dimensions++;
            }
            String name;
            if (peek() == 'L') {
                int end = text.indexOf(';', at);
                if (end < 0) {
                    return null;
                }
                String binary = text.substring(at + 1, end).replace('/', '.');
                at = end + 1;
                name = valid(binary) ? binary : null;
            } else {
                String letter = String.valueOf((char) peek());
                name = PRIMITIVES.entrySet().stream().filter(entry -> entry.getValue().equals(letter) && !letter.equals("V"))
                        .map(Map.Entry::getKey).findFirst().orElse(null);
                at++;
            }
            return name == null || dimensions > MAX_DIMENSIONS ? null : new JavaType(name, List.of(), dimensions);
        }

        private @Nullable String name() {
            int start = at;
            while (at < text.length() && (Character.isJavaIdentifierPart(text.charAt(at)) || text.charAt(at) == '.')) {
                at++;
            }
            String name = text.substring(start, at);
            if (!valid(name)) {
                return null;
            }
            if (PRIMITIVES.containsKey(name)) {
                return name;
            }
            if (name.indexOf('.') < 0 && name.length() <= 2 && Character.isUpperCase(name.charAt(0))) {
                return OBJECT.name();
            }
            return SHORT_NAMES.getOrDefault(name, binary(name));
        }

        private static boolean valid(String name) {
            boolean begin = true;
            for (int i = 0; i < name.length(); i++) {
                char c = name.charAt(i);
                if (begin ? !Character.isJavaIdentifierStart(c) : c != '.' && !Character.isJavaIdentifierPart(c)) {
                    return false;
                }
                begin = c == '.';
            }
            return !begin;
        }

        /// `com.acme.Order.Item` is `com.acme.Order$Item`.
        private static String binary(String name) {
            int dot = -1;
            while (true) {
                boolean upper = Character.isUpperCase(name.charAt(dot + 1));
                int next = name.indexOf('.', dot + 1);
                if (next < 0) {
                    return name;
                }
                if (upper) {
                    return name.substring(0, next) + name.substring(next).replace('.', '$');
                }
                dot = next;
            }
        }

        private int peek() {
            return at < text.length() ? text.charAt(at) : 0;
        }

        void space() {
            while (peek() == ' ') {
                at++;
            }
        }
    }
}
