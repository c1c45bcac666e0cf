package io.jigress.control.translate;

import io.jigress.config.Cluster;
import io.jigress.config.FilterSpec;
import io.jigress.config.RetryPolicy;
import io.jigress.config.RouteAction;
import io.jigress.config.RouteOptions;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.TrafficSettings;
import io.jigress.control.translate.Contribution.Placement;
import io.jigress.control.translate.Contribution.StreamClaim;
import io.jigress.control.translate.Contribution.TlsClaim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A [Contribution] under construction.
final class RouteBuild {
    /// The response of routes that an invalid protecting filter closes.
    static final RouteAction MISCONFIGURED = new RouteAction.Reply(503, "text/plain", "misconfigured\n", "misconfigured");
    /// The response of routes with an error.
    static final RouteAction INVALID = new RouteAction.Reply(500, "text/plain", "invalid route\n", "invalid_route");

    /// Of the `retry` of a rule that names none.
    private static final Duration RULE_BACKOFF = Duration.ofMillis(25);

    private final Resource resource;
    private final Uses uses;
    private final Findings findings;
    private final String owner;
    private final Map<ResourceKey, Uses.Node> used = new LinkedHashMap<>();
    private final Map<String, Cluster> clusters = new LinkedHashMap<>();
    private final List<Placement> placements = new ArrayList<>();
    private List<String> attached = List.of();
    private final List<TlsClaim> tls = new ArrayList<>();
    private final List<StreamClaim> streams = new ArrayList<>();

    RouteBuild(Resource resource, Uses uses, List<Problem> found) {
        this.resource = resource;
        this.uses = uses;
        this.findings = new Findings(resource, found);
        ResourceKey key = resource.key();
        this.owner = key.namespace() + "/" + key.name() + (key.cluster().isEmpty() ? "" : " " + key.cluster());
    }

    ResourceKey key() {
        return resource.key();
    }

    long created() {
        return resource.created();
    }

    /// The last criterion of the order of ranks: `namespace/name`, then the cluster. One instance for all ranks.
    String owner() {
        return owner;
    }

    Findings findings() {
        return findings;
    }

    /// Records that the object must be translated again when that one changes.
    void use(ResourceKey other) {
        used.computeIfAbsent(other, uses::node);
    }

    /// One that it refers to.
    @Nullable Cluster cluster(String name) {
        return clusters.get(name);
    }

    void cluster(Cluster cluster) {
        clusters.put(cluster.name(), cluster);
    }

    void place(Placement placement) {
        placements.add(placement);
    }

    void tls(TlsClaim claim) {
        tls.add(claim);
    }

    void stream(StreamClaim claim) {
        streams.add(claim);
    }

    void attached(List<String> sections) {
        attached = List.copyOf(sections);
    }

    /// Takes over what another object's part needs.
    void adopt(RouteBuild other) {
        other.used.keySet().forEach(this::use);
        clusters.putAll(other.clusters);
    }

    Contribution finish() {
        return new Contribution(List.copyOf(placements), List.copyOf(clusters.values()), List.copyOf(used.values()), attached,
                List.copyOf(tls), List.copyOf(streams), findings.list());
    }

    /// @param request,backendRequest,retry the route's own fields, which take precedence over policies
    static RouteOptions options(TrafficSettings settings, @Nullable Duration request, @Nullable Duration backendRequest,
            TrafficSettings.Retry retry) {
        RouteOptions options = new RouteOptions(request != null ? request : settings.timeouts().request(),
                backendRequest != null ? backendRequest : settings.timeouts().backendRequest(), settings.timeouts().idle(),
                settings.requestBodyBytes(),
                settings.accessLog() == null || settings.accessLog(),
                retries(retry, settings.retry()).policy(RetryPolicy.DEFAULT));
        return options.equals(RouteOptions.DEFAULT) ? RouteOptions.DEFAULT : options;
    }

    /// A rule that asks for retries gets them also where there is one endpoint only, and that needs a pause.
    private static TrafficSettings.Retry retries(TrafficSettings.Retry own, TrafficSettings.Retry policies) {
        TrafficSettings.Retry all = own.over(policies);
        return own.equals(TrafficSettings.Retry.NONE) ? all : all.pausing(RULE_BACKOFF);
    }

    static List<FilterSpec> joined(List<FilterSpec> near, List<FilterSpec> far) {
        if (near.isEmpty() || far.isEmpty()) {
            return near.isEmpty() ? far : near;
        }
        List<FilterSpec> all = new ArrayList<>(near);
        all.addAll(far);
        return all;
    }
}
