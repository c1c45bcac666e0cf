package io.jigress.waf;

import java.util.List;

/// A rule that matched and is to be logged. Texts are one character a byte.
///
/// @param variable the variable whose value matched, as `ARGS:q`
/// @param severity 0 (emergency) to 7 (debug), -1 when the rule has none
public record RuleMatch(long ruleId, int phase, String message, String data, String variable, int severity, List<String> tags) {
}
