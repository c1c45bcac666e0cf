package io.jigress.proxy.route;

/// The text that every match of an RE2 expression begins with, so that the expression is tried only where it may match.
/// Conservative: the prefix ends at the first construct that is not understood.
final class LiteralPrefix {
    private LiteralPrefix() {}

    static String of(String expression) {
        if (expression.contains("\\Q") || hasFlags(expression) || hasAlternatives(expression)) {
            return "";
        }
        StringBuilder prefix = new StringBuilder();
        int i = expression.startsWith("^") ? 1 : 0;
        while (i < expression.length()) {
            char c = expression.charAt(i);
            if (c == '*' || c == '?' || c == '{') {
                prefix.setLength(Math.max(0, prefix.length() - 1));
                break;
            }
            if (c == '\\' && i + 1 < expression.length() && isPunctuation(expression.charAt(i + 1))) {
                c = expression.charAt(++i);
            } else if (!isPlain(c)) {
                break;
            }
            prefix.append(c);
            i++;
        }
        return prefix.toString();
    }

    /// Whether there are flags: a quantifier after them, as in `a(?i)*`, applies to what precedes them.
    private static boolean hasFlags(String expression) {
        for (int at = expression.indexOf("(?"); at >= 0; at = expression.indexOf("(?", at + 1)) {
            if (!expression.startsWith(":", at + 2) && !expression.startsWith("P<", at + 2)
                    && !expression.startsWith("<", at + 2)) {
                return true;
            }
        }
        return false;
    }

    /// Whether there is a `|` outside of all groups: then the beginning of the text belongs to one branch only.
    private static boolean hasAlternatives(String expression) {
        int depth = 0;
        for (int i = 0; i < expression.length(); i++) {
            switch (expression.charAt(i)) {
                case '\\' -> i++;
                case '(' -> depth++;
                case ')' -> depth--;
                case '[' -> i = classEnd(expression, i);
                case '|' -> {
                    if (depth <= 0) {
                        return true;
                    }
                }
                default -> {}
            }
        }
        return false;
    }

    /// The index of the bracket that closes the class which opens at `open`.
    private static int classEnd(String expression, int open) {
        int i = open + 1;
        if (expression.startsWith("^", i)) {
            i++;
        }
        // A closing bracket at the first position is a member.
        if (expression.startsWith("]", i)) {
            i++;
        }
        while (i < expression.length() && expression.charAt(i) != ']') {
            if (expression.charAt(i) == '\\') {
                i++;
            } else if (expression.startsWith("[:", i) && expression.indexOf(":]", i + 2) > 0) {
                i = expression.indexOf(":]", i + 2) + 1;
            }
            i++;
        }
        return i;
    }

    private static boolean isPunctuation(char c) {
        return c > ' ' && c < 0x7f && !Character.isLetterOrDigit(c);
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x7f && "\\.+*?()[]{}|^$".indexOf(c) < 0;
    }
}
