package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/// One scrape: sums equal metrics of all loops and writes them.
final class Scrape {
    private static final String[] STATUS_CLASSES = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

    private final Exposition out;
    private final List<LoopMetrics> loops;

    private final Map<String, Integer> ejected;

    /// @param ejected how many endpoints are ejected now, by cluster
    Scrape(Exposition out, List<LoopMetrics> loops, Map<String, Integer> ejected) {
        this.out = out;
        this.loops = loops;
        this.ejected = ejected;
    }

    void write(Map<String, String> filterHelps) {
        connections();
        routes();
        streams();
        failures();
        clusters();
        upstreamTls();
        perLoop(Metric.POOL_CONNECTIONS_OPEN, loop -> loop.poolOpen);
        perLoop(Metric.POOL_CONNECTIONS_IDLE, loop -> loop.poolIdle);
        perLoop(Metric.POOL_PENDING, loop -> loop.poolPending);
        sum(Metric.ACCESS_LOG_LINES_TOTAL, LoopMetrics::accessLogLines);
        sum(Metric.ACCESS_LOG_DROPPED_TOTAL, LoopMetrics::accessLogDropped);
        sum(Metric.DIRECT_MEMORY_REFUSED_TOTAL, LoopMetrics::directMemoryRefused);
        sum(Metric.CONNECTIONS_SHED_TOTAL, LoopMetrics::connectionsShed);
        perLoop(Metric.QUEUE_LIMIT_BYTES, loop -> loop.queueLimit);
        filters(filterHelps);
    }

    private void upstreamTls() {
        sum(Metric.UPSTREAM_TLS_HANDSHAKES_TOTAL, loop -> loop.upstreamHandshakes);
        out.family(Metric.UPSTREAM_TLS_HANDSHAKE_FAILURES_TOTAL);
        for (UpstreamTlsFailure reason : UpstreamTlsFailure.values()) {
            long count = total(loop -> loop.upstreamHandshakeFailures(reason));
            if (count != 0) {
                out.sample(count, "reason", Words.of(reason));
            }
        }
    }

    private void connections() {
        sum(Metric.CONNECTIONS_ACCEPTED_TOTAL, loop -> loop.connectionsAccepted);
        sum(Metric.CONNECTIONS_CLOSED_TOTAL, loop -> loop.connectionsClosed);
        sum(Metric.CONNECTIONS_REFUSED_TOTAL, loop -> loop.connectionsRefused);
        sum(Metric.TLS_HANDSHAKES_TOTAL, loop -> loop.handshakes);
        out.family(Metric.TLS_HANDSHAKE_FAILURES_TOTAL);
        for (HandshakeFailure reason : HandshakeFailure.values()) {
            long count = total(loop -> loop.handshakeFailures(reason));
            if (count != 0) {
                out.sample(count, "reason", Words.of(reason));
            }
        }
        sum(Metric.PROXY_PROTOCOL_HEADERS_TOTAL, loop -> loop.proxyHeaders);
        out.family(Metric.PROXY_PROTOCOL_FAILURES_TOTAL);
        for (ProxyProtocolFailure reason : ProxyProtocolFailure.values()) {
            long count = total(loop -> loop.proxyHeaderFailures(reason));
            if (count != 0) {
                out.sample(count, "reason", Words.of(reason));
            }
        }
        perLoop(Metric.CONNECTIONS_OPEN, loop -> Math.max(0, loop.connectionsAccepted - loop.connectionsClosed));
        Map<String, Long> floods = new TreeMap<>();
        loops.forEach(loop -> loop.http2Floods().forEach((kind, count) -> floods.merge(kind, count, Long::sum)));
        out.family(Metric.HTTP2_FLOODS_TOTAL);
        floods.forEach((kind, count) -> out.sample(count, "kind", kind));
        perLoop(Metric.TUNNELS_OPEN, loop -> loop.tunnelsOpen);
        sum(Metric.MIRRORS_DROPPED_TOTAL, loop -> loop.mirrorsDropped);
        sum(Metric.RECEIVED_BYTES_TOTAL, LoopMetrics::bytesReceived);
        sum(Metric.SENT_BYTES_TOTAL, LoopMetrics::bytesSent);
        sum(Metric.REQUESTS_CANCELLED_TOTAL, LoopMetrics::clientCancelled);
    }

