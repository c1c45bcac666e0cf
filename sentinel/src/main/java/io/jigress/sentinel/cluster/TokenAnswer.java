package io.jigress.sentinel.cluster;

/// What a token server decides.
///
/// @param waitMillis of PASS: how long the request has to wait first
public record TokenAnswer(Kind kind, int waitMillis) {
    public static final TokenAnswer PASS = new TokenAnswer(Kind.PASS, 0);
    public static final TokenAnswer REFUSED = new TokenAnswer(Kind.REFUSED, 0);
    public static final TokenAnswer UNAVAILABLE = new TokenAnswer(Kind.UNAVAILABLE, 0);

    public enum Kind {
        PASS, REFUSED,
        /// There is no decision: the server does not answer, has too much to do, or does not know the rule.
        UNAVAILABLE
    }
}
