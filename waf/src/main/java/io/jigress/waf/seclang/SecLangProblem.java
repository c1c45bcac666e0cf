package io.jigress.waf.seclang;

/// A problem of a rule file: the place, the error, and what was expected.
public record SecLangProblem(SourcePlace place, String message, String expected) {
    @Override
    public String toString() {
        return place + ": " + message + " (expected: " + expected + ")";
    }
}
