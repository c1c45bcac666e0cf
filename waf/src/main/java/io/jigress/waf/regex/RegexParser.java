package io.jigress.waf.regex;

import io.jigress.waf.regex.Node.Alternate;
import io.jigress.waf.regex.Node.Assertion;
import io.jigress.waf.regex.Node.At;
import io.jigress.waf.regex.Node.Bytes;
import io.jigress.waf.regex.Node.Concat;
import io.jigress.waf.regex.Node.Group;
import io.jigress.waf.regex.Node.Repeat;
import java.util.ArrayList;
import java.util.List;

/// Parses the part of PCRE's syntax that needs no backtracking, over bytes: each character of the pattern is one byte.
///
/// Defaults are those with which ModSecurity 2 compiles `@rx`: a dot matches a line feed, `$` matches at the very end only.
/// Constructs that cannot be matched in linear time are refused by name.
final class RegexParser {
    /// The nesting limit of groups.
    static final int MAX_DEPTH = 250;
    /// The largest count of `{n,m}`, RE2's.
    static final int MAX_REPEAT = 1000;

    private final PatternCursor in;
    private final ByteSetParser sets;
    private int depth;
    private int groups;
    private boolean ignoreCase;
    private boolean dotAll = true;
    private boolean multiline;
    private boolean extended;
    private boolean ungreedy;

    RegexParser(String pattern) {
        in = new PatternCursor(pattern);
        sets = new ByteSetParser(in);
    }

    /// The number of capturing groups read, not counting the whole match.
    int groups() {
        return groups;
    }

    Node parse() throws RegexSyntaxException {
        Node node = alternatives();
        if (in.at < in.pattern.length()) {
            throw in.refused("a closing parenthesis without an opening one");
        }
        return node;
    }

    private Node alternatives() throws RegexSyntaxException {
        if (++depth > MAX_DEPTH) {
            throw in.refused("groups nested deeper than " + MAX_DEPTH);
        }
        List<Node> branches = new ArrayList<>();
        branches.add(sequence());
        while (in.at < in.pattern.length() && in.pattern.charAt(in.at) == '|') {
            in.at++;
            branches.add(sequence());
        }
        depth--;
        return branches.size() == 1 ? branches.get(0) : new Alternate(List.copyOf(branches));
    }

    private Node sequence() throws RegexSyntaxException {
        List<Node> parts = new ArrayList<>();
        while (in.at < in.pattern.length()) {
            char c = in.pattern.charAt(in.at);
            if (c == '|' || c == ')') {
                break;
            }
            if (extended && skipsExtended(c)) {
                continue;
            }
            Node atom = atom();
            parts.add(quantified(atom));
        }
        return parts.size() == 1 ? parts.get(0) : new Concat(List.copyOf(parts));
    }

    private boolean skipsExtended(char c) {
        if (c == '#') {
            int end = in.pattern.indexOf('\n', in.at);
            in.at = end < 0 ? in.pattern.length() : end + 1;
            return true;
        }
        if (c == ' ' || c >= '\t' && c <= '\r') {
            in.at++;
            return true;
        }
        return false;
    }

    private Node quantified(Node atom) throws RegexSyntaxException {
        Node node = atom;
        while (in.at < in.pattern.length()) {
            int min;
            int max;
            char c = in.pattern.charAt(in.at);
            if (c == '*') {
                min = 0;
                max = -1;
                in.at++;
            } else if (c == '+') {
                min = 1;
                max = -1;
                in.at++;
            } else if (c == '?') {
                min = 0;
                max = 1;
                in.at++;
            } else if (c == '{' && countEnd() > 0) {
                int end = countEnd();
                String count = in.pattern.substring(in.at + 1, end);
                int comma = count.indexOf(',');
                min = number(comma < 0 ? count : count.substring(0, comma));
                max = comma < 0 ? min : comma == count.length() - 1 ? -1 : number(count.substring(comma + 1));
                if (max >= 0 && max < min) {
                    throw in.refused("{" + count + "}: the maximum is below the minimum");
                }
                in.at = end + 1;
            } else {
                break;
            }
            boolean greedy = !ungreedy;
            if (in.at < in.pattern.length() && in.pattern.charAt(in.at) == '?') {
                greedy = !greedy;
                in.at++;
            } else if (in.at < in.pattern.length() && in.pattern.charAt(in.at) == '+') {
                throw in.refused("a possessive quantifier, which needs backtracking");
            }
            node = new Repeat(node, min, max, greedy);
        }
        return node;
    }

    /// The end of the count that opens here, or -1 when the brace is a literal.
    private int countEnd() {
        int i = in.at + 1;
        int digits = 0;
        while (i < in.pattern.length() && isDigit(in.pattern.charAt(i))) {
            i++;
            digits++;
        }
        if (digits == 0) {
            return -1;
        }
        if (i < in.pattern.length() && in.pattern.charAt(i) == ',') {
            i++;
            while (i < in.pattern.length() && isDigit(in.pattern.charAt(i))) {
                i++;
            }
        }
        return i < in.pattern.length() && in.pattern.charAt(i) == '}' ? i : -1;
    }

    private int number(String digits) throws RegexSyntaxException {
        if (digits.length() > 4 || Integer.parseInt(digits) > MAX_REPEAT) {
            throw in.refused("a repetition of more than " + MAX_REPEAT);
        }
        return Integer.parseInt(digits);
    }

