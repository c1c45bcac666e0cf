package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.EntryType;
import com.alibaba.csp.sentinel.slotchain.ResourceWrapper;
import com.alibaba.csp.sentinel.slotchain.StringResourceWrapper;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParamFlowChecker;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParamFlowItem;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParamFlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParamFlowRuleUtil;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParameterMetric;
import com.alibaba.csp.sentinel.slots.block.flow.param.ParameterMetricStorage;
import com.alibaba.csp.sentinel.slots.statistic.cache.CacheMap;
import com.alibaba.csp.sentinel.slots.statistic.cache.ConcurrentLinkedHashMapWrapper;
import io.jigress.sentinel.cluster.TokenRequest;
import io.jigress.sentinel.rule.Rule;
import io.jigress.sentinel.rule.Rule.GatewayFlow;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A gateway flow rule, as Sentinel's gateway adapter applies it: each value of the parameter has its tokens, and without a parameter
/// all requests have the same value. Tokens and requests in flight are counted by Sentinel's checker; queueing is implemented here, since Sentinel's blocks the thread.
final class ParameterCheck extends Check {
    private static final long MILLI_NANOS = 1_000_000;
    private static final double SECOND_NANOS = 1e9;
    private static final String EVERY_REQUEST = "$D";
    /// The number of values with a queue; beyond it the least recently used one is removed.
    private static final int VALUES = 4_000;
    /// Sentinel keeps the counters of all checks in one map, by name.
    private static final AtomicLong NAMES = new AtomicLong();

    private final GatewayFlow rule;
    private final ResourceWrapper wrapper;
    private final ParamFlowRule checked;
    private final ParameterMetric metric;
    private final CacheMap<Object, Pace> paces;

    ParameterCheck(GatewayFlow rule, String resource) {
        this.rule = rule;
        wrapper = new StringResourceWrapper(resource + "#" + NAMES.incrementAndGet(), EntryType.IN);
        checked = new CheckedRule(wrapper.getName());
        checked.setParamIdx(0)
                .setGrade(rule.threads() ? RuleConstant.FLOW_GRADE_THREAD : RuleConstant.FLOW_GRADE_QPS)
                .setCount((double) rule.count())
                .setDurationInSec(rule.intervalSeconds())
                .setBurstCount(rule.burst());
        rule.exceptions().forEach((value, count) -> checked.getParamFlowItemList()
                .add(new ParamFlowItem().setObject(value).setCount(count).setClassType(String.class.getName())));
        ParamFlowRuleUtil.fillExceptionFlowItems(checked);
        ParameterMetricStorage.initParamMetricsFor(wrapper, checked);
        metric = ParameterMetricStorage.getParamMetric(wrapper);
        paces = new ConcurrentLinkedHashMapWrapper<>(queues() ? VALUES : 1);
    }

    boolean queues() {
        return rule.behavior() == Rule.Behavior.QUEUE;
    }

    @Override
    long enter(Pass pass, int index) {
        String value = rule.parameter() == null ? EVERY_REQUEST : rule.parameter().value(pass.exchange, rule.exceptions());
        if (value == null) {
            return PASS;
        }
        if (queues()) {
            return queued(pass.nanos, value);
        }
        if (!ParamFlowChecker.passCheck(wrapper, checked, 1, value)) {
            return REFUSED;
        }
        if (rule.threads()) {
            pass.keep(index, value);
        }
        return PASS;
    }

    /// The token that a request needs of a token server; null when it has not the parameter.
    @Nullable TokenRequest request(Pass pass, long flowId) {
        if (rule.parameter() == null) {
            return new TokenRequest(flowId, null);
        }
        String value = rule.parameter().value(pass.exchange, rule.exceptions());
        return value == null ? null : new TokenRequest(flowId, value);
    }

    private long queued(long now, String value) {
        long count = rule.exceptions().isEmpty() ? rule.count() : rule.exceptions().getOrDefault(value, (int) rule.count());
        if (count == 0) {
            return REFUSED;
        }
        long interval = Math.round(SECOND_NANOS * rule.intervalSeconds() / count);
        @Nullable Pace pace = paces.get(value);
        if (pace == null) {
            Pace fresh = new Pace(now, interval);
            pace = paces.putIfAbsent(value, fresh);
            pace = pace == null ? fresh : pace;
        }
        return pace.take(now, interval, rule.maxWaitMillis() * MILLI_NANOS);
    }

    @Override
    void admitted(Pass pass, int index) {
        Object value = pass.kept(index);
        if (value != null) {
            metric.addThreadCount(value);
        }
    }

    @Override
    void left(Pass pass, int index, boolean refused) {
        Object value = pass.kept(index);
        if (value != null) {
            metric.decreaseThreadCount(value);
        }
    }

    @Override
    void close() {
        ParameterMetricStorage.clearParamMetricForResource(wrapper.getName());
    }

    /// A rule that is found by its identity: Sentinel looks up the counters of a rule for each request, by a hash of all its fields.
    private static final class CheckedRule extends ParamFlowRule {
        CheckedRule(String resource) {
            super(resource);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }
}
