package io.jigress.dubbo.json;

/// Bounds of a JSON text; its bytes are bounded by whoever collects them.
///
/// @param depth how deep objects and arrays may be nested
/// @param values how many values, at all depths, one text may have
public record JsonLimits(int depth, int values) {
    public static final JsonLimits DEFAULT = new JsonLimits(64, 200_000);
}
