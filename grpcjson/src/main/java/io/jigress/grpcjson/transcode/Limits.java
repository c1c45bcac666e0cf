package io.jigress.grpcjson.transcode;

/// What one message may have.
///
/// @param bytes in either form
/// @param depth of nested objects and lists
/// @param elements values of JSON, or fields on the wire
public record Limits(int bytes, int depth, int elements) {}
