package io.jigress.waf.regex;

/// The result of [Regex#compile].
public sealed interface RegexResult permits Regex, RegexRefusal {
}
