package io.jigress.waf.model;

/// The variables of a macro.
public interface MacroScope {
    /// Appends the value of a variable, or of its member when the key is not empty. Appends nothing when there is none.
    void append(Variable variable, FieldName key, ByteString out);

    /// An empty buffer for one expanded text, valid until the next call.
    default ByteString scratch() {
        return new ByteString();
    }
}
