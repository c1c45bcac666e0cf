package io.jigress.sentinel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.alibaba.csp.sentinel.node.Node;
import com.alibaba.csp.sentinel.node.StatisticNode;
import com.alibaba.csp.sentinel.node.metric.MetricNode;
import com.alibaba.csp.sentinel.util.TimeUtil;
import io.jigress.sentinel.SentinelClock;
import java.time.Duration;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Sentinel's own node, given the same requests, counts the same.
class ResourceNodeTest {
    private final SentinelClock clock = SentinelClock.stop();
    private final ResourceNode ours = new ResourceNode();
    private final StatisticNode theirs = new StatisticNode();

    @AfterEach
    void run() {
        clock.close();
    }

    private void request(long millis, boolean failed) {
        long now = TimeUtil.currentTimeMillis();
        ours.admitted(now);
        theirs.increaseThreadNum();
        theirs.addPassRequest(1);
        ours.completed(now, millis, failed);
        theirs.addRtAndSuccess(millis, 1);
        theirs.decreaseThreadNum();
        if (failed) {
            theirs.increaseExceptionQps(1);
        }
    }

    private static long sum(Node node, ToLongFunction<MetricNode> of) {
        return node.rawMetricsInMin(_ -> true).stream().mapToLong(of).sum();
    }

    @Test
    void theMinuteIsTheSameAsThatOfSentinel() {
        for (int i = 0; i < 1_000; i++) {
            request(i % 7, i % 10 == 0);
        }
        for (Node node : List.of(ours, theirs)) {
            node.increaseBlockQps(5);
            assertThat(node.totalPass()).isEqualTo(1_000);
            assertThat(node.totalSuccess()).isEqualTo(1_000);
            assertThat(node.totalException()).isEqualTo(100);
            assertThat(node.blockRequest()).isEqualTo(5);
            assertThat(node.totalRequest()).isEqualTo(1_005);
            assertThat(node.curThreadNum()).isZero();
            assertThat(sum(node, MetricNode::getPassQps)).isEqualTo(1_000);
            assertThat(sum(node, MetricNode::getExceptionQps)).isEqualTo(100);
            assertThat(sum(node, MetricNode::getBlockQps)).isEqualTo(5);
        }
    }

    @Test
    void theSecondIsTheSameAsThatOfSentinel() {
        for (int i = 0; i < 50; i++) {
            request(4, i % 10 == 0);
        }
        ours.admitted(TimeUtil.currentTimeMillis());
        theirs.increaseThreadNum();
        theirs.addPassRequest(1);
        assertThat(figures(ours)).isEqualTo(figures(theirs)).isEqualTo(List.of(51.0, 50.0, 5.0, 4.0, 4.0, 100.0, 51.0, 1.0));
        clock.advance(Duration.ofMillis(999));
        assertThat(ours.passQps()).isEqualTo(theirs.passQps()).isEqualTo(51);
        clock.advance(Duration.ofMillis(1));
        assertThat(ours.passQps()).isEqualTo(theirs.passQps()).isZero();
        assertThat(ours.curThreadNum()).isEqualTo(1);
    }

    private static List<Double> figures(Node node) {
        return List.of(node.passQps(), node.successQps(), node.exceptionQps(), node.avgRt(), node.minRt(), node.maxSuccessQps(),
                node.totalQps(), (double) node.curThreadNum());
    }
}