    private void routes() {
        Map<String, RouteStats> sums = new TreeMap<>();
        for (LoopMetrics loop : loops) {
            loop.routes().forEach((id, stats) -> stats.addTo(sums.computeIfAbsent(id, _ -> new RouteStats())));
        }
        out.family(Metric.REQUESTS_TOTAL);
        sums.forEach((id, stats) -> {
            for (int c = 0; c < STATUS_CLASSES.length; c++) {
                if (stats.byClass[c] != 0) {
                    out.sample(stats.byClass[c], "route", id, "status", STATUS_CLASSES[c]);
                }
            }
        });
        out.family(Metric.REQUEST_DURATION_SECONDS);
        sums.forEach((id, stats) -> out.histogram(stats.durations, "route", id));
        out.family(Metric.REQUESTS_BY_METHOD_TOTAL);
        for (int i = 0; i < LoopMetrics.METHODS.length; i++) {
            int method = i;
            out.sample(total(loop -> loop.requests(method)), "method", LoopMetrics.METHODS[i]);
        }
    }

    private void streams() {
        Map<String, StreamStats> sums = new TreeMap<>();
        for (LoopMetrics loop : loops) {
            loop.streams()
                    .forEach((id, stats) -> stats.addTo(sums.computeIfAbsent(id, _ -> new StreamStats(stats.protocol))));
        }
        streams(Metric.STREAM_SESSIONS_TOTAL, sums, stats -> stats.opened);
        streams(Metric.STREAM_SESSIONS_OPEN, sums, StreamStats::open);
        out.family(Metric.STREAM_SESSIONS_ENDED_TOTAL);
        sums.forEach((id, stats) -> {
            for (ClosedBy by : ClosedBy.values()) {
                if (stats.ended(by) != 0) {
                    out.sample(stats.ended(by), "route", id, "protocol", stats.protocol, "closed_by", Words.of(by));
                }
            }
        });
        out.family(Metric.STREAM_DURATION_SECONDS);
        sums.forEach((id, stats) -> out.histogram(stats.durations, "route", id, "protocol", stats.protocol));
        streams(Metric.STREAM_RECEIVED_BYTES_TOTAL, sums, stats -> stats.received);
        streams(Metric.STREAM_SENT_BYTES_TOTAL, sums, stats -> stats.sent);
        datagrams(sums);
        out.family(Metric.STREAM_FAILURES_TOTAL);
        sums.forEach((id, stats) -> {
            for (ProxyFailure.Kind kind : ProxyFailure.Kind.values()) {
                if (stats.failures.of(kind) != 0) {
                    out.sample(stats.failures.of(kind), "route", id, "protocol", stats.protocol, "kind", Words.of(kind));
                }
            }
        });
    }

    private void datagrams(Map<String, StreamStats> streams) {
        Map<String, StreamStats> udp = new TreeMap<>(streams);
        udp.values().removeIf(stats -> !stats.protocol.equals("udp"));
        out.family(Metric.STREAM_UDP_SESSIONS_ENDED_TOTAL);
        udp.forEach((id, stats) -> {
            for (SessionEnd reason : SessionEnd.values()) {
                out.sample(stats.sessionsEnded(reason), "route", id, "reason", Words.of(reason));
            }
        });
        out.family(Metric.STREAM_DATAGRAMS_RECEIVED_TOTAL);
        udp.forEach((id, stats) -> out.sample(stats.receivedDatagrams, "route", id));
        out.family(Metric.STREAM_DATAGRAMS_SENT_TOTAL);
        udp.forEach((id, stats) -> out.sample(stats.sentDatagrams, "route", id));
        out.family(Metric.STREAM_DATAGRAMS_DROPPED_TOTAL);
        udp.forEach((id, stats) -> {
            for (DatagramDrop reason : DatagramDrop.values()) {
                out.sample(stats.dropped(reason), "route", id, "reason", Words.of(reason));
            }
        });
    }

    private void streams(Metric metric, Map<String, StreamStats> sums, ToLongFunction<StreamStats> number) {
        out.family(metric);
        sums.forEach((id, stats) -> out.sample(number.applyAsLong(stats), "route", id, "protocol", stats.protocol));
    }

    private void failures() {
        out.family(Metric.FAILURES_TOTAL);
        for (ProxyFailure.Kind kind : ProxyFailure.Kind.values()) {
            for (ProxyFailure.Origin origin : ProxyFailure.Origin.values()) {
                long count = total(loop -> loop.failures(origin).of(kind));
                if (count != 0) {
                    out.sample(count, "kind", Words.of(kind), "origin", Words.of(origin));
                }
            }
        }
    }

