package io.jigress.waf;

import java.util.List;

/// A match that is logged. Strings hold one byte per character.
///
/// @param variable the variable whose value matched, as `ARGS:q`
/// @param severity 0 (emergency) to 7 (debug), -1 when the rule has none
public record RuleMatch(long ruleId, int phase, String message, String data, String variable, int severity, List<String> tags) {
}
