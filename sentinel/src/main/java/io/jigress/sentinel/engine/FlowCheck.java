package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.node.Node;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.flow.TrafficShapingController;
import com.alibaba.csp.sentinel.slots.block.flow.controller.DefaultController;
import com.alibaba.csp.sentinel.slots.block.flow.controller.WarmUpController;
import com.alibaba.csp.sentinel.util.TimeUtil;
import io.jigress.sentinel.rule.Rule;
import io.jigress.sentinel.rule.Rule.Flow;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A flow rule. Sentinel's controllers decide for rejecting and warming up; queueing is implemented here, since its controllers block the thread.
final class FlowCheck extends Check {
    private static final int COLD_FACTOR = 3;
    private static final long MILLI_NANOS = 1_000_000;
    private static final double SECOND_NANOS = 1e9;
    /// The prefix that Sentinel's adapter adds to a route's name.
    private static final String ADAPTER_PREFIX = "sentinel_gateway_context$$route$$";

    private final Flow rule;
    private final Node node;
    /// Counts the requests of one caller or from one route; null when all requests of the resource are counted.
    private final @Nullable ResourceNode own;
    /// For the caller `other`: the callers with rules of their own.
    private final Set<String> named;
    private final @Nullable TrafficShapingController controller;
    private final @Nullable ColdPace cold;
    private @Nullable volatile Pace pace;

    /// @param node of the resource, or of the one that the rule relates to
    FlowCheck(Flow rule, Node node, Set<String> named) {
        this.rule = rule;
        this.named = named;
        own = rule.strategy() == Rule.Strategy.CHAIN
                || rule.strategy() == Rule.Strategy.DIRECT && !rule.caller().equals(Flow.EVERYONE) ? new ResourceNode() : null;
        this.node = own == null ? node : own;
        controller = switch (rule.behavior()) {
            case REJECT -> rejecting(rule);
            case WARM_UP ->
                warmsUp(rule) ? new WarmUpController(rule.count(), rule.warmUpSeconds(), COLD_FACTOR) : rejecting(rule);
            case QUEUE, WARM_UP_QUEUE -> null;
        };
        cold = rule.behavior() == Rule.Behavior.WARM_UP_QUEUE && warmsUp(rule)
                ? new ColdPace(rule.count(), rule.warmUpSeconds())
                : null;
    }

    private static TrafficShapingController rejecting(Flow rule) {
        return new DefaultController(rule.count(), rule.threads() ? RuleConstant.FLOW_GRADE_THREAD : RuleConstant.FLOW_GRADE_QPS);
    }

    /// Whether warming up takes at least one of Sentinel's tokens. With none its controller divides by zero: it refuses every request, and
    /// the queue admits every one.
    private static boolean warmsUp(Flow rule) {
        return 2 * rule.warmUpSeconds() * rule.count() / (1 + COLD_FACTOR) >= 1;
    }

    boolean queues() {
        return controller == null;
    }

    @Override
    long enter(Pass pass, int index) {
        if (!concerns(pass)) {
            return PASS;
        }
        if (controller != null) {
            return controller.canPass(node, 1) ? PASS : REFUSED;
        }
        long interval = cold == null ? Math.round(SECOND_NANOS / rule.count()) : cold.intervalNanos(node);
        return pace(pass.nanos, interval).take(pass.nanos, interval, rule.maxWaitMillis() * MILLI_NANOS);
    }

    private Pace pace(long now, long interval) {
        Pace known = pace;
        if (known != null) {
            return known;
        }
        synchronized (this) {
            Pace first = pace;
            if (first == null) {
                first = new Pace(now, interval);
                pace = first;
            }
            return first;
        }
    }

    /// Whether the request is one of those that the rule limits.
    boolean concerns(Pass pass) {
        boolean caller = switch (rule.caller()) {
            case Flow.EVERYONE -> true;
            case Flow.OTHERS -> !pass.caller.isEmpty() && !named.contains(pass.caller);
            default -> rule.caller().equals(pass.caller);
        };
        return caller && (rule.strategy() != Rule.Strategy.CHAIN || cameFrom(pass.route));
    }

    private boolean cameFrom(String route) {
        String reference = rule.reference();
        String name = reference.startsWith(ADAPTER_PREFIX) ? reference.substring(ADAPTER_PREFIX.length()) : reference;
        return route.equals(name) || Guard.objectOf(route).equals(name);
    }

    @Override
    void admitted(Pass pass, int index) {
        if (own != null && concerns(pass)) {
            own.admitted(TimeUtil.currentTimeMillis());
            pass.keep(index, true);
        }
    }

    @Override
    void left(Pass pass, int index, boolean refused) {
        if (own != null && pass.kept(index) != null) {
            own.decreaseThreadNum();
        }
    }

    /// The time between requests while a resource is cold, by the tokens of Sentinel's controller.
    private static final class ColdPace extends WarmUpController {
        ColdPace(double count, int seconds) {
            super(count, seconds, COLD_FACTOR);
        }

        long intervalNanos(Node node) {
            syncToken((long) node.previousPassQps());
            long above = storedTokens.get() - warningToken;
            double seconds = above >= 0 ? above * slope + 1 / count : 1 / count;
            return Math.round(SECOND_NANOS * seconds);
        }
    }
}
