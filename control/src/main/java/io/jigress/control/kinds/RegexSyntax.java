package io.jigress.control.kinds;

import org.jspecify.annotations.Nullable;

/// Knows whether an expression is one that the data plane will compile.
@FunctionalInterface
public interface RegexSyntax {

    /// What is wrong with an expression, or null when it is good.
    @Nullable String fault(String expression);
}
