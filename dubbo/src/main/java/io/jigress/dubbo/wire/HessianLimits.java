package io.jigress.dubbo.wire;

/// Limits of what is read from a peer; the number of bytes is limited by the frame.
///
/// @param depth the nesting depth of containers
/// @param values the number of values of one message, at all depths; values behind a reference count each time it is followed
/// @param definitions the number of class definitions of one message
public record HessianLimits(int depth, int values, int definitions) {
    public static final HessianLimits DEFAULT = new HessianLimits(64, 1_000_000, 1_000);
}
