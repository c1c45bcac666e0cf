package io.jigress.filters.cors;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A pattern of origins: text in which each `*` stands for any characters, optionally followed by the allowed ports (`:[8080,9090]`,
/// `:[*]` for any port or none, or `:[]` for none). The whole origin must match; case is ignored.
///
/// @param literals the lower-case texts between the stars, in order; the first begins and the last ends the origin
/// @param ports null when the pattern names no ports; empty for any port or none; an empty text in it stands for no port
record OriginPattern(List<String> literals, @Nullable List<String> ports) {

    OriginPattern {
        literals = List.copyOf(literals);
        ports = ports == null ? null : List.copyOf(ports);
    }

    /// Null when the ports are not written as a list.
    static @Nullable OriginPattern parse(String lowerCase) {
        int list = lowerCase.indexOf(":[");
        // The bracket of an IPv6 host follows "//", not a colon.
        if (list < 0) {
            return new OriginPattern(List.of(lowerCase.split("\\*", -1)), null);
        }
        String ports = lowerCase.substring(list + 2);
        List<String> literals = List.of(lowerCase.substring(0, list).split("\\*", -1));
        if (ports.equals("*]")) {
            return new OriginPattern(literals, List.of());
        }
        if (ports.equals("]")) {
            return new OriginPattern(literals, List.of(""));
        }
        if (!ports.matches("[0-9]{1,5}(,[0-9]{1,5})*\\]")) {
            return null;
        }
        return new OriginPattern(literals, List.of(ports.substring(0, ports.length() - 1).split(",")));
    }

    /// @param origin in lower case
    boolean matches(String origin) {
        if (ports == null) {
            return fits(origin, origin.length());
        }
        int colon = port(origin);
        if (ports.isEmpty()) {
            return fits(origin, colon < 0 ? origin.length() : colon);
        }
        if (colon < 0) {
            return ports.contains("") && fits(origin, origin.length());
        }
        return ports.contains(origin.substring(colon + 1)) && fits(origin, colon);
    }

    /// The place of the colon before the port, or -1.
    private static int port(String origin) {
        int colon = origin.lastIndexOf(':');
        if (colon < 0 || colon == origin.length() - 1) {
            return -1;
        }
        for (int i = colon + 1; i < origin.length(); i++) {
            if (origin.charAt(i) < '0' || origin.charAt(i) > '9') {
                return -1;
            }
        }
        return colon;
    }

    /// Whether the first `end` characters match the literals: the first and last at the ends, the others leftmost between them.
    private boolean fits(String origin, int end) {
        String first = literals.getFirst();
        if (literals.size() == 1) {
            return end == first.length() && origin.startsWith(first);
        }
        String last = literals.getLast();
        int from = first.length();
        int to = end - last.length();
        if (to < from || !origin.startsWith(first) || !origin.startsWith(last, to)) {
            return false;
        }
        for (int i = 1; i < literals.size() - 1; i++) {
            int at = origin.indexOf(literals.get(i), from);
            if (at < 0 || at + literals.get(i).length() > to) {
                return false;
            }
            from = at + literals.get(i).length();
        }
        return true;
    }
}
