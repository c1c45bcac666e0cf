package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.node.ClusterNode;
import com.alibaba.csp.sentinel.slotchain.ResourceWrapper;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.flow.FlowException;
import com.alibaba.csp.sentinel.util.TimeUtil;
import java.util.List;

/// The checks of one resource in one table, and the counting around them.
public final class Guard {
    private final Resource resource;
    private final Check[] checks;
    private final Refusal[] refusals;

    /// @param refusals the response of each check when it refuses
    Guard(Resource resource, List<Check> checks, List<Refusal> refusals) {
        this.resource = resource;
        this.checks = checks.toArray(Check[]::new);
        this.refusals = refusals.toArray(Refusal[]::new);
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

    /// @return the nanoseconds to wait, or a negative number that stands for the index of the check that refused
    long enter(Pass pass) {
        long wait = 0;
        for (int i = 0; i < checks.length; i++) {
            long verdict = checks[i].enter(pass, i);
            if (verdict < 0) {
                resource.node.increaseBlockQps(1);
                pass.setBlockError(refused());
                pass.end();
                return -1L - i;
            }
            wait = Math.max(wait, verdict);
        }
        resource.node.increaseThreadNum();
        resource.node.addPassRequest(1);
        for (int i = 0; i < checks.length; i++) {
            checks[i].admitted(pass, i);
        }
        return wait;
    }

    Refusal refusal(long verdict) {
        return refusals[(int) (-1 - verdict)];
    }

    void complete(Pass pass, boolean failed) {
        long now = TimeUtil.currentTimeMillis();
        pass.setCompleteTimestamp(now);
        ClusterNode node = resource.node;
        node.addRtAndSuccess(Math.max(0, now - pass.getCreateTimestamp()), 1);
        node.decreaseThreadNum();
        if (failed) {
            pass.setError(new FailedRequest());
            node.increaseExceptionQps(1);
        }
        left(pass, false);
    }

    void abandon(Pass pass) {
        resource.node.decreaseThreadNum();
        pass.setBlockError(refused());
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
