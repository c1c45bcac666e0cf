package io.jigress.proxy.telemetry;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/// The metrics of the process: the counters of its event loops, summed at each scrape.
///
/// Any thread may call any method. `docs/metrics.md` lists every metric.
public final class Metrics {
    private record Applies(long count, long failures, long revision, long lastNanos) {}

    static final String OTHER = "other";
    /// Counters, gauges and histograms, of each.
    static final int PER_FILTER = 16;
    /// The values of the label of one counter of a filter.
    static final int LABEL_VALUES = 500;

    private final String version;
    private final String transport;
    private final List<LoopMetrics> loops = new CopyOnWriteArrayList<>();
    private final NameCap routes;
    private final NameCap clusters;
    private final MemoryAlarm alarm = new MemoryAlarm(System.nanoTime());
    private final FilterMetricNames filterNames = new FilterMetricNames();

    private volatile Supplier<Map<String, Integer>> ejected = Map::of;
    private volatile Applies applies = new Applies(0, 0, 0, 0);

    /// @param version of the build, for `jigress_build_info`
    /// @param transport the I/O interface, for the same
    public Metrics(MetricsSettings settings, String version, String transport) {
        this.version = version;
        this.transport = transport;
        this.routes = new NameCap(settings.routes());
        this.clusters = new NameCap(settings.clusters());
    }

    /// Adds the metrics of one more event loop; the label `loop` counts the calls.
    public LoopMetrics loop() {
        LoopMetrics loop = new LoopMetrics(this);
        loops.add(loop);
        return loop;
    }

    /// @param byCluster returns how many endpoints are ejected now, by the name of the cluster
    public void ejected(Supplier<Map<String, Integer>> byCluster) {
        ejected = byCluster;
    }

    /// A configuration went live.
    ///
    /// @param nanos from the call of apply until every loop used it
    public synchronized void applied(long revision, long nanos) {
        applies = new Applies(applies.count + 1, applies.failures, revision, nanos);
    }

    /// A configuration was refused as a whole.
    public synchronized void applyFailed() {
        applies = new Applies(applies.count, applies.failures + 1, applies.revision, applies.lastNanos);
    }

    /// All metrics in Prometheus' text exposition format 0.0.4 (`text/plain; version=0.0.4; charset=utf-8`).
    public String text() {
        return String.join("", pieces());
    }

    /// The same in pieces, since it is long with many routes.
    public List<String> pieces() {
        Exposition out = new Exposition();
        out.family(Metric.BUILD_INFO).sample(1, "version", version, "java", Runtime.version().toString(), "transport", transport);
        new Scrape(out, loops, ejectedNow()).write(filterNames.helps());
        Applies now = applies;
        out.family(Metric.CONFIG_APPLIES_TOTAL).sample(now.count);
        out.family(Metric.CONFIG_APPLY_FAILURES_TOTAL).sample(now.failures);
        out.family(Metric.CONFIG_APPLY_DURATION_SECONDS).seconds(now.lastNanos);
        out.family(Metric.CONFIG_REVISION).sample(now.revision);
        ProcessGauges.write(out);
        return out.pieces();
    }

    private Map<String, Integer> ejectedNow() {
        Map<String, Integer> byName = new TreeMap<>();
        ejected.get().forEach((cluster, count) -> byName.merge(clusterName(cluster), count, Integer::sum));
        return byName;
    }

    MemoryAlarm alarm() {
        return alarm;
    }

    String routeName(String id) {
        return routes.admit(id);
    }

    String clusterName(String name) {
        return clusters.admit(name);
    }

    LabelledName filterCounterName(String filter, String name, String help, String label, String value) {
        return filterNames.admitCounter(filter, name, help, label, value);
    }

    String filterMetricName(String filter, Metric.Type type, String name, String help) {
        return filterNames.admit(filter, type, name, help);
    }
}
