package io.jigress.waf.regex;

/// Ends the parsing of an expression; [Regex#compile] converts it to a value.
final class RegexSyntaxException extends Exception {
    private final int offset;

    RegexSyntaxException(String what, int offset) {
        super(what, null, false, false);
        this.offset = offset;
    }

    int offset() {
        return offset;
    }

    String what() {
        return String.valueOf(getMessage());
    }
}
