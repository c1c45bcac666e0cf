package io.jigress.waf.seclang;

/// What is wrong with a rule file: the place, the fault, and what was expected.
public record SecLangProblem(SourcePlace place, String message, String expected) {
    @Override
    public String toString() {
        return place + ": " + message + " (expected: " + expected + ")";
    }
}
