package io.jigress.waf.body;

/// Receives the arguments that a parser finds.
@FunctionalInterface
public interface PairSink {
    /// The arrays belong to the parser and are valid during the call.
    void pair(byte[] name, int nameFrom, int nameTo, byte[] value, int valueFrom, int valueTo);
}
