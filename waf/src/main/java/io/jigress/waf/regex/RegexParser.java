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

/// Reads the part of PCRE's syntax that needs no backtracking, over bytes: each character of the pattern is one byte.
///
/// Defaults are those with which ModSecurity 2 compiles `@rx`: a dot matches a line feed, `$` matches at the very end only.
/// What cannot be matched in linear time is refused by name.
final class RegexParser {
    /// Groups nest at most this deep.
    static final int MAX_DEPTH = 250;
    /// The largest count of `{n,m}`, RE2's.
    static final int MAX_REPEAT = 1000;

    private final String pattern;
    private int at;
    private int depth;
    private int groups;
    private boolean ignoreCase;
    private boolean dotAll = true;
    private boolean multiline;
    private boolean extended;
    private boolean ungreedy;

    RegexParser(String pattern) {
        this.pattern = pattern;
    }

    /// The number of capturing groups read, the whole match not counted.
    int groups() {
        return groups;
    }

    Node parse() throws RegexSyntaxException {
        Node node = alternatives();
        if (at < pattern.length()) {
            throw refused("a closing parenthesis without an opening one");
        }
        return node;
    }

    private Node alternatives() throws RegexSyntaxException {
        if (++depth > MAX_DEPTH) {
            throw refused("groups nested deeper than " + MAX_DEPTH);
        }
        List<Node> branches = new ArrayList<>();
        branches.add(sequence());
        while (at < pattern.length() && pattern.charAt(at) == '|') {
            at++;
            branches.add(sequence());
        }
        depth--;
        return branches.size() == 1 ? branches.get(0) : new Alternate(List.copyOf(branches));
    }

    private Node sequence() throws RegexSyntaxException {
        List<Node> parts = new ArrayList<>();
        while (at < pattern.length()) {
            char c = pattern.charAt(at);
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
            int end = pattern.indexOf('\n', at);
            at = end < 0 ? pattern.length() : end + 1;
            return true;
        }
        if (c == ' ' || c >= '\t' && c <= '\r') {
            at++;
            return true;
        }
        return false;
    }

    private Node quantified(Node atom) throws RegexSyntaxException {
        Node node = atom;
        while (at < pattern.length()) {
            int min;
            int max;
            char c = pattern.charAt(at);
            if (c == '*') {
                min = 0;
                max = -1;
                at++;
            } else if (c == '+') {
                min = 1;
                max = -1;
                at++;
            } else if (c == '?') {
                min = 0;
                max = 1;
                at++;
            } else if (c == '{' && countEnd() > 0) {
                int end = countEnd();
                String count = pattern.substring(at + 1, end);
                int comma = count.indexOf(',');
                min = number(comma < 0 ? count : count.substring(0, comma));
                max = comma < 0 ? min : comma == count.length() - 1 ? -1 : number(count.substring(comma + 1));
                if (max >= 0 && max < min) {
                    throw refused("{" + count + "}: the maximum is below the minimum");
                }
                at = end + 1;
            } else {
                break;
            }
            boolean greedy = !ungreedy;
            if (at < pattern.length() && pattern.charAt(at) == '?') {
                greedy = !greedy;
                at++;
            } else if (at < pattern.length() && pattern.charAt(at) == '+') {
                throw refused("a possessive quantifier, which needs backtracking");
            }
            node = new Repeat(node, min, max, greedy);
        }
        return node;
    }

    /// Where the count that opens here ends, or -1 when the brace is a literal.
    private int countEnd() {
        int i = at + 1;
        int digits = 0;
        while (i < pattern.length() && isDigit(pattern.charAt(i))) {
            i++;
            digits++;
        }
        if (digits == 0) {
            return -1;
        }
        if (i < pattern.length() && pattern.charAt(i) == ',') {
            i++;
            while (i < pattern.length() && isDigit(pattern.charAt(i))) {
                i++;
            }
        }
        return i < pattern.length() && pattern.charAt(i) == '}' ? i : -1;
    }

