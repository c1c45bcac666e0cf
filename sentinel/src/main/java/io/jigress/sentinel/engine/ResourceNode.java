package io.jigress.sentinel.engine;

import com.alibaba.csp.sentinel.node.Node;
import com.alibaba.csp.sentinel.node.OccupyTimeoutProperty;
import com.alibaba.csp.sentinel.node.metric.MetricNode;
import com.alibaba.csp.sentinel.slots.statistic.data.MetricBucket;
import com.alibaba.csp.sentinel.slots.statistic.metric.ArrayMetric;
import com.alibaba.csp.sentinel.slots.statistic.metric.BucketLeapArray;
import com.alibaba.csp.sentinel.util.TimeUtil;
import com.alibaba.csp.sentinel.util.function.Predicate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// The counters of one resource, in Sentinel's own windows: two of half a second, and sixty of a second. For several threads.
///
/// What Sentinel's own node (StatisticNode) counts, with one reading of the clock and one search of each window for a request's start, and
/// one for its end; Sentinel's has one for each counter.
final class ResourceNode implements Node {
    private static final int SECOND_MILLIS = 1_000;
    private static final int WINDOWS_OF_SECOND = 2;
    private static final int MINUTE_SECONDS = 60;

    private final BucketLeapArray second = new BucketLeapArray(WINDOWS_OF_SECOND, SECOND_MILLIS);
    private final BucketLeapArray minute = new BucketLeapArray(MINUTE_SECONDS, MINUTE_SECONDS * SECOND_MILLIS);
    private final ArrayMetric ofSecond = new ArrayMetric(second);
    private final ArrayMetric ofMinute = new ArrayMetric(minute);
    private final LongAdder running = new LongAdder();

    /// A request is admitted.
    ///
    /// @param now milliseconds on the clock of TimeUtil
    void admitted(long now) {
        running.increment();
        second.currentWindow(now).value().addPass(1);
        minute.currentWindow(now).value().addPass(1);
    }

    /// A request that was admitted has ended.
    ///
    /// @param now as of [#admitted]
    /// @param millis how long it took
    void completed(long now, long millis, boolean failed) {
        running.decrement();
        completed(second.currentWindow(now).value(), millis, failed);
        completed(minute.currentWindow(now).value(), millis, failed);
    }

    private static void completed(MetricBucket bucket, long millis, boolean failed) {
        bucket.addSuccess(1);
        bucket.addRT(millis);
        if (failed) {
            bucket.addException(1);
        }
    }

    @Override
    public double passQps() {
        long now = TimeUtil.currentTimeMillis();
        long passed = second.currentWindow(now).value().pass();
        @Nullable MetricBucket before = second.getWindowValue(now - SECOND_MILLIS / WINDOWS_OF_SECOND);
        return before == null ? passed : passed + before.pass();
    }

    @Override
    public int curThreadNum() { return (int) running.sum(); }

    @Override
    public void increaseThreadNum() {
        running.increment();
    }

    @Override
    public void decreaseThreadNum() {
        running.decrement();
    }

    @Override
    public void addPassRequest(int count) {
        ofSecond.addPass(count);
        ofMinute.addPass(count);
    }

    @Override
    public void addRtAndSuccess(long millis, int count) {
        ofSecond.addSuccess(count);
        ofSecond.addRT(millis);
        ofMinute.addSuccess(count);
        ofMinute.addRT(millis);
    }

    @Override
    public void increaseBlockQps(int count) {
        ofSecond.addBlock(count);
        ofMinute.addBlock(count);
    }

    @Override
    public void increaseExceptionQps(int count) {
        ofSecond.addException(count);
        ofMinute.addException(count);
    }

    @Override
    public long totalRequest() { return totalPass() + blockRequest(); }

    @Override
    public long totalPass() { return ofMinute.pass(); }

    @Override
    public long totalSuccess() { return ofMinute.success(); }

    @Override
    public long blockRequest() { return ofMinute.block(); }

    @Override
    public long totalException() { return ofMinute.exception(); }

    @Override
    public double blockQps() { return ofSecond.block(); }

    @Override
    public double totalQps() { return passQps() + blockQps(); }

    @Override
    public double successQps() { return ofSecond.success(); }

    @Override
    public double maxSuccessQps() { return (double) ofSecond.maxSuccess() * WINDOWS_OF_SECOND; }

    @Override
    public double exceptionQps() { return ofSecond.exception(); }

    @Override
    public double avgRt() {
        long ended = ofSecond.success();
        return ended == 0 ? 0 : ofSecond.rt() / (double) ended;
    }

    @Override
    public double minRt() { return ofSecond.minRt(); }

    @Override
    public double previousBlockQps() { return ofMinute.previousWindowBlock(); }

    @Override
    public double previousPassQps() { return ofMinute.previousWindowPass(); }

    @Override
    public Map<Long, MetricNode> metrics() {
        Map<Long, MetricNode> all = new TreeMap<>();
        ofMinute.details().forEach(each -> all.put(each.getTimestamp(), each));
        return all;
    }

    @Override
    public List<MetricNode> rawMetricsInMin(Predicate<Long> when) {
        return ofMinute.detailsOnCondition(when);
    }

    /// Sentinel calls it when the length of its windows is changed, which nothing here does.
    @Override
    public void reset() {
        throw new UnsupportedOperationException("reset");
    }

    /// Requests cannot take places of the next window: only Sentinel's own slots ask for that.
    @Override
    public long tryOccupyNext(long now, int count, double threshold) {
        return OccupyTimeoutProperty.getOccupyTimeout();
    }

    @Override
    public long waiting() {
        return 0;
    }

    @Override
    public void addWaitingRequest(long future, int count) {
        throw new UnsupportedOperationException("addWaitingRequest");
    }

    @Override
    public void addOccupiedPass(int count) {
        throw new UnsupportedOperationException("addOccupiedPass");
    }

    @Override
    public double occupiedPassQps() { return 0; }

    @Override
    public void debug() {
        ofSecond.debug();
    }
}
