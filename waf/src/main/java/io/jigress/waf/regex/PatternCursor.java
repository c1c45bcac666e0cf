package io.jigress.waf.regex;

/// A pattern and the position of its parsers.
final class PatternCursor {
    final String pattern;
    int at;

    PatternCursor(String pattern) {
        this.pattern = pattern;
    }

    boolean looksLike(String text) {
        return pattern.startsWith(text, at);
    }

    boolean skips(String text) {
        if (!looksLike(text)) {
            return false;
        }
        at += text.length();
        return true;
    }

    RegexSyntaxException refused(String what) {
        return new RegexSyntaxException(what, Math.min(at, pattern.length()));
    }
}
