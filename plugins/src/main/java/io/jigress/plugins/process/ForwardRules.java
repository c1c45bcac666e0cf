package io.jigress.plugins.process;

/// Which fields a server is shown: the allowed ones, or all, without the disallowed ones.
///
/// @param all whether fields are allowed when no list allows any
public record ForwardRules(TextMatcher allowed, TextMatcher disallowed, boolean all) {
    public static final ForwardRules ALL = new ForwardRules(TextMatcher.NONE, TextMatcher.NONE, true);

    /// @param name in lower case
    public boolean forwards(String name) {
        return !disallowed.matches(name) && (allowed.isEmpty() ? all : allowed.matches(name));
    }
}
