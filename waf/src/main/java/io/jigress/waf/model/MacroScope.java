package io.jigress.waf.model;

/// Where a macro finds its variables.
public interface MacroScope {
    /// Appends the value of a variable, or of its member when the key is not empty. Nothing when there is none.
    void append(Variable variable, FieldName key, ByteString out);

    /// An empty buffer for one expanded text, valid until the next call.
    default ByteString scratch() {
        return new ByteString();
    }
}
