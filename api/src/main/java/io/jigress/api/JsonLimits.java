package io.jigress.api;

/// Limits of a JSON text; the number of its bytes is limited by the caller that collects them.
///
/// @param depth the nesting depth of objects and arrays
/// @param values the number of values of one text, at all depths
public record JsonLimits(int depth, int values) {
    public static final JsonLimits DEFAULT = new JsonLimits(64, 200_000);
}
