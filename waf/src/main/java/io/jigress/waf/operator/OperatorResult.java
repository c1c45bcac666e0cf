package io.jigress.waf.operator;

/// What [Operators#create] makes of an operator's name and argument.
public sealed interface OperatorResult {
    record Created(Operator operator) implements OperatorResult {
    }

    /// The operator cannot be had: what is wrong, and what was expected.
    record Refused(String message, String expected) implements OperatorResult {
    }
}
