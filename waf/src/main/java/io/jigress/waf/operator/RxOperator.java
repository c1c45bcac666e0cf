package io.jigress.waf.operator;

import io.jigress.waf.model.MacroScope;
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
    public void capture(byte[] bytes, int from, int to, Captures captures) {
        int[] groups = regex.captures(bytes, from, to, MAX_GROUPS);
        if (groups == null) {
            return;
        }
        for (int i = 0; i + 1 < groups.length; i += 2) {
            if (groups[i] >= 0 && groups[i + 1] >= 0) {
                captures.group(i / 2, bytes, groups[i], groups[i + 1]);
            }
        }
    }

    @Override
    public Set<String> requiredLiterals() {
        return regex.requiredLiterals();
    }
}
