package io.jigress.control.kinds;

import org.jspecify.annotations.Nullable;

/// Checks whether the data plane can compile a regular expression.
@FunctionalInterface
public interface RegexSyntax {

    /// The error of an expression, or null when it is valid.
    @Nullable String fault(String expression);
}
