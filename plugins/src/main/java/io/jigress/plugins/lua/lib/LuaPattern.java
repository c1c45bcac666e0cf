package io.jigress.plugins.lua.lib;

import io.jigress.plugins.lua.vm.Call;
import io.jigress.plugins.lua.vm.LuaError;
import io.jigress.plugins.lua.vm.Meter;

/// Matches Lua's patterns. Each step is charged, so that backtracking ends at the instruction limit.
final class LuaPattern {
    private static final int MOST_CAPTURES = 32;
    private static final int MOST_LEVELS = 200;
    private static final int UNFINISHED = -1;
    private static final int POSITION = -2;

    private final Call call;
    private final Meter meter;
    private final String text;
    private final String pattern;
    private final int[] starts = new int[MOST_CAPTURES];
    private final int[] lengths = new int[MOST_CAPTURES];
    private int captures;
    private int levels;

    LuaPattern(Call call, String text, String pattern) {
        this.call = call;
        meter = call.meter();
        this.text = text;
        this.pattern = pattern;
    }

    private LuaError error(String message) {
        return call.error(message);
    }

    /// The end of a match that begins at a position of the text, by the pattern from another position on; -1 for none.
    int match(int at, int from) {
        captures = 0;
        levels = 0;
        return step(at, from);
    }

    int captures() {
        return captures;
    }

    /// A capture; the whole match, from `start` to `end`, when the pattern has none.
    Object capture(int i, int start, int end) {
        if (i >= captures) {
            if (i == 0) {
                meter.string(end - start);
                return text.substring(start, end);
            }
            throw error("invalid capture index");
        }
        if (lengths[i] == POSITION) {
            return (double) (starts[i] + 1);
        }
        if (lengths[i] == UNFINISHED) {
            throw error("unfinished capture");
        }
        meter.string(lengths[i]);
        return text.substring(starts[i], starts[i] + lengths[i]);
    }

    String whole(int start, int end) {
        meter.string(end - start);
        return text.substring(start, end);
    }

    private int step(int textAt, int patternAt) {
        if (++levels > MOST_LEVELS) {
            throw error("pattern too complex");
        }
        try {
            int s = textAt;
            int p = patternAt;
            while (true) {
                meter.work(1);
                if (p == pattern.length()) {
                    return s;
                }
                char c = pattern.charAt(p);
                if (c == '(') {
                    return p + 1 < pattern.length() && pattern.charAt(p + 1) == ')'
                            ? open(s, p + 2, POSITION)
                            : open(s, p + 1, UNFINISHED);
                }
                if (c == ')') {
                    return close(s, p + 1);
                }
                if (c == '$' && p + 1 == pattern.length()) {
                    return s == text.length() ? s : -1;
                }
                if (c == '%' && p + 1 < pattern.length()) {
                    char next = pattern.charAt(p + 1);
                    if (next == 'b') {
                        s = balance(s, p + 2);
                        if (s < 0) {
                            return -1;
                        }
                        p += 4;
                        continue;
                    }
                    if (next == 'f') {
                        p += 2;
                        if (p >= pattern.length() || pattern.charAt(p) != '[') {
                            throw error("missing '[' after '%f' in pattern");
                        }
                        int end = classEnd(p);
                        char before = s == 0 ? '\0' : text.charAt(s - 1);
                        char here = s < text.length() ? text.charAt(s) : '\0';
                        if (set(before, p, end - 1) || !set(here, p, end - 1)) {
                            return -1;
                        }
                        p = end;
                        continue;
                    }
                    if (next >= '0' && next <= '9') {
                        s = backReference(s, next);
                        if (s < 0) {
                            return -1;
                        }
                        p += 2;
                        continue;
                    }
                }
                int end = classEnd(p);
                char suffix = end < pattern.length() ? pattern.charAt(end) : '\0';
                boolean here = s < text.length() && single(text.charAt(s), p, end);
                switch (suffix) {
                    case '?' -> {
                        if (here) {
                            int result = step(s + 1, end + 1);
                            if (result >= 0) {
                                return result;
                            }
                        }
                        p = end + 1;
                    }
                    case '*' -> {
                        return most(s, p, end, 0);
                    }
                    case '+' -> {
                        return here ? most(s, p, end, 1) : -1;
                    }
                    case '-' -> {
                        return least(s, p, end);
                    }
                    default -> {
                        if (!here) {
                            return -1;
                        }
                        s++;
                        p = end;
                    }
                }
            }
        } finally {
            levels--;
        }
    }

    private int most(int s, int p, int end, int least) {
        int count = 0;
        while (s + count < text.length() && single(text.charAt(s + count), p, end)) {
            count++;
            meter.work(1);
        }
        for (; count >= least; count--) {
            int result = step(s + count, end + 1);
            if (result >= 0) {
                return result;
            }
        }
        return -1;
    }

