package io.jigress.control.kinds;

import io.jigress.api.JsonReader;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Operations on host patterns: `*`, `*.example` (the star stands for any number of labels), `shop.example`.
public final class HostPattern {
    public static final String ANY = "*";
    private static final String EXPECTED = "a DNS name such as shop.example or *.example, without port";

    private HostPattern() {}

    /// The pattern in lower case, or null when the text is not a pattern.
    public static @Nullable String parse(String text) {
        String host = text.toLowerCase(Locale.ROOT);
        String name = host.startsWith("*.") ? host.substring(2) : host;
        if (name.isEmpty() || name.length() > 253 || name.charAt(0) == '.' || name.endsWith(".") || name.contains("..")) {
            return null;
        }
        boolean letter = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean edge = i == 0 || i == name.length() - 1 || name.charAt(i - 1) == '.' || name.charAt(i + 1) == '.';
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || !edge && (c == '-' || c == '_'))) {
                return null;
            }
            letter |= c >= 'a' && c <= 'z';
        }
        return letter ? host : null;
    }

    /// Reads a field; `*` when it is absent, empty, or invalid (which is reported).
    public static String read(JsonReader reader, String field) {
        String text = reader.text(field, "");
        if (text.isEmpty()) {
            return ANY;
        }
        String host = parse(text);
        if (host == null) {
            wrong(reader, field, text);
            return ANY;
        }
        return host;
    }

    /// Reports a text that is not a pattern.
    public static void wrong(JsonReader reader, String field, String text) {
        int scheme = text.indexOf("://");
        String expected = text.equals(ANY) ? "no host, which stands for every host"
                : scheme > 0 ? "a DNS name such as shop.example, without " + text.substring(0, scheme + 3) : EXPECTED;
        reader.error(field, "is \"" + text + "\"", expected);
    }

    /// Whether every host that matches `narrow` also matches `wide`.
    public static boolean covers(String wide, String narrow) {
        if (wide.equals(ANY) || wide.equals(narrow)) {
            return true;
        }
        // "*.a.b" covers "x.a.b" and "*.x.a.b": both end in ".a.b" and have something before it.
        return wide.charAt(0) == '*' && narrow.length() > wide.length() - 1 && narrow.endsWith(wide.substring(1));
    }

    /// The pattern of the hosts that match both; null when no host does.
    public static @Nullable String intersect(String a, String b) {
        return covers(a, b) ? b : covers(b, a) ? a : null;
    }

    /// The next less specific pattern that covers this one: `a.b` → `*.b` → `*` → null.
    public static @Nullable String wider(String host) {
        if (host.equals(ANY)) {
            return null;
        }
        int dot = host.indexOf('.', host.charAt(0) == '*' ? 2 : 0);
        return dot < 0 ? ANY : "*" + host.substring(dot);
    }
}
