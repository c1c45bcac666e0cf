package io.jigress.waf.regex;

import java.util.Set;

/// A compiled expression. Safe for use by several threads.
public final class Regex implements RegexResult {
    private final String pattern;
    private final Program program;
    private final LazyDfa dfa;
    private final int groups;
    private final Set<String> requiredLiterals;
    private final int minLength;

    private Regex(String pattern, Program program, LazyDfa dfa, int groups, Set<String> requiredLiterals, int minLength) {
        this.pattern = pattern;
        this.program = program;
        this.dfa = dfa;
        this.groups = groups;
        this.requiredLiterals = requiredLiterals;
        this.minLength = minLength;
    }

    /// Compiles a pattern; each of its characters is one byte.
    public static RegexResult compile(String pattern, DfaBudget budget) {
        try {
            RegexParser parser = new RegexParser(pattern);
            Node root = parser.parse();
            Program program = Program.of(root);
            return new Regex(pattern, program, new LazyDfa(program, budget), parser.groups(), RequiredLiterals.of(root),
                    Math.toIntExact(Math.min(Integer.MAX_VALUE, Node.minLength(root))));
        } catch (RegexSyntaxException e) {
            return new RegexRefusal(e.what(), e.offset());
        }
    }

    public String pattern() {
        return pattern;
    }

    /// Strings in lower case; every match contains one of them, ignoring case. Empty when none are known.
    public Set<String> requiredLiterals() {
        return requiredLiterals;
    }

    /// The length of the shortest match.
    public int minLength() {
        return minLength;
    }

    /// Whether the expression matches anywhere between the two offsets, in one pass over them.
    public boolean find(byte[] bytes, int from, int to) {
        return dfa.find(bytes, from, to);
    }

    /// Finds the leftmost match and its groups, which the matcher then returns.
    public boolean captures(CaptureMatcher matcher, byte[] bytes, int from, int to, int maxGroups) {
        return captures(matcher, bytes, from, from, to, maxGroups);
    }

    /// As above, but only matches that begin at `start` or later; assertions see the bytes before.
    public boolean captures(CaptureMatcher matcher, byte[] bytes, int from, int start, int to, int maxGroups) {
        return matcher.find(program, 2 * (1 + Math.min(groups, maxGroups)), bytes, from, start, to);
    }

    @Override
    public String toString() {
        return pattern;
    }
}
