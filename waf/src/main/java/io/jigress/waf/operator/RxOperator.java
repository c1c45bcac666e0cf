package io.jigress.waf.operator;

import io.jigress.waf.model.MacroScope;
import io.jigress.waf.regex.CaptureMatcher;
import io.jigress.waf.regex.Regex;
import java.util.Set;

/// `@rx`.
final class RxOperator implements Operator {
    private static final int MAX_GROUPS = 9;

    private final Regex regex;

    RxOperator(Regex regex) {
        this.regex = regex;
    }

    @Override
    public boolean matches(byte[] bytes, int from, int to, MacroScope scope) {
        return regex.find(bytes, from, to);
    }

    @Override
    public boolean captures() {
        return true;
    }

    @Override
    public void capture(byte[] bytes, int from, int to, Captures captures) {
        CaptureMatcher matcher = captures.matcher();
        if (!regex.captures(matcher, bytes, from, to, Math.min(captures.last(), MAX_GROUPS))) {
            return;
        }
        for (int group = 0; group < matcher.groups(); group++) {
            if (matcher.start(group) >= 0) {
                captures.group(group, bytes, matcher.start(group), matcher.end(group));
            }
        }
    }

    @Override
    public int minLength() {
        return regex.minLength();
    }

    @Override
    public Set<String> requiredLiterals() {
        return regex.requiredLiterals();
    }
}
