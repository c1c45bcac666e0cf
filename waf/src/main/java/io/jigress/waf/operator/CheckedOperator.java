package io.jigress.waf.operator;

import io.jigress.waf.model.MacroScope;
import io.jigress.waf.regex.CaptureMatcher;
import io.jigress.waf.regex.Regex;

/// An expression whose matches must pass a checksum: `@verifyCC`, `@verifySSN`, `@verifyCPF`, `@verifySVNR`.
final class CheckedOperator implements Operator {
    /// The number of matches of one value that are checked.
    private static final int MAX_CANDIDATES = 64;

    private final Regex regex;
    private final Checksums.Check check;

    CheckedOperator(Regex regex, Checksums.Check check) {
        this.regex = regex;
        this.check = check;
    }

    @Override
    public boolean matches(byte[] bytes, int from, int to, MacroScope scope) {
        return regex.find(bytes, from, to) && find(new CaptureMatcher(), bytes, from, to);
    }

    @Override
    public boolean captures() {
        return true;
    }

    @Override
    public void capture(byte[] bytes, int from, int to, Captures captures) {
        CaptureMatcher matcher = captures.matcher();
        if (find(matcher, bytes, from, to)) {
            captures.group(0, bytes, matcher.start(0), matcher.end(0));
        }
    }

    private boolean find(CaptureMatcher matcher, byte[] bytes, int from, int to) {
        int start = from;
        for (int i = 0; i < MAX_CANDIDATES && regex.captures(matcher, bytes, from, start, to, 0); i++) {
            if (matcher.end(0) > matcher.start(0) && check.passes(bytes, matcher.start(0), matcher.end(0))) {
                return true;
            }
            start = matcher.start(0) + 1;
        }
        return false;
    }
}
