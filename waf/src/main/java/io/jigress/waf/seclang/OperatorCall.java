package io.jigress.waf.seclang;

/// The second argument of a rule: `@name argument`, perhaps with a `!` before it.
public record OperatorCall(SourcePlace place, String name, String argument, boolean negated) {
}