    private int number(String digits) throws RegexSyntaxException {
        if (digits.length() > 4 || Integer.parseInt(digits) > MAX_REPEAT) {
            throw refused("a repetition of more than " + MAX_REPEAT);
        }
        return Integer.parseInt(digits);
    }

    private Node atom() throws RegexSyntaxException {
        char c = pattern.charAt(at);
        return switch (c) {
            case '(' -> group();
            case '[' -> {
                ByteSet set = bracket();
                yield new Bytes(ignoreCase ? set.folded() : set);
            }
            case '.' -> {
                at++;
                yield new Bytes(dotAll ? ByteSet.range(0, 255) : ByteSet.of('\n').complement());
            }
            case '^' -> assertion(1, multiline ? Assertion.BEGIN_LINE : Assertion.BEGIN_TEXT);
            case '$' -> assertion(1, multiline ? Assertion.END_LINE : Assertion.END_TEXT);
            case '*', '+', '?' -> throw refused("a quantifier with nothing before it");
            case '\\' -> escape();
            default -> {
                at++;
                yield literal(c);
            }
        };
    }

    private Node assertion(int length, Assertion assertion) {
        at += length;
        return new At(assertion);
    }

    private Node literal(int value) throws RegexSyntaxException {
        if (value > 255) {
            throw refused("a character beyond one byte");
        }
        ByteSet set = ByteSet.of(value);
        return new Bytes(ignoreCase ? set.folded() : set);
    }

