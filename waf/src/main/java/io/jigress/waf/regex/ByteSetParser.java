package io.jigress.waf.regex;

/// Parses brackets and escapes that denote a set of bytes.
final class ByteSetParser {
    private final PatternCursor in;

    ByteSetParser(PatternCursor in) {
        this.in = in;
    }

    /// The bytes of the escape at this position, inside or outside of brackets.
    ByteSet escaped() throws RegexSyntaxException {
        char c = in.pattern.charAt(in.at + 1);
        in.at += 2;
        return switch (c) {
            case 'd' -> ByteClasses.digits();
            case 'D' -> ByteClasses.digits().complement();
            case 'w' -> ByteClasses.words();
            case 'W' -> ByteClasses.words().complement();
            case 's' -> ByteClasses.spaces();
            case 'S' -> ByteClasses.spaces().complement();
            case 'h' -> ByteClasses.horizontal();
            case 'H' -> ByteClasses.horizontal().complement();
            case 'v' -> ByteClasses.vertical();
            case 'V' -> ByteClasses.vertical().complement();
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
                if (in.at >= in.pattern.length() || in.pattern.charAt(in.at) > 127) {
                    throw in.refused("\\c without a character");
                }
                yield ByteSet.of(Character.toUpperCase(in.pattern.charAt(in.at++)) ^ 64);
            }
            default -> {
                if (c > 255 || Character.isLetterOrDigit(c) && c < 128) {
                    throw in.refused("the escape \\" + c);
                }
                yield ByteSet.of(c);
            }
        };
    }

    private int hexadecimal() throws RegexSyntaxException {
        int end;
        int start = in.at;
        if (in.skips("{")) {
            start = in.at;
            end = in.pattern.indexOf('}', in.at);
            if (end < 0) {
                throw in.refused("\\x{ that does not end");
            }
            in.at = end + 1;
        } else {
            while (in.at < in.pattern.length() && in.at < start + 2 && Character.digit(in.pattern.charAt(in.at), 16) >= 0) {
                in.at++;
            }
            end = in.at;
        }
        int value = 0;
        for (int i = start; i < end; i++) {
            int digit = Character.digit(in.pattern.charAt(i), 16);
            value = value * 16 + digit;
            if (digit < 0 || value > 255) {
                throw in.refused("a character beyond one byte");
            }
        }
        return value;
    }

    private int octal(char first) throws RegexSyntaxException {
        int value = first - '0';
        for (int i = 0; i < 2 && in.at < in.pattern.length() && in.pattern.charAt(in.at) >= '0'
                && in.pattern.charAt(in.at) <= '7'; i++) {
            value = value * 8 + in.pattern.charAt(in.at++) - '0';
        }
        if (value > 255) {
            throw in.refused("a character beyond one byte");
        }
        return value;
    }

    ByteSet bracket(boolean ignoreCase) throws RegexSyntaxException {
        in.at++;
        boolean negated = in.skips("^");
        ByteSet set = new ByteSet();
        boolean first = true;
        while (true) {
            if (in.at >= in.pattern.length()) {
                throw in.refused("a bracket that does not end");
            }
            char c = in.pattern.charAt(in.at);
            if (c == ']' && !first) {
                in.at++;
                break;
            }
            first = false;
            if (in.looksLike("[:")) {
                int end = in.pattern.indexOf(":]", in.at);
                if (end > 0) {
                    set.addAll(named(in.pattern.substring(in.at + 2, end)));
                    in.at = end + 2;
                    continue;
                }
            }
            ByteSet low = bracketMember();
            if (low.size() != 1 || !in.looksLike("-") || in.at + 1 >= in.pattern.length()
                    || in.pattern.charAt(in.at + 1) == ']') {
                set.addAll(low);
                continue;
            }
            int dash = in.at++;
            ByteSet high = in.looksLike("[:") ? new ByteSet() : bracketMember();
            if (high.size() != 1) {
                // PCRE reads [a-\d] as the three members.
                in.at = dash + 1;
                set.addAll(low);
                set.add('-');
                continue;
            }
            if (member(high) < member(low)) {
                throw in.refused("a range whose end is before its start");
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
        char c = in.pattern.charAt(in.at);
        if (c == '\\') {
            if (in.at + 1 >= in.pattern.length()) {
                throw in.refused("a backslash at the end");
            }
            if (in.pattern.charAt(in.at + 1) == 'b') {
                in.at += 2;
                return ByteSet.of('\b');
            }
            return escaped();
        }
        if (c > 255) {
            throw in.refused("a character beyond one byte");
        }
        in.at++;
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
            case "alpha" -> ByteClasses.letters();
            case "digit" -> ByteClasses.digits();
            case "alnum" -> ByteClasses.union(ByteClasses.letters(), ByteClasses.digits());
            case "upper" -> ByteSet.range('A', 'Z');
            case "lower" -> ByteSet.range('a', 'z');
            case "space" -> ByteClasses.spaces();
            case "blank" -> ByteClasses.union(ByteSet.of(' '), ByteSet.of('\t'));
            case "punct" -> ByteClasses.union(ByteClasses.union(ByteSet.range('!', '/'), ByteSet.range(':', '@')),
                    ByteClasses.union(ByteSet.range('[', '`'), ByteSet.range('{', '~')));
            case "cntrl" -> ByteClasses.union(ByteSet.range(0, 31), ByteSet.of(127));
            case "print" -> ByteSet.range(32, 126);
            case "graph" -> ByteSet.range(33, 126);
            case "xdigit" ->
                ByteClasses.union(ByteClasses.digits(), ByteClasses.union(ByteSet.range('a', 'f'), ByteSet.range('A', 'F')));
            case "word" -> ByteClasses.words();
            case "ascii" -> ByteSet.range(0, 127);
            default -> throw in.refused("the class [:" + name + ":]");
        };
        return negated ? set.complement() : set;
    }
}
