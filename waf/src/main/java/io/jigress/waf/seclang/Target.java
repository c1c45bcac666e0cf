package io.jigress.waf.seclang;

/// One variable of a rule's first argument, such as `ARGS`, `&TX:score`, `!REQUEST_COOKIES:/^_ga/`.
///
/// @param variable the name in upper case
/// @param kind     whether the rule examines it, counts it or excludes it
/// @param selector the members of a collection
public record Target(SourcePlace place, String variable, Kind kind, Selector selector) {
    public enum Kind {
        VALUE, COUNT, EXCLUSION
    }

    public sealed interface Selector {
    }

    public enum All implements Selector {
        ALL
    }

    /// A member by its name, or the XPath of XML.
    public record Key(String name) implements Selector {
    }

    /// Members whose names an expression matches.
    public record Expression(String pattern) implements Selector {
    }

    @Override
    public String toString() {
        String sign = switch (kind) {
            case VALUE -> "";
            case COUNT -> "&";
            case EXCLUSION -> "!";
        };
        return sign + variable + switch (selector) {
            case All.ALL -> "";
            case Key key -> ":" + key.name();
            case Expression expression -> ":/" + expression.pattern() + "/";
        };
    }
}
