package io.jigress.waf.model;

/// Where a macro finds its variables.
public interface MacroScope {
    /// Appends the value of a variable, or of its member when the key is not empty. Nothing when there is none.
    void append(Variable variable, String key, ByteString out);
}
