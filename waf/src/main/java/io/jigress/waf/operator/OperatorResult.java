package io.jigress.waf.operator;

/// The result of [Operators#create].
public sealed interface OperatorResult {
    record Created(Operator operator) implements OperatorResult {
    }

    /// The operator cannot be created: what is wrong, and what was expected.
    record Refused(String message, String expected) implements OperatorResult {
    }
}
