package io.jigress.sentinel.engine;

import io.jigress.sentinel.rule.Rule.Authority;

/// An authority rule. As in Sentinel, a request without a caller passes.
final class AuthorityCheck extends Check {
    private final Authority rule;

    AuthorityCheck(Authority rule) {
        this.rule = rule;
    }

    @Override
    long enter(Pass pass, int index) {
        return pass.caller.isEmpty() || rule.callers().contains(pass.caller) == rule.allow() ? PASS : REFUSED;
    }
}
