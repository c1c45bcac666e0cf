package io.jigress.waf.regex;

/// Why a pattern was not compiled: what it contains, and where.
public record RegexRefusal(String what, int offset) implements RegexResult {
}
