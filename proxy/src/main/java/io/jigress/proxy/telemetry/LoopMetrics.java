package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import io.jigress.api.Services;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The counters of one event loop: plain numbers that only this loop writes. A scrape reads them without synchronisation; a value
/// may be some microseconds old, but is never wrong.
///
/// Gauges are set by the owner of what they count; the other counters have methods.
public final class LoopMetrics {
    /// Methods that are counted by name; all others are counted as one, since clients may send any.
    static final String[] METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "other"};

    /// Connections of clients since start.
    public long connectionsAccepted;
    /// Closed connections; open ones are those accepted and not closed.
    public long connectionsClosed;
    /// Connections of clients beyond the limit.
    public long connectionsRefused;
    /// TLS handshakes that succeeded.
    public long handshakes;
    /// Headers of the PROXY protocol that clients' connections began with.
    public long proxyHeaders;
    /// TLS handshakes with endpoints that succeeded.
    public long upstreamHandshakes;
    /// A gauge: upgraded connections that are tunnels now.
    public long tunnelsOpen;
    /// A gauge: connections of clients that carry no HTTP.
    public long streamsOpen;
    /// Gauges: UDP sessions, and the buffers for datagrams of the event loop.
    public long udpSessions;
    public long datagramBufferBytes;
    /// Mirrored requests that were given up, or not begun.
    public long mirrorsDropped;
    /// A gauge: connections to upstreams, idle or not.
    public long poolOpen;
    /// A gauge: connections to upstreams that carry nothing.
    public long poolIdle;
    /// A gauge: requests that wait for a connection.
    public long poolPending;
    /// A gauge: the most bytes that one connection may queue.
    public long queueLimit;

    private long bytesReceived;
    private long bytesSent;
    private long clientCancelled;
    private long accessLogLines;
    private long accessLogDropped;
    private long directMemoryRefused;
    private long connectionsShed;
    private final long[] methods = new long[METHODS.length];
    private final long[] handshakeFailures = new long[HandshakeFailure.values().length];
    private final long[] upstreamHandshakeFailures = new long[UpstreamTlsFailure.values().length];
    private final long[] proxyHeaderFailures = new long[ProxyProtocolFailure.values().length];
    private final FailureCounts clientFailures = new FailureCounts();
    private final FailureCounts gatewayFailures = new FailureCounts();
    private final FailureCounts upstreamFailures = new FailureCounts();

    private final Metrics process;
    private final Map<String, RouteStats> routes = new ConcurrentHashMap<>();
    private final Map<String, ClusterStats> clusters = new ConcurrentHashMap<>();
    private final Map<String, StreamStats> streams = new ConcurrentHashMap<>();
    private final Map<LabelledName, FilterCounter> counters = new ConcurrentHashMap<>();
    private final Map<String, FilterGauge> gauges = new ConcurrentHashMap<>();
    private final Map<String, FilterHistogram> histograms = new ConcurrentHashMap<>();
    private final Map<String, Long> http2Floods = new ConcurrentHashMap<>();

    LoopMetrics(Metrics process) {
        this.process = process;
    }

    /// The counters of a route; `-` stands for no route. After the first `metrics.routes` names in the process, the counters of `other`.
    /// This is a look-up by name: call it once per loop and route, not per request.
    public RouteStats route(String name) {
        RouteStats known = routes.get(name);
        return known != null ? known : routes.computeIfAbsent(process.routeName(name), _ -> new RouteStats());
    }

    /// The counters of a cluster, limited by `metrics.clusters` in the same way.
    public ClusterStats cluster(String name) {
        ClusterStats known = clusters.get(name);
        return known != null ? known : clusters.computeIfAbsent(process.clusterName(name), _ -> new ClusterStats());
    }

    /// The counters of a stream route, limited by `metrics.routes` in the same way.
    ///
    /// @param protocol `tcp`, `tls` or `udp`; of the first call for a name
    public StreamStats stream(String route, String protocol) {
        StreamStats known = streams.get(route);
        return known != null
                ? known
                : streams.computeIfAbsent(process.routeName(route), _ -> new StreamStats(protocol));
    }

    /// A filter's counter on this loop ([Services#counter]).
    ///
    /// @param filter the kind of filter; characters outside `[a-zA-Z0-9_]` become `_`, as in the name
    /// @throws IllegalStateException when the filter asks for more than 16 names
    public Services.Counter counter(String filter, String name, String help) {
        return counter(filter, name, help, "", "");
    }

    /// A filter's counter with a label on this loop, likewise.
    public Services.Counter counter(String filter, String name, String help, String label, String value) {
        return counters.computeIfAbsent(process.filterCounterName(filter, name, help, label, value), _ -> new FilterCounter());
    }

    /// What the filters of a kind add to a gauge on this loop, likewise; [Services.Gauge#set] is for all of them together.
    public Services.Gauge gauge(String filter, String name, String help) {
        return gauges.computeIfAbsent(process.filterMetricName(filter, Metric.Type.GAUGE, name, help), _ -> new FilterGauge());
    }

    /// A filter's histogram on this loop ([Services#histogram]), likewise.
    ///
    /// @throws IllegalStateException also when there is one with other bounds
    /// @throws IllegalArgumentException for bounds that are none
    public Services.Histogram histogram(String filter, String name, String help, double... bounds) {
        FilterHistogram made = new FilterHistogram(name, bounds);
        return histograms.computeIfAbsent(process.filterMetricName(filter, Metric.Type.HISTOGRAM, name, help), _ -> made)
                .require(name, bounds);
    }

    /// Counts an exchange that has ended: its status and duration for the route, its bytes, its failure.
    public void exchange(RouteStats route, AccessRecord record) {
        route.record(record.status(), record.durationNanos());
        methods[method(record.method())]++;
        bytesReceived += record.bytesReceived();
        bytesSent += record.bytesSent();
        ProxyFailure failure = record.failure();
        if (failure != null) {
            failures(failure.origin()).count(failure.kind());
            if (failure.kind() == ProxyFailure.Kind.CLIENT_GONE) {
                clientCancelled++;
            }
        }
    }

    private static int method(String name) {
        return switch (name) {
            case "GET" -> 0;
            case "HEAD" -> 1;
            case "POST" -> 2;
            case "PUT" -> 3;
            case "DELETE" -> 4;
            case "PATCH" -> 5;
            case "OPTIONS" -> 6;
            default -> METHODS.length - 1;
        };
    }

    /// A buffer could not be allocated, since `memory.direct` is used up. Logged once a minute for the whole process.
    public void outOfMemory(OutOfMemoryError cause) {
        directMemoryRefused++;
        process.alarm().ring(System.nanoTime(), cause);
    }

    /// A connection is closed since `memory.direct` is short and it holds most of it. Logged once a minute for the whole process.
    public void shed(long bytes) {
        connectionsShed++;
        process.alarm().shed(System.nanoTime(), bytes);
    }

    @SuppressWarnings("EnumOrdinal")
    public void handshakeFailed(HandshakeFailure reason) {
        handshakeFailures[reason.ordinal()]++;
    }

    @SuppressWarnings("EnumOrdinal")
    long handshakeFailures(HandshakeFailure reason) {
        return handshakeFailures[reason.ordinal()];
    }

    @SuppressWarnings("EnumOrdinal")
    public void proxyHeaderFailed(ProxyProtocolFailure reason) {
        proxyHeaderFailures[reason.ordinal()]++;
    }

    @SuppressWarnings("EnumOrdinal")
    long proxyHeaderFailures(ProxyProtocolFailure reason) {
        return proxyHeaderFailures[reason.ordinal()];
    }

    @SuppressWarnings("EnumOrdinal")
    public void upstreamHandshakeFailed(UpstreamTlsFailure reason) {
        upstreamHandshakeFailures[reason.ordinal()]++;
    }

    @SuppressWarnings("EnumOrdinal")
    long upstreamHandshakeFailures(UpstreamTlsFailure reason) {
        return upstreamHandshakeFailures[reason.ordinal()];
    }

    /// An HTTP/2 connection is closed for a flood of frames.
    ///
    /// @param kind a word of few: `resets`
    public void http2Flood(String kind) {
        http2Floods.merge(kind, 1L, Long::sum);
    }

    void logged(boolean taken) {
        if (taken) {
            accessLogLines++;
        } else {
            accessLogDropped++;
        }
    }

    /// @param index of [#METHODS]
    long requests(int index) {
        return methods[index];
    }

    long bytesReceived() {
        return bytesReceived;
    }

    long bytesSent() {
        return bytesSent;
    }

    long clientCancelled() {
        return clientCancelled;
    }

    long accessLogLines() {
        return accessLogLines;
    }

    long accessLogDropped() {
        return accessLogDropped;
    }

    long directMemoryRefused() {
        return directMemoryRefused;
    }

    long connectionsShed() {
        return connectionsShed;
    }

    FailureCounts failures(ProxyFailure.Origin origin) {
        return switch (origin) {
            case CLIENT -> clientFailures;
            case GATEWAY -> gatewayFailures;
            case UPSTREAM -> upstreamFailures;
        };
    }

    Map<String, RouteStats> routes() {
        return routes;
    }

    Map<String, ClusterStats> clusters() {
        return clusters;
    }

    Map<String, StreamStats> streams() {
        return streams;
    }

    /// By kind.
    Map<String, Long> http2Floods() {
        return http2Floods;
    }

    Map<LabelledName, FilterCounter> counters() {
        return counters;
    }

    Map<String, FilterGauge> gauges() {
        return gauges;
    }

    Map<String, FilterHistogram> histograms() {
        return histograms;
    }
}
