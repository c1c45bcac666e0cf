package io.jigress.sentinel.rule;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One rule, apart from the resource that it is for. Equal rules of a resource share their state.
public sealed interface Rule {

    /// A FlowRule.
    ///
    /// @param caller the origin that it limits: `default` for all together, `other` for those that no other rule of the resource names
    /// @param threads whether requests in flight are counted instead of requests per second
    /// @param reference of the strategies RELATE (a resource) and CHAIN (a route)
    record Flow(String caller, boolean threads, double count, Strategy strategy, String reference, Behavior behavior,
            int warmUpSeconds, int maxWaitMillis) implements Rule {
        public static final String EVERYONE = "default";
        public static final String OTHERS = "other";
    }

    /// A GatewayFlowRule.
    ///
    /// @param behavior REJECT or QUEUE
    /// @param parameter each of its values is limited separately; null: all requests together
    /// @param exceptions values with another count
    record GatewayFlow(boolean threads, long count, long intervalSeconds, Behavior behavior, int burst, int maxWaitMillis,
            @Nullable Parameter parameter, Map<String, Integer> exceptions) implements Rule {
        public GatewayFlow {
            exceptions = Map.copyOf(exceptions);
        }
    }

    /// A DegradeRule.
    ///
    /// @param count the response time in milliseconds above which a request is slow, the ratio of errors, or their number
    /// @param timeWindow seconds for which an open circuit breaker refuses
    record Degrade(Grade grade, double count, int timeWindow, int minRequests, double slowRatio, int intervalMillis)
            implements
                Rule {
    }

    /// An AuthorityRule.
    ///
    /// @param allow whether only the callers listed may pass; else those listed may not
    record Authority(Set<String> callers, boolean allow) implements Rule {
        public Authority {
            callers = Set.copyOf(callers);
        }
    }

    /// A SystemRule: limits over all requests that pass the filter. Negative ones are not set.
    record SystemLimits(double load, double cpu, double qps, long responseMillis, long threads) implements Rule {
    }

    enum Strategy {
        DIRECT, RELATE, CHAIN
    }

    enum Behavior {
        REJECT, WARM_UP, QUEUE, WARM_UP_QUEUE
    }

    enum Grade {
        SLOW_RATIO, ERROR_RATIO, ERROR_COUNT
    }
}
