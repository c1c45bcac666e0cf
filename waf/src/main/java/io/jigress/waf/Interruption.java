package io.jigress.waf;

/// Why a transaction is interrupted, and the response to send.
///
/// @param ruleId   the rule that decided, 0 when a limit did
/// @param limit    the limit that was reached, or empty
/// @param location the target of a redirect, or empty
public record Interruption(Kind kind, int status, long ruleId, int phase, String limit, String location) {
    public enum Kind {
        DENY, DROP, REDIRECT
    }

    static Interruption byLimit(String limit, int status, int phase) {
        return new Interruption(Kind.DENY, status, 0, phase, limit, "");
    }
}
