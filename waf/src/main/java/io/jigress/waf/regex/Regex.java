package io.jigress.waf.regex;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A compiled expression. Safe for use by several threads.
public final class Regex implements RegexResult {
    /// In shorter texts the groups are found without looking for the start of the match first.
    private static final int MIN_BACKWARD = 64;

    private final String pattern;
    private final DfaBudget budget;
    private final Program program;
    private final LazyDfa dfa;
    private final int groups;
    private final Set<String> requiredLiterals;
    private final int minLength;
    /// Created when it is first needed, which for most expressions is never.
    private volatile @Nullable LazyDfa backward;
    /// As well.
    private volatile @Nullable LazyDfa anchored;

    private Regex(String pattern, DfaBudget budget, Program program, int groups, Set<String> requiredLiterals, int minLength) {
        this.pattern = pattern;
        this.budget = budget;
        this.program = program;
        dfa = LazyDfa.forward(program, budget);
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
            return new Regex(pattern, budget, program, parser.groups(), RequiredLiterals.of(root),
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
        int slots = 2 * (1 + Math.min(groups, maxGroups));
        if (to - start < MIN_BACKWARD) {
            return matcher.find(program, slots, bytes, from, start, to, false);
        }
        int first = backward().leftmostStart(bytes, from, start, to);
        if (first < 0) {
            return false;
        }
        if (slots > 2) {
            return matcher.find(program, slots, bytes, from, first, to, true);
        }
        matcher.whole(first, anchored().end(bytes, from, first, to));
        return true;
    }

    private LazyDfa anchored() {
        LazyDfa known = anchored;
        return known != null ? known : makeAnchored();
    }

    private synchronized LazyDfa makeAnchored() {
        LazyDfa known = anchored;
        if (known == null) {
            known = LazyDfa.anchored(program, budget);
            anchored = known;
        }
        return known;
    }

    private LazyDfa backward() {
        LazyDfa known = backward;
        return known != null ? known : makeBackward();
    }

    private synchronized LazyDfa makeBackward() {
        LazyDfa known = backward;
        if (known == null) {
            known = reversed();
            backward = known;
        }
        return known;
    }

    private LazyDfa reversed() {
        try {
            return LazyDfa.backward(Program.reversed(new RegexParser(pattern).parse()), budget);
        } catch (RegexSyntaxException e) {
            throw new IllegalStateException("an expression that was compiled before cannot be read backwards: " + pattern, e);
        }
    }

    @Override
    public String toString() {
        return pattern;
    }
}
