package io.jigress.dubbo.wire;

/// Bounds of what is read from a peer; the bytes themselves are bounded by the frame.
///
/// @param depth how deep containers may be nested
/// @param values how many values, at all depths, one message may have; those behind a reference count where it is followed
/// @param definitions how many classes one message may define
public record HessianLimits(int depth, int values, int definitions) {
    public static final HessianLimits DEFAULT = new HessianLimits(64, 1_000_000, 1_000);
}
