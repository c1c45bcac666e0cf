package io.jigress.waf.regex;

/// What [Regex#compile] makes of a pattern.
public sealed interface RegexResult permits Regex, RegexRefusal {
}
