package io.jigress.waf.regex;

/// Why a pattern was refused: the construct and its position.
public record RegexRefusal(String what, int offset) implements RegexResult {
}
