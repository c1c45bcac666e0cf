package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.slotchain.ResourceWrapper;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.flow.FlowException;
import com.alibaba.csp.sentinel.util.TimeUtil;
import io.jigress.sentinel.cluster.TokenRequest;
import java.util.List;
import java.util.function.Consumer;

/// The checks of one resource in one table, and the counting around them.
public final class Guard {
    private final Resource resource;
    private final Check[] checks;
    private final Refusal[] refusals;
    /// From which index on the checks ask a token server.
    private final int firstOfCluster;

    /// @param checks those that ask a token server last
    /// @param refusals the response of each check when it refuses
    Guard(Resource resource, List<Check> checks, List<Refusal> refusals) {
        this.resource = resource;
        this.checks = checks.toArray(Check[]::new);
        this.refusals = refusals.toArray(Refusal[]::new);
        int first = this.checks.length;
        while (first > 0 && this.checks[first - 1] instanceof ClusterCheck) {
            first--;
        }
        firstOfCluster = first;
    }

    /// The object of a route: `HTTPRoute default/shop` of `HTTPRoute default/shop rule 0`.
    static String objectOf(String route) {
        int end = route.indexOf(" rule ");
        end = end < 0 ? route.indexOf(" default backend") : end;
        return end < 0 ? route : route.substring(0, end);
    }

    ResourceWrapper wrapper() {
        return resource.wrapper;
    }

    int size() {
        return checks.length;
    }

    /// The checks of this process. The request is counted if there are no others.
    ///
    /// @return the nanoseconds to wait, or a negative number that stands for the index of the check that refused
    long enter(Pass pass) {
        long wait = 0;
        for (int i = 0; i < firstOfCluster; i++) {
            long verdict = checks[i].enter(pass, i);
            if (verdict < 0) {
                refuse(pass);
                return -1L - i;
            }
            wait = Math.max(wait, verdict);
        }
        if (firstOfCluster == checks.length) {
            admit(pass, pass.getCreateTimestamp());
        }
        return wait;
    }

    /// Adds the tokens of a token server that a request needs.
    void addTokens(Pass pass, Consumer<Token> tokens) {
        for (int i = firstOfCluster; i < checks.length; i++) {
            if (checks[i] instanceof ClusterCheck check) {
                TokenRequest request = check.request(pass);
                if (request != null) {
                    tokens.accept(new Token(pass, i, request));
                }
            }
        }
    }

    /// Decides without the token server.
    ///
    /// @return the nanoseconds to wait, or [Check#REFUSED]
    long enterLocally(Token token) {
        return checks[token.index()].enter(token.pass(), token.index());
    }

    boolean hasTokens() {
        return firstOfCluster < checks.length;
    }

    /// A check has refused a request that is not counted.
    void refuse(Pass pass) {
        resource.node.increaseBlockQps(1);
        pass.setBlockError(refused());
        pass.end();
    }

    /// Counts a request that all checks have let pass.
    ///
    /// @param now milliseconds on the clock of TimeUtil
    void admit(Pass pass, long now) {
        pass.admitted = true;
        resource.node.admitted(now);
        for (int i = 0; i < checks.length; i++) {
            checks[i].admitted(pass, i);
        }
    }

    Refusal refusal(long verdict) {
        return refusals[(int) (-1 - verdict)];
    }

    Refusal refusal(Token token) {
        return refusals[token.index()];
    }

    void complete(Pass pass, boolean failed) {
        long now = TimeUtil.currentTimeMillis();
        pass.setCompleteTimestamp(now);
        resource.node.completed(now, Math.max(0, now - pass.getCreateTimestamp()), failed);
        if (failed) {
            pass.setError(new FailedRequest());
        }
        left(pass, false);
    }

    void abandon(Pass pass) {
        pass.setBlockError(refused());
        if (!pass.admitted) {
            pass.end();
            return;
        }
        resource.node.decreaseThreadNum();
        left(pass, true);
    }

    /// Reports to the circuit breakers that a rule refused the request.
    private static BlockException refused() {
        return new FlowException("jigress");
    }

    private void left(Pass pass, boolean refused) {
        for (int i = 0; i < checks.length; i++) {
            checks[i].left(pass, i, refused);
        }
        pass.end();
    }

    /// The error of a request; circuit breakers only test whether it is set.
    private static final class FailedRequest extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FailedRequest() {
            super("the upstream failed", null, false, false);
        }
    }
}
