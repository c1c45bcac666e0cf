package io.jigress.control;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Text that others wrote, for terminals and logs: control characters are written as escapes (`\u001b`), so that they neither move a cursor nor begin a line.
/// So are the characters that change the direction of text, which make it look like another.
public final class Printable {
    private static final String DIRECTIONS = "\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069";
    private static final Pattern LINE = Pattern.compile("[\\x00-\\x1f\\x7f-\\x9f" + DIRECTIONS + "]");
    private static final Pattern LINES = Pattern.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f" + DIRECTIONS + "]");

    private Printable() {}

    /// As one line: line breaks and tabs are escaped, too.
    public static String line(String text) {
        return escaped(LINE, text);
    }

    /// Line feeds and tabs stay.
    public static String lines(String text) {
        return escaped(LINES, text);
    }

    private static String escaped(Pattern control, String text) {
        return control.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(String.format("\\u%04x", (int) found.group().charAt(0))));
    }
}