    private void clusters() {
        Map<String, ClusterStats> sums = new TreeMap<>();
        for (LoopMetrics loop : loops) {
            loop.clusters().forEach((name, stats) -> stats.addTo(sums.computeIfAbsent(name, _ -> new ClusterStats())));
        }
        out.family(Metric.UPSTREAM_ATTEMPTS_TOTAL);
        sums.forEach((name, stats) -> out.sample(stats.attempts, "cluster", name));
        out.family(Metric.UPSTREAM_RETRIES_TOTAL);
        sums.forEach((name, stats) -> out.sample(stats.retries, "cluster", name));
        out.family(Metric.UPSTREAM_FAILURES_TOTAL);
        sums.forEach((name, stats) -> {
            for (ProxyFailure.Kind kind : ProxyFailure.Kind.values()) {
                if (stats.failures.of(kind) != 0) {
                    out.sample(stats.failures.of(kind), "cluster", name, "kind", Words.of(kind));
                }
            }
        });
        upstreamDurations(sums);
        ejections(sums);
    }

    private void ejections(Map<String, ClusterStats> sums) {
        out.family(Metric.ENDPOINT_EJECTIONS_TOTAL);
        Map<String, Integer> now = new TreeMap<>(ejected);
        sums.forEach((name, stats) -> {
            for (ProxyFailure.Kind kind : ProxyFailure.Kind.values()) {
                ejections(name, Words.of(kind), stats.ejections.of(kind), now);
            }
            ejections(name, "error_status", stats.errorEjections, now);
        });
        out.family(Metric.ENDPOINTS_EJECTED);
        now.forEach((name, count) -> out.sample(count, "cluster", name));
    }

    private void ejections(String cluster, String reason, long count, Map<String, Integer> now) {
        if (count != 0) {
            out.sample(count, "cluster", cluster, "reason", reason);
            now.putIfAbsent(cluster, 0);
        }
    }

    private void upstreamDurations(Map<String, ClusterStats> sums) {
        out.family(Metric.UPSTREAM_DURATION_SECONDS);
        sums.forEach((name, stats) -> out.histogram(stats.durations, "cluster", name));
    }

    private void filters(Map<String, String> helps) {
        Map<LabelledName, Long> counters = new TreeMap<>();
        Map<String, Long> gauges = new TreeMap<>();
        Map<String, FilterHistogram> histograms = new TreeMap<>();
        for (LoopMetrics loop : loops) {
            loop.counters().forEach((name, counter) -> counters.merge(name, counter.value(), Long::sum));
            loop.gauges().forEach((name, gauge) -> gauges.merge(name, gauge.value(), Long::sum));
            loop.histograms()
                    .forEach((name, histogram) -> histogram.addTo(histograms.computeIfAbsent(name, _ -> histogram.empty())));
        }
        filterCounters(counters, helps);
        gauges.forEach((name, sum) -> out.family(name, Metric.Type.GAUGE, helps.getOrDefault(name, "")).sample(sum));
        histograms.forEach((name, sum) -> {
            out.family(name, Metric.Type.HISTOGRAM, helps.getOrDefault(name, ""));
            out.histogram(sum);
        });
    }

    private void filterCounters(Map<LabelledName, Long> counters, Map<String, String> helps) {
        String family = "";
        for (Map.Entry<LabelledName, Long> counter : counters.entrySet()) {
            LabelledName name = counter.getKey();
            if (!name.metric().equals(family)) {
                family = name.metric();
                out.family(family, Metric.Type.COUNTER, helps.getOrDefault(family, ""));
            }
            if (name.label().isEmpty()) {
                out.sample(counter.getValue());
            } else {
                out.sample(counter.getValue(), name.label(), name.value());
            }
        }
    }

    private void sum(Metric metric, ToLongFunction<LoopMetrics> number) {
        out.family(metric).sample(total(number));
    }

    private void perLoop(Metric metric, ToLongFunction<LoopMetrics> number) {
        out.family(metric);
        for (int i = 0; i < loops.size(); i++) {
            out.sample(number.applyAsLong(loops.get(i)), "loop", Integer.toString(i));
        }
    }

    private long total(ToLongFunction<LoopMetrics> number) {
        long sum = 0;
        for (LoopMetrics loop : loops) {
            sum += number.applyAsLong(loop);
        }
        return sum;
    }
}
