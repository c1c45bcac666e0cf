package io.jigress.control.translate;

import io.jigress.api.Durations;
import io.jigress.config.Cluster;
import io.jigress.config.ConnectionLimits;
import io.jigress.config.EndpointRef;
import io.jigress.config.LoadBalancing;
import io.jigress.config.OutlierDetection;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.config.SlowStart;
import io.jigress.config.UpstreamTls;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.ClusterResolver.Resolution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes clusters with the settings of policies.
final class PolicyClusters {
    /// The protocols whose connections may begin with a header of the PROXY protocol.
    private static final Set<String> PROXIED = Set.of("http1", "h2c", "tcp");

    private final TranslationIndex index;
    private final ClusterTable clusters;

    PolicyClusters(TranslationIndex index, ClusterTable clusters) {
        this.index = index;
        this.clusters = clusters;
    }

    /// The nearer settings win: the route's, then those of the target itself, then the Gateway's. Routes whose policies change nothing share the
    /// cluster of the plain name; others get a variant whose name contains the changes.
    Resolution cluster(String name, String origin, Speech speech, EndpointRef endpoints, TrafficSettings own,
            TrafficSettings near, TrafficSettings far) {
        return cluster(name, origin, speech, endpoints, null, own, near, far);
    }

    Resolution cluster(String name, String origin, Speech speech, EndpointRef endpoints, @Nullable UpstreamTls tls,
            TrafficSettings own, TrafficSettings near, TrafficSettings far) {
        TrafficSettings base = own.ofCluster();
        TrafficSettings all = near.ofCluster().over(base).over(far.ofCluster());
        EndpointRef preferred = index.zone.isEmpty() || zonePercent(all) == 0
                ? endpoints
                : new EndpointRef.Zone(endpoints, index.zone, zonePercent(all));
        Cluster cluster = new Cluster(with(name + variant(base, all), speech.stream()), origin, speech.protocol(),
                speech.config(), preferred, balancing(all), all.limits(index.connections),
                all.outliers().detection(OutlierDetection.DEFAULT), offering(tls, speech.protocol()),
                sending(own, speech.protocol()), slowStart(all, speech.protocol()));
        return new Resolution.Found(clusters.share(cluster));
    }

    /// Only the policies of the target itself decide: its endpoints read a header, or do not.
    private static ProxyProtocolOutput sending(TrafficSettings own, String protocol) {
        ProxyProtocolOutput send = own.proxyProtocol().send();
        return send == null || !PROXIED.contains(protocol) ? ProxyProtocolOutput.NONE : send;
    }

    /// A name with a further parameter; unchanged for an empty one.
    static String with(String name, String parameter) {
        return parameter.isEmpty() ? name : name + (name.indexOf('?') < 0 ? "?" : "&") + parameter;
    }

    /// Unless configured otherwise, handshakes offer the protocol of the cluster.
    static @Nullable UpstreamTls offering(@Nullable UpstreamTls tls, String protocol) {
        if (tls == null || !tls.alpn().isEmpty()) {
            return tls;
        }
        List<String> alpn = switch (protocol) {
            case "http1" -> List.of("http/1.1");
            case "h2c" -> List.of("h2");
            default -> List.of();
        };
        return new UpstreamTls(tls.origin(), tls.serverName(), tls.verification(), tls.own(), alpn);
    }

    private static int zonePercent(TrafficSettings settings) {
        return settings.balancing().zonePercent() == null ? 0 : settings.balancing().zonePercent();
    }

    private static LoadBalancing balancing(TrafficSettings settings) {
        return settings.balancing().type() == null ? LoadBalancing.ROUND_ROBIN : settings.balancing().type();
    }

    private static SlowStart slowStart(TrafficSettings settings, String protocol) {
        SlowStart slowStart = new SlowStart(slowStart(settings), protocol.equals("dubbo"));
        return slowStart.equals(SlowStart.NONE) ? SlowStart.NONE : slowStart;
    }

    private static Duration slowStart(TrafficSettings settings) {
        return settings.balancing().slowStart() == null ? Duration.ZERO : settings.balancing().slowStart();
    }

    private String variant(TrafficSettings base, TrafficSettings all) {
        ConnectionLimits b = base.limits(index.connections);
        ConnectionLimits a = all.limits(index.connections);
        boolean sameOutliers = all.outliers().equals(base.outliers());
        boolean sameZone = zonePercent(base) == zonePercent(all);
        boolean sameStart = slowStart(base).equals(slowStart(all));
        if (a.equals(b) && balancing(base) == balancing(all) && sameOutliers && sameZone && sameStart) {
            return "";
        }
        List<String> parts = new ArrayList<>();
        if (balancing(base) != balancing(all)) {
            parts.add(balancing(all) == LoadBalancing.ROUND_ROBIN ? "RoundRobin" : "LeastRequest");
        }
        if (!a.connectTimeout().equals(b.connectTimeout())) {
            parts.add("connect=" + Durations.print(a.connectTimeout()));
        }
        if (!a.idleTimeout().equals(b.idleTimeout())) {
            parts.add("idle=" + Durations.print(a.idleTimeout()));
        }
        if (a.maxConnections() != b.maxConnections()) {
            parts.add("max=" + a.maxConnections());
        }
        if (a.maxPending() != b.maxPending()) {
            parts.add("pending=" + a.maxPending());
        }
        if (!sameZone) {
            parts.add("zone=" + zonePercent(all));
        }
        if (!sameStart) {
            parts.add("slowStart=" + Durations.print(slowStart(all)));
        }
        if (!sameOutliers) {
            outliers(base.outliers().detection(OutlierDetection.DEFAULT), all.outliers().detection(OutlierDetection.DEFAULT),
                    parts);
        }
        return parts.isEmpty() ? "" : "?" + String.join("&", parts);
    }

    private static void outliers(OutlierDetection base, OutlierDetection all, List<String> parts) {
        if (all.consecutiveFailures() != base.consecutiveFailures()) {
            parts.add("failures=" + all.consecutiveFailures());
        }
        if (all.consecutiveErrors() != base.consecutiveErrors()) {
            parts.add("errors=" + all.consecutiveErrors());
        }
        if (!all.ejectionTime().equals(base.ejectionTime())) {
            parts.add("ejection=" + Durations.print(all.ejectionTime()));
        }
        if (!all.maxEjectionTime().equals(base.maxEjectionTime())) {
            parts.add("maxEjection=" + Durations.print(all.maxEjectionTime()));
        }
        if (all.maxEjectedPercent() != base.maxEjectedPercent()) {
            parts.add("ejected=" + all.maxEjectedPercent());
        }
    }
}