    private int least(int from, int p, int end) {
        int s = from;
        while (true) {
            int result = step(s, end + 1);
            if (result >= 0) {
                return result;
            }
            if (s >= text.length() || !single(text.charAt(s), p, end)) {
                return -1;
            }
            s++;
        }
    }

    private int open(int s, int p, int kind) {
        if (captures >= MOST_CAPTURES) {
            throw error("too many captures");
        }
        starts[captures] = s;
        lengths[captures] = kind;
        captures++;
        int result = step(s, p);
        if (result < 0) {
            captures--;
        }
        return result;
    }

    private int close(int s, int p) {
        int i = captures - 1;
        while (i >= 0 && lengths[i] != UNFINISHED) {
            i--;
        }
        if (i < 0) {
            throw error("invalid pattern capture");
        }
        lengths[i] = s - starts[i];
        int result = step(s, p);
        if (result < 0) {
            lengths[i] = UNFINISHED;
        }
        return result;
    }

    private int balance(int from, int p) {
        if (p + 1 >= pattern.length()) {
            throw error("unbalanced pattern");
        }
        if (from >= text.length() || text.charAt(from) != pattern.charAt(p)) {
            return -1;
        }
        char begin = pattern.charAt(p);
        char end = pattern.charAt(p + 1);
        int depth = 1;
        for (int s = from + 1; s < text.length(); s++) {
            meter.work(1);
            char c = text.charAt(s);
            if (c == end) {
                if (--depth == 0) {
                    return s + 1;
                }
            } else if (c == begin) {
                depth++;
            }
        }
        return -1;
    }

    private int backReference(int s, char digit) {
        int i = digit - '1';
        if (i < 0 || i >= captures || lengths[i] == UNFINISHED) {
            throw error("invalid capture index");
        }
        int length = Math.max(0, lengths[i]);
        meter.work(length / 8);
        return text.regionMatches(starts[i], text, s, length) && s + length <= text.length() ? s + length : -1;
    }

    private int classEnd(int from) {
        int p = from;
        char c = pattern.charAt(p++);
        if (c == '%') {
            if (p >= pattern.length()) {
                throw error("malformed pattern (ends with '%')");
            }
            return p + 1;
        }
        if (c == '[') {
            if (p < pattern.length() && pattern.charAt(p) == '^') {
                p++;
            }
            do {
                if (p >= pattern.length()) {
                    throw error("malformed pattern (missing ']')");
                }
                if (pattern.charAt(p++) == '%') {
                    p++;
                }
            } while (p >= pattern.length() || pattern.charAt(p) != ']');
            return p + 1;
        }
        return p;
    }

    private boolean single(char c, int p, int end) {
        char kind = pattern.charAt(p);
        return switch (kind) {
            case '.' -> true;
            case '%' -> inClass(c, pattern.charAt(p + 1));
            case '[' -> set(c, p, end - 1);
            default -> kind == c;
        };
    }

    /// Whether a character is in the set between two brackets.
    private boolean set(char c, int from, int end) {
        meter.work((end - from) / 8);
        int p = from + 1;
        boolean inside = true;
        if (pattern.charAt(p) == '^') {
            inside = false;
            p++;
        }
        while (p < end) {
            char member = pattern.charAt(p);
            if (member == '%') {
                if (inClass(c, pattern.charAt(p + 1))) {
                    return inside;
                }
                p += 2;
            } else if (p + 2 < end && pattern.charAt(p + 1) == '-') {
                if (member <= c && c <= pattern.charAt(p + 2)) {
                    return inside;
                }
                p += 3;
            } else {
                if (member == c) {
                    return inside;
                }
                p++;
            }
        }
        return !inside;
    }

    private static boolean inClass(char c, char kind) {
        boolean lower = c >= 'a' && c <= 'z';
        boolean upper = c >= 'A' && c <= 'Z';
        boolean digit = c >= '0' && c <= '9';
        boolean printable = c > ' ' && c < 0x7f;
        boolean found = switch (kind | 0x20) {
            case 'a' -> lower || upper;
            case 'c' -> c < ' ' || c == 0x7f;
            case 'd' -> digit;
            case 'g' -> printable;
            case 'l' -> lower;
            case 'p' -> printable && !lower && !upper && !digit;
            case 's' -> c == ' ' || c >= '\t' && c <= '\r';
            case 'u' -> upper;
            case 'w' -> lower || upper || digit;
            case 'x' -> digit || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
            case 'z' -> c == 0;
            default -> kind == c;
        };
        boolean letter = kind >= 'A' && kind <= 'Z' && "acdglpsuwxz".indexOf(kind | 0x20) >= 0;
        return letter != found;
    }
}