    private Node group() throws RegexSyntaxException {
        at++;
        boolean caseBefore = ignoreCase;
        boolean dotBefore = dotAll;
        boolean lineBefore = multiline;
        boolean extendedBefore = extended;
        boolean ungreedyBefore = ungreedy;
        int index = -1;
        if (at < pattern.length() && pattern.charAt(at) == '?') {
            at++;
            if (skips("#")) {
                int end = pattern.indexOf(')', at);
                if (end < 0) {
                    throw refused("a comment that does not end");
                }
                at = end + 1;
                return Node.EMPTY;
            }
            if (looksLike("=") || looksLike("!") || looksLike("<=") || looksLike("<!")) {
                throw refused("look-around, which needs backtracking");
            }
            if (looksLike(">")) {
                throw refused("an atomic group, which needs backtracking");
            }
            if (looksLike("(") || looksLike("|") || looksLike("R") || looksLike("&") || looksLike("P>") || looksLike("P=")) {
                throw refused("a conditional, recursive or branch-reset group");
            }
            if (skips("P<") || skips("<") || skips("'")) {
                char close = pattern.charAt(at - 1) == '\'' ? '\'' : '>';
                int end = pattern.indexOf(close, at);
                if (end < 0) {
                    throw refused("a group name that does not end");
                }
                at = end + 1;
                index = ++groups;
            } else if (flags()) {
                // Flags without a colon hold until the group around them ends.
                return Node.EMPTY;
            }
        } else {
            index = ++groups;
        }
        Node body = alternatives();
        if (at >= pattern.length()) {
            throw refused("an opening parenthesis without a closing one");
        }
        at++;
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
        while (at < pattern.length()) {
            char c = pattern.charAt(at++);
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
                default -> throw refused("the flag " + c);
            }
        }
        throw refused("flags that do not end");
    }

    private boolean looksLike(String text) {
        return pattern.startsWith(text, at);
    }

    private boolean skips(String text) {
        if (!looksLike(text)) {
            return false;
        }
        at += text.length();
        return true;
    }

    private Node escape() throws RegexSyntaxException {
        if (at + 1 >= pattern.length()) {
            throw refused("a backslash at the end");
        }
        char c = pattern.charAt(at + 1);
        return switch (c) {
            case 'b' -> assertion(2, Assertion.WORD_BOUNDARY);
            case 'B' -> assertion(2, Assertion.NOT_WORD_BOUNDARY);
            case 'A' -> assertion(2, Assertion.BEGIN_TEXT);
            case 'z' -> assertion(2, Assertion.END_TEXT);
            case 'Q' -> quoted();
            case 'Z', 'G', 'K', 'R', 'X', 'C', 'k', 'g', 'p', 'P' -> throw refused("the escape \\" + c);
            case '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
                throw refused("a back-reference (\\" + c + "), which needs backtracking");
            default -> {
                ByteSet set = escapedSet();
                yield new Bytes(ignoreCase ? set.folded() : set);
            }
        };
    }

    private Node quoted() throws RegexSyntaxException {
        at += 2;
        int end = pattern.indexOf("\\E", at);
        int stop = end < 0 ? pattern.length() : end;
        List<Node> parts = new ArrayList<>();
        while (at < stop) {
            parts.add(literal(pattern.charAt(at++)));
        }
        at = end < 0 ? stop : end + 2;
        return new Concat(List.copyOf(parts));
    }

    /// The bytes that the escape at this place stands for, inside or outside of brackets.
    private ByteSet escapedSet() throws RegexSyntaxException {
        char c = pattern.charAt(at + 1);
        at += 2;
        return switch (c) {
            case 'd' -> digits();
            case 'D' -> digits().complement();
            case 'w' -> words();
            case 'W' -> words().complement();
            case 's' -> spaces();
            case 'S' -> spaces().complement();
            case 'h' -> horizontal();
            case 'H' -> horizontal().complement();
            case 'v' -> vertical();
            case 'V' -> vertical().complement();
            case 'N' -> ByteSet.of('\n').complement();
            case 'n' -> ByteSet.of('\n');
            case 'r' -> ByteSet.of('\r');
            case 't' -> ByteSet.of('\t');
            case 'f' -> ByteSet.of('\f');
            case 'e' -> ByteSet.of(27);
            case 'a' -> ByteSet.of(7);
            case 'x' -> ByteSet.of(hexadecimal());
            case '0', '1', '2', '3', '4', '5', '6', '7' -> ByteSet.of(octal(c));
            case 'c' -> {
                if (at >= pattern.length() || pattern.charAt(at) > 127) {
                    throw refused("\\c without a character");
                }
                yield ByteSet.of(Character.toUpperCase(pattern.charAt(at++)) ^ 64);
            }
            default -> {
                if (c > 255 || Character.isLetterOrDigit(c) && c < 128) {
                    throw refused("the escape \\" + c);
                }
                yield ByteSet.of(c);
            }
        };
    }

    private int hexadecimal() throws RegexSyntaxException {
        int end;
        int start = at;
        if (skips("{")) {
            start = at;
            end = pattern.indexOf('}', at);
            if (end < 0) {
                throw refused("\\x{ that does not end");
            }
            at = end + 1;
        } else {
            while (at < pattern.length() && at < start + 2 && Character.digit(pattern.charAt(at), 16) >= 0) {
                at++;
            }
            end = at;
        }
        int value = 0;
        for (int i = start; i < end; i++) {
            int digit = Character.digit(pattern.charAt(i), 16);
            value = value * 16 + digit;
            if (digit < 0 || value > 255) {
                throw refused("a character beyond one byte");
            }
        }
        return value;
    }

    private int octal(char first) throws RegexSyntaxException {
        int value = first - '0';
        for (int i = 0; i < 2 && at < pattern.length() && pattern.charAt(at) >= '0' && pattern.charAt(at) <= '7'; i++) {
            value = value * 8 + pattern.charAt(at++) - '0';
        }
        if (value > 255) {
            throw refused("a character beyond one byte");
        }
        return value;
    }

    private ByteSet bracket() throws RegexSyntaxException {
        at++;
        boolean negated = skips("^");
        ByteSet set = new ByteSet();
        boolean first = true;
        while (true) {
            if (at >= pattern.length()) {
                throw refused("a bracket that does not end");
            }
            char c = pattern.charAt(at);
            if (c == ']' && !first) {
                at++;
                break;
            }
            first = false;
            if (looksLike("[:")) {
                int end = pattern.indexOf(":]", at);
                if (end > 0) {
                    set.addAll(named(pattern.substring(at + 2, end)));
                    at = end + 2;
                    continue;
                }
            }
            ByteSet low = bracketMember();
            if (low.size() != 1 || !looksLike("-") || at + 1 >= pattern.length() || pattern.charAt(at + 1) == ']') {
                set.addAll(low);
                continue;
            }
            int dash = at++;
            ByteSet high = looksLike("[:") ? new ByteSet() : bracketMember();
            if (high.size() != 1) {
                // PCRE reads [a-\d] as the three members.
                at = dash + 1;
                set.addAll(low);
                set.add('-');
                continue;
            }
            if (member(high) < member(low)) {
                throw refused("a range whose end is before its start");
            }
            set.addRange(member(low), member(high));
        }
        // Case is folded before the complement is taken, so that (?i)[^a] excludes A.
        if (negated) {
            return (ignoreCase ? set.folded() : set).complement();
        }
        return set;
    }

    private ByteSet bracketMember() throws RegexSyntaxException {
        char c = pattern.charAt(at);
        if (c == '\\') {
            if (at + 1 >= pattern.length()) {
                throw refused("a backslash at the end");
            }
            if (pattern.charAt(at + 1) == 'b') {
                at += 2;
                return ByteSet.of('\b');
            }
            return escapedSet();
        }
        if (c > 255) {
            throw refused("a character beyond one byte");
        }
        at++;
        return ByteSet.of(c);
    }

    private static int member(ByteSet set) {
        int value = 0;
        while (!set.contains(value)) {
            value++;
        }
        return value;
    }

    private ByteSet named(String name) throws RegexSyntaxException {
        boolean negated = name.startsWith("^");
        ByteSet set = switch (negated ? name.substring(1) : name) {
            case "alpha" -> letters();
            case "digit" -> digits();
            case "alnum" -> union(letters(), digits());
            case "upper" -> ByteSet.range('A', 'Z');
            case "lower" -> ByteSet.range('a', 'z');
            case "space" -> spaces();
            case "blank" -> union(ByteSet.of(' '), ByteSet.of('\t'));
            case "punct" -> union(union(ByteSet.range('!', '/'), ByteSet.range(':', '@')),
                    union(ByteSet.range('[', '`'), ByteSet.range('{', '~')));
            case "cntrl" -> union(ByteSet.range(0, 31), ByteSet.of(127));
            case "print" -> ByteSet.range(32, 126);
            case "graph" -> ByteSet.range(33, 126);
            case "xdigit" -> union(digits(), union(ByteSet.range('a', 'f'), ByteSet.range('A', 'F')));
            case "word" -> words();
            case "ascii" -> ByteSet.range(0, 127);
            default -> throw refused("the class [:" + name + ":]");
        };
        return negated ? set.complement() : set;
    }

    private static ByteSet union(ByteSet a, ByteSet b) {
        ByteSet set = new ByteSet();
        set.addAll(a);
        set.addAll(b);
        return set;
    }

    private static ByteSet letters() {
        return union(ByteSet.range('a', 'z'), ByteSet.range('A', 'Z'));
    }

    private static ByteSet digits() {
        return ByteSet.range('0', '9');
    }

    static ByteSet words() {
        return union(union(letters(), digits()), ByteSet.of('_'));
    }

    private static ByteSet spaces() {
        return union(ByteSet.range('\t', '\r'), ByteSet.of(' '));
    }

    private static ByteSet horizontal() {
        return union(union(ByteSet.of('\t'), ByteSet.of(' ')), ByteSet.of(0xa0));
    }

    private static ByteSet vertical() {
        return union(ByteSet.range('\n', '\r'), ByteSet.of(0x85));
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private RegexSyntaxException refused(String what) {
        return new RegexSyntaxException(what, Math.min(at, pattern.length()));
    }
}
