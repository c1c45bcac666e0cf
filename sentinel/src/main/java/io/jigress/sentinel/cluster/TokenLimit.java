package io.jigress.sentinel.cluster;

import com.alibaba.csp.sentinel.cluster.flow.statistic.data.ClusterFlowEvent;
import com.alibaba.csp.sentinel.cluster.flow.statistic.metric.ClusterMetric;
import com.alibaba.csp.sentinel.cluster.flow.statistic.metric.ClusterParamMetric;
import io.jigress.sentinel.cluster.TokenRules.Rule;
import io.jigress.sentinel.cluster.TokenRules.TokenDecision;
import io.jigress.sentinel.library.SentinelLibrary;
import io.jigress.sentinel.rule.ClusterLimit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tokens of one flow id, counted by Sentinel's cluster metrics. If several rules have the id, the one with the fewest tokens decides.
/// It keeps its counters while its rules change, unless the window changes.
final class TokenLimit {
    private static final double SECOND_MILLIS = 1_000;
    /// Guarded by this.
    private final List<Rule> rules = new ArrayList<>();
    private volatile @Nullable Active active;

    /// The rule that decides, with its counters.
    ///
    /// @param flow null for rules of hot parameters
    /// @param values null for flow rules
    private record Active(Rule rule, @Nullable ClusterMetric flow, @Nullable ClusterParamMetric values) {
        static Active of(Rule rule, @Nullable Active before) {
            ClusterLimit limit = rule.limit();
            if (before != null && before.rule.limit().windowMillis() == limit.windowMillis()
                    && before.rule.limit().parts() == limit.parts()
                    && (before.values == null) == (rule.exceptions() == null)) {
                return new Active(rule, before.flow, before.values);
            }
            SentinelLibrary.start();
            return rule.exceptions() == null
                    ? new Active(rule, new ClusterMetric(limit.parts(), limit.windowMillis()), null)
                    : new Active(rule, null, new ClusterParamMetric(limit.parts(), limit.windowMillis()));
        }

        double tokens(@Nullable Object value, int members) {
            Map<String, Double> exceptions = rule.exceptions();
            double tokens = exceptions == null || value == null
                    ? rule.tokens()
                    : exceptions.getOrDefault(value.toString(), rule.tokens());
            return rule.limit().perMember() ? tokens * members : tokens;
        }
    }

    synchronized void add(Rule rule) {
        rules.add(rule);
        choose();
    }

    /// @return whether rules are left
    synchronized boolean remove(Rule rule) {
        rules.remove(rule);
        if (!rules.isEmpty()) {
            choose();
        }
        return !rules.isEmpty();
    }

    private void choose() {
        Rule fewest = rules.stream().min(Comparator.comparingDouble(Rule::tokens).thenComparing(Rule::toString)).orElseThrow();
        Active before = active;
        if (before == null || !before.rule.equals(fewest)) {
            active = Active.of(fewest, before);
        }
    }

    /// Whether the tokens are those of values of a hot parameter.
    boolean ofValues() {
        Active now = active;
        return now != null && now.values != null;
    }

    TokenDecision take(int count, boolean priority, int members) {
        Active now = active;
        ClusterMetric metric = now == null ? null : now.flow;
        if (now == null || metric == null) {
            return TokenDecision.of(TokenFrames.NO_RULE);
        }
        double tokens = now.tokens(null, members);
        double left = tokens - metric.getSum(ClusterFlowEvent.PASS) - count;
        if (left >= 0) {
            metric.add(ClusterFlowEvent.PASS, count);
            return new TokenDecision(TokenFrames.OK, (int) Math.min(left, Integer.MAX_VALUE), 0);
        }
        // The metric occupies by average, that is by tokens of a second.
        double seconds = now.rule.limit().windowMillis() / SECOND_MILLIS;
        if (priority && metric.getSum(ClusterFlowEvent.WAITING) <= tokens) {
            int wait = metric.tryOccupyNext(ClusterFlowEvent.PASS, count, tokens / seconds);
            if (wait > 0) {
                return new TokenDecision(TokenFrames.SHOULD_WAIT, 0, wait);
            }
        }
        return TokenDecision.of(TokenFrames.BLOCKED);
    }

    TokenDecision take(int count, List<Object> values, int members) {
        Active now = active;
        ClusterParamMetric metric = now == null ? null : now.values;
        if (now == null || metric == null) {
            return TokenDecision.of(TokenFrames.NO_RULE);
        }
        double left = -1;
        for (Object value : values) {
            left = now.tokens(value, members) - metric.getSum(value) - count;
            if (left < 0) {
                return TokenDecision.of(TokenFrames.BLOCKED);
            }
        }
        values.forEach(value -> metric.addValue(value, count));
        return new TokenDecision(TokenFrames.OK, values.size() == 1 ? (int) Math.min(left, Integer.MAX_VALUE) : -1, 0);
    }
}
