package io.jigress.sentinel.engine;

import io.jigress.sentinel.cluster.TokenRequest;
import io.jigress.sentinel.rule.ClusterLimit;
import org.jspecify.annotations.Nullable;

/// A rule whose tokens come from a token server. While that does not decide, the rule is applied to this gateway alone, if it says so.
final class ClusterCheck extends Check {
    private final Check local;
    private final ClusterLimit limit;

    ClusterCheck(Check local, ClusterLimit limit) {
        this.local = local;
        this.limit = limit;
    }

    /// The token that a request needs; null when the rule does not concern it.
    @Nullable TokenRequest request(Pass pass) {
        return switch (local) {
            case FlowCheck flow -> flow.concerns(pass) ? new TokenRequest(limit.flowId(), null) : null;
            case ParameterCheck parameter -> parameter.request(pass, limit.flowId());
            default -> null;
        };
    }

    /// Decides without the token server.
    @Override
    long enter(Pass pass, int index) {
        return limit.fallsBack() ? local.enter(pass, index) : PASS;
    }

    @Override
    void admitted(Pass pass, int index) {
        local.admitted(pass, index);
    }

    @Override
    void left(Pass pass, int index, boolean refused) {
        local.left(pass, index, refused);
    }
}
