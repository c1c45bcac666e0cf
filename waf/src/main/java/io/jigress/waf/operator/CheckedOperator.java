package io.jigress.waf.operator;

import io.jigress.waf.model.MacroScope;
import io.jigress.waf.regex.Regex;
import org.jspecify.annotations.Nullable;

/// An expression whose matches must pass a checksum: `@verifyCC` and its siblings.
final class CheckedOperator implements Operator {
    /// Matches of one value that are looked at.
    private static final int MAX_CANDIDATES = 64;

    private final Regex regex;
    private final Checksums.Check check;

    CheckedOperator(Regex regex, Checksums.Check check) {
        this.regex = regex;
        this.check = check;
    }

    @Override
    public boolean matches(byte[] bytes, int from, int to, MacroScope scope) {
        return regex.find(bytes, from, to) && find(bytes, from, to) != null;
    }

    @Override
    public void capture(byte[] bytes, int from, int to, Captures captures) {
        int[] found = find(bytes, from, to);
        if (found != null) {
            captures.group(0, bytes, found[0], found[1]);
        }
    }

    private int @Nullable [] find(byte[] bytes, int from, int to) {
        int start = from;
        for (int i = 0; i < MAX_CANDIDATES; i++) {
            int[] match = regex.captures(bytes, from, start, to, 0);
            if (match == null) {
                return null;
            }
            if (match[1] > match[0] && check.passes(bytes, match[0], match[1])) {
                return match;
            }
            start = match[0] + 1;
        }
        return null;
    }
}
