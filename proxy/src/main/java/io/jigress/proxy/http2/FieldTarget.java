package io.jigress.proxy.http2;

/// What takes the fields of a header block, in their order, as lines of HTTP/1: the name at `line`, `: `, the value, CR LF.
interface FieldTarget {
    /// Takes no field: the block is decoded only for the sake of the table.
    FieldTarget NOBODY = (_, _, _, _, _, _) -> {};

    /// @param bytes borrowed for this call
    /// @param hash of the name ([io.jigress.api.HeaderName#hash])
    /// @param kind one of [FieldKind], possibly with [FieldKind#BAD_VALUE]
    void field(byte[] bytes, int line, int nameLength, int valueLength, int hash, int kind);
}