    private Node atom() throws RegexSyntaxException {
        char c = in.pattern.charAt(in.at);
        return switch (c) {
            case '(' -> group();
            case '[' -> {
                ByteSet set = sets.bracket(ignoreCase);
                yield new Bytes(ignoreCase ? set.folded() : set);
            }
            case '.' -> {
                in.at++;
                yield new Bytes(dotAll ? ByteSet.range(0, 255) : ByteSet.of('\n').complement());
            }
            case '^' -> assertion(1, multiline ? Assertion.BEGIN_LINE : Assertion.BEGIN_TEXT);
            case '$' -> assertion(1, multiline ? Assertion.END_LINE : Assertion.END_TEXT);
            case '*', '+', '?' -> throw in.refused("a quantifier with nothing before it");
            case '\\' -> escape();
            default -> {
                in.at++;
                yield literal(c);
            }
        };
    }

    private Node assertion(int length, Assertion assertion) {
        in.at += length;
        return new At(assertion);
    }

    private Node literal(int value) throws RegexSyntaxException {
        if (value > 255) {
            throw in.refused("a character beyond one byte");
        }
        ByteSet set = ByteSet.of(value);
        return new Bytes(ignoreCase ? set.folded() : set);
    }

    private Node group() throws RegexSyntaxException {
        in.at++;
        boolean caseBefore = ignoreCase;
        boolean dotBefore = dotAll;
        boolean lineBefore = multiline;
        boolean extendedBefore = extended;
        boolean ungreedyBefore = ungreedy;
        int index = -1;
        if (in.at < in.pattern.length() && in.pattern.charAt(in.at) == '?') {
            in.at++;
            if (in.skips("#")) {
                int end = in.pattern.indexOf(')', in.at);
                if (end < 0) {
                    throw in.refused("a comment that does not end");
                }
                in.at = end + 1;
                return Node.EMPTY;
            }
            if (in.looksLike("=") || in.looksLike("!") || in.looksLike("<=") || in.looksLike("<!")) {
                throw in.refused("look-around, which needs backtracking");
            }
            if (in.looksLike(">")) {
                throw in.refused("an atomic group, which needs backtracking");
            }
            if (in.looksLike("(") || in.looksLike("|") || in.looksLike("R") || in.looksLike("&") || in.looksLike("P>")
                    || in.looksLike("P=")) {
                throw in.refused("a conditional, recursive or branch-reset group");
            }
            if (in.skips("P<") || in.skips("<") || in.skips("'")) {
                char close = in.pattern.charAt(in.at - 1) == '\'' ? '\'' : '>';
                int end = in.pattern.indexOf(close, in.at);
                if (end < 0) {
                    throw in.refused("a group name that does not end");
                }
                in.at = end + 1;
                index = ++groups;
            } else if (flags()) {
                // Flags without a colon apply until the end of the enclosing group.
                return Node.EMPTY;
            }
        } else {
            index = ++groups;
        }
        Node body = alternatives();
        if (in.at >= in.pattern.length()) {
            throw in.refused("an opening parenthesis without a closing one");
        }
        in.at++;
        ignoreCase = caseBefore;
        dotAll = dotBefore;
        multiline = lineBefore;
        extended = extendedBefore;
        ungreedy = ungreedyBefore;
        return index < 0 ? body : new Group(body, index);
    }

    /// Reads `i-s:` or `i-s)`; true for the latter.
    private boolean flags() throws RegexSyntaxException {
        boolean value = true;
        while (in.at < in.pattern.length()) {
            char c = in.pattern.charAt(in.at++);
            switch (c) {
                case ':' -> {
                    return false;
                }
                case ')' -> {
                    return true;
                }
                case '-' -> value = false;
                case 'i' -> ignoreCase = value;
                case 's' -> dotAll = value;
                case 'm' -> multiline = value;
                case 'x' -> extended = value;
                case 'U' -> ungreedy = value;
                default -> throw in.refused("the flag " + c);
            }
        }
        throw in.refused("flags that do not end");
    }

    private Node escape() throws RegexSyntaxException {
        if (in.at + 1 >= in.pattern.length()) {
            throw in.refused("a backslash at the end");
        }
        char c = in.pattern.charAt(in.at + 1);
        return switch (c) {
            case 'b' -> assertion(2, Assertion.WORD_BOUNDARY);
            case 'B' -> assertion(2, Assertion.NOT_WORD_BOUNDARY);
            case 'A' -> assertion(2, Assertion.BEGIN_TEXT);
            case 'z' -> assertion(2, Assertion.END_TEXT);
            case 'Q' -> quoted();
            case 'Z', 'G', 'K', 'R', 'X', 'C', 'k', 'g', 'p', 'P' -> throw in.refused("the escape \\" + c);
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
                throw in.refused("a back-reference (\\" + c + "), which needs backtracking");
            default -> {
                ByteSet set = sets.escaped();
                yield new Bytes(ignoreCase ? set.folded() : set);
            }
        };
    }

    private Node quoted() throws RegexSyntaxException {
        in.at += 2;
        int end = in.pattern.indexOf("\\E", in.at);
        int stop = end < 0 ? in.pattern.length() : end;
        List<Node> parts = new ArrayList<>();
        while (in.at < stop) {
            parts.add(literal(in.pattern.charAt(in.at++)));
        }
        in.at = end < 0 ? stop : end + 2;
        return new Concat(List.copyOf(parts));
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
