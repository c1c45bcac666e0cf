package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.degrade.DegradeRule;
import com.alibaba.csp.sentinel.slots.block.degrade.circuitbreaker.CircuitBreaker;
import com.alibaba.csp.sentinel.slots.block.degrade.circuitbreaker.ExceptionCircuitBreaker;
import com.alibaba.csp.sentinel.slots.block.degrade.circuitbreaker.ResponseTimeCircuitBreaker;
import io.jigress.sentinel.rule.Rule.Degrade;
import io.jigress.sentinel.rule.Rule.Grade;

/// A degrade rule: one of Sentinel's circuit breakers.
final class BreakerCheck extends Check {
    private final CircuitBreaker breaker;

    BreakerCheck(Degrade rule, String resource) {
        DegradeRule made = new DegradeRule(resource)
                .setGrade(switch (rule.grade()) {
                    case SLOW_RATIO -> RuleConstant.DEGRADE_GRADE_RT;
                    case ERROR_RATIO -> RuleConstant.DEGRADE_GRADE_EXCEPTION_RATIO;
                    case ERROR_COUNT -> RuleConstant.DEGRADE_GRADE_EXCEPTION_COUNT;
                })
                .setCount(rule.count())
                .setTimeWindow(rule.timeWindow())
                .setMinRequestAmount(rule.minRequests())
                .setSlowRatioThreshold(rule.slowRatio())
                .setStatIntervalMs(rule.intervalMillis());
        breaker = rule.grade() == Grade.SLOW_RATIO ? new ResponseTimeCircuitBreaker(made) : new ExceptionCircuitBreaker(made);
    }

    CircuitBreaker.State state() {
        return breaker.currentState();
    }

    @Override
    long enter(Pass pass, int index) {
        return breaker.tryPass(pass.context()) ? PASS : REFUSED;
    }

    @Override
    void left(Pass pass, int index, boolean refused) {
        if (!refused) {
            breaker.onRequestComplete(pass.context());
        }
    }
}
