package io.jigress.control.kinds;

import io.jigress.config.ConnectionLimits;
import io.jigress.config.LoadBalancing;
import io.jigress.config.OutlierDetection;
import io.jigress.config.PathRules;
import io.jigress.config.PathRules.Handling;
import io.jigress.config.ProxyProtocolInput;
import io.jigress.config.ProxyProtocolOutput;
import io.jigress.config.RetryPolicy;
import io.jigress.config.RetryPolicy.Condition;
import io.jigress.config.StreamOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The settings of TrafficPolicies; null where not set.
///
/// @param requestBodyBytes -1 for no limit
public record TrafficSettings(Timeouts timeouts, Connections connections, Balancing balancing,
        @Nullable Long requestBodyBytes,
        @Nullable Boolean accessLog, Paths paths, Retry retry, Outliers outliers,
        Streams streams, ProxyHeaders proxyProtocol, @Nullable RequestTags tags) {

    /// How endpoints are chosen.
    ///
    /// @param zonePercent endpoints of the gateway's zone are preferred while they have so many percent of the weight; 0 for no preference
    /// @param slowStart how long the share of a new endpoint grows; zero for no slow start
    public record Balancing(@Nullable LoadBalancing type, @Nullable Integer zonePercent, @Nullable Duration slowStart) {
        static final Balancing NONE = new Balancing(null, null, null);

        private Balancing over(Balancing below) {
            return new Balancing(first(type, below.type), first(zonePercent, below.zonePercent),
                    first(slowStart, below.slowStart));
        }

        private void overlap(Balancing other, List<String> fields) {
            both(fields, "spec.loadBalancing.type", type, other.type);
            both(fields, "spec.loadBalancing.preferZone", zonePercent, other.zonePercent);
            both(fields, "spec.loadBalancing.slowStart", slowStart, other.slowStart);
        }
    }

    /// The use of the PROXY protocol.
    ///
    /// @param accept from proxies in front of a listener
    /// @param send to endpoints
    public record ProxyHeaders(@Nullable ProxyProtocolInput accept, @Nullable ProxyProtocolOutput send) {
        static final ProxyHeaders NONE = new ProxyHeaders(null, null);

        private ProxyHeaders over(ProxyHeaders below) {
            return new ProxyHeaders(first(accept, below.accept), first(send, below.send));
        }

        private void overlap(ProxyHeaders other, List<String> fields) {
            both(fields, "spec.proxyProtocol.accept", accept, other.accept);
            both(fields, "spec.proxyProtocol.send", send, other.send);
        }
    }

    /// The settings of routes that carry no HTTP.
    public record Streams(@Nullable Integer connectAttempts, @Nullable Integer answers) {
        static final Streams NONE = new Streams(null, null);

        private Streams over(Streams below) {
            return new Streams(first(connectAttempts, below.connectAttempts), first(answers, below.answers));
        }

        private void overlap(Streams other, List<String> fields) {
            both(fields, "spec.tcp.connectAttempts", connectAttempts, other.connectAttempts);
            both(fields, "spec.udp.answers", answers, other.answers);
        }
    }

    public record Timeouts(@Nullable Duration connect, @Nullable Duration request, @Nullable Duration backendRequest,
            @Nullable Duration idle) {
        static final Timeouts NONE = new Timeouts(null, null, null, null);
    }

    public record Connections(@Nullable Integer max, @Nullable Integer pending, @Nullable Duration idleTimeout) {
        static final Connections NONE = new Connections(null, null, null);
    }

    /// The settings of retries.
    public record Retry(@Nullable Integer attempts, @Nullable Set<Condition> conditions, @Nullable Set<Integer> statuses,
            @Nullable Duration backoff, @Nullable Duration hedgingDelay, @Nullable Integer budgetPercent) {
        public static final Retry NONE = new Retry(null, null, null, null, null, null);

        public Retry over(Retry below) {
            return new Retry(first(attempts, below.attempts), first(conditions, below.conditions),
                    first(statuses, below.statuses), first(backoff, below.backoff),
                    first(hedgingDelay, below.hedgingDelay), first(budgetPercent, below.budgetPercent));
        }

        /// The same with a pause where none is set.
        public Retry pausing(Duration pause) {
            return backoff != null
                    ? this
                    : new Retry(attempts, conditions, statuses, pause, hedgingDelay, budgetPercent);
        }

        /// @param defaults for values that are not set
        public RetryPolicy policy(RetryPolicy defaults) {
            return this.equals(NONE)
                    ? defaults
                    : new RetryPolicy(or(attempts, defaults.attempts()), or(conditions, defaults.conditions()),
                            or(statuses, defaults.statuses()), or(backoff, defaults.backoff()),
                            or(hedgingDelay, defaults.hedgingDelay()),
                            or(budgetPercent, defaults.budgetPercent()));
        }

        private void overlap(Retry other, List<String> fields) {
            both(fields, "spec.retry.attempts", attempts, other.attempts);
            both(fields, "spec.retry.conditions", conditions, other.conditions);
            both(fields, "spec.retry.statuses", statuses, other.statuses);
            both(fields, "spec.retry.backoff", backoff, other.backoff);
            both(fields, "spec.retry.hedgingDelay", hedgingDelay, other.hedgingDelay);
            both(fields, "spec.retry.budget.percent", budgetPercent, other.budgetPercent);
        }
    }

    /// The settings of outlier detection.
    public record Outliers(@Nullable Integer consecutiveFailures, @Nullable Integer consecutiveErrors,
            @Nullable Duration ejectionTime, @Nullable Duration maxEjectionTime, @Nullable Integer maxEjectedPercent) {
        static final Outliers NONE = new Outliers(null, null, null, null, null);

        private Outliers over(Outliers below) {
            return new Outliers(first(consecutiveFailures, below.consecutiveFailures),
                    first(consecutiveErrors, below.consecutiveErrors), first(ejectionTime, below.ejectionTime),
                    first(maxEjectionTime, below.maxEjectionTime), first(maxEjectedPercent, below.maxEjectedPercent));
        }

        /// @param defaults for values that are not set
        public OutlierDetection detection(OutlierDetection defaults) {
            return this.equals(NONE)
                    ? defaults
                    : new OutlierDetection(or(consecutiveFailures, defaults.consecutiveFailures()),
                            or(consecutiveErrors, defaults.consecutiveErrors()), or(ejectionTime, defaults.ejectionTime()),
                            or(maxEjectionTime, defaults.maxEjectionTime()), or(maxEjectedPercent, defaults.maxEjectedPercent()));
        }

        private void overlap(Outliers other, List<String> fields) {
            String at = "spec.outlierDetection.";
            both(fields, at + "consecutiveFailures", consecutiveFailures, other.consecutiveFailures);
            both(fields, at + "consecutiveErrors", consecutiveErrors, other.consecutiveErrors);
            both(fields, at + "ejectionTime", ejectionTime, other.ejectionTime);
            both(fields, at + "maxEjectionTime", maxEjectionTime, other.maxEjectionTime);
            both(fields, at + "maxEjectedPercent", maxEjectedPercent, other.maxEjectedPercent);
        }
    }

    /// How paths are normalised; for listeners only.
    public record Paths(@Nullable Handling dotSegments, @Nullable Handling repeatedSlashes, @Nullable Handling escapes,
            @Nullable Handling encodedSlashes, @Nullable Handling backslashes, @Nullable Handling parameters) {
        static final Paths NONE = new Paths(null, null, null, null, null, null);

        /// @param defaults for values that are not set
        public PathRules rules(PathRules defaults) {
            return this.equals(NONE)
                    ? defaults
                    : new PathRules(or(dotSegments, defaults.dotSegments()), or(repeatedSlashes, defaults.repeatedSlashes()),
                            or(escapes, defaults.escapes()), or(encodedSlashes, defaults.encodedSlashes()),
                            or(backslashes, defaults.backslashes()), or(parameters, defaults.parameters()));
        }

        private Paths over(Paths below) {
            return new Paths(first(dotSegments, below.dotSegments), first(repeatedSlashes, below.repeatedSlashes),
                    first(escapes, below.escapes), first(encodedSlashes, below.encodedSlashes),
                    first(backslashes, below.backslashes), first(parameters, below.parameters));
        }

        private void overlap(Paths other, List<String> fields) {
            both(fields, "spec.paths.dotSegments", dotSegments, other.dotSegments);
            both(fields, "spec.paths.repeatedSlashes", repeatedSlashes, other.repeatedSlashes);
            both(fields, "spec.paths.escapes", escapes, other.escapes);
            both(fields, "spec.paths.encodedSlashes", encodedSlashes, other.encodedSlashes);
            both(fields, "spec.paths.backslashes", backslashes, other.backslashes);
            both(fields, "spec.paths.parameters", parameters, other.parameters);
        }
    }

    public static final TrafficSettings NONE = new TrafficSettings(Timeouts.NONE, Connections.NONE, Balancing.NONE, null, null,
            Paths.NONE, Retry.NONE, Outliers.NONE, Streams.NONE, ProxyHeaders.NONE, null);

    /// Only a connect timeout.
    public static TrafficSettings connecting(Duration timeout) {
        return new TrafficSettings(new Timeouts(timeout, null, null, null), Connections.NONE, Balancing.NONE, null, null,
                Paths.NONE, Retry.NONE, Outliers.NONE, Streams.NONE, ProxyHeaders.NONE, null);
    }

    /// These settings; where not set, those of `below`.
    public TrafficSettings over(TrafficSettings below) {
        if (this.equals(NONE)) {
            return below;
        }
        if (below.equals(NONE)) {
            return this;
        }
        Timeouts t = below.timeouts;
        Connections c = below.connections;
        return new TrafficSettings(
                new Timeouts(first(timeouts.connect, t.connect), first(timeouts.request, t.request),
                        first(timeouts.backendRequest, t.backendRequest),
                        first(timeouts.idle, t.idle)),
                new Connections(first(connections.max, c.max), first(connections.pending, c.pending),
                        first(connections.idleTimeout, c.idleTimeout)),
                balancing.over(below.balancing), first(requestBodyBytes, below.requestBodyBytes),
                first(accessLog, below.accessLog), paths.over(below.paths), retry.over(below.retry),
                outliers.over(below.outliers), streams.over(below.streams),
                proxyProtocol.over(below.proxyProtocol), first(tags, below.tags));
    }

    /// The fields that are set in both, by their path in a TrafficPolicy.
    public List<String> overlap(TrafficSettings other) {
        List<String> fields = new ArrayList<>();
        both(fields, "spec.timeouts.connect", timeouts.connect, other.timeouts.connect);
        both(fields, "spec.timeouts.request", timeouts.request, other.timeouts.request);
        both(fields, "spec.timeouts.backendRequest", timeouts.backendRequest, other.timeouts.backendRequest);
        both(fields, "spec.timeouts.idle", timeouts.idle, other.timeouts.idle);
        balancing.overlap(other.balancing, fields);
        both(fields, "spec.connections.max", connections.max, other.connections.max);
        both(fields, "spec.connections.pending", connections.pending, other.connections.pending);
        both(fields, "spec.connections.idleTimeout", connections.idleTimeout, other.connections.idleTimeout);
        both(fields, "spec.limits.requestBody", requestBodyBytes, other.requestBodyBytes);
        both(fields, "spec.accessLog", accessLog, other.accessLog);
        paths.overlap(other.paths, fields);
        both(fields, "spec.tags", tags, other.tags);
        retry.overlap(other.retry, fields);
        outliers.overlap(other.outliers, fields);
        streams.overlap(other.streams, fields);
        proxyProtocol.overlap(other.proxyProtocol, fields);
        return fields;
    }

    /// Only the settings of connections to endpoints.
    public TrafficSettings ofCluster() {
        return new TrafficSettings(new Timeouts(timeouts.connect, null, null, null), connections, balancing, null, null,
                Paths.NONE, Retry.NONE, outliers, Streams.NONE, ProxyHeaders.NONE, null);
    }

    /// The options of a route that carries no HTTP.
    public StreamOptions streamOptions() {
        StreamOptions defaults = StreamOptions.DEFAULT;
        StreamOptions options = new StreamOptions(timeouts.idle, or(streams.connectAttempts, defaults.connectAttempts()),
                or(streams.answers, defaults.answers()), or(accessLog, defaults.accessLog()));
        return options.equals(defaults) ? defaults : options;
    }

    /// @param defaults for values that are not set
    public ConnectionLimits limits(ConnectionLimits defaults) {
        return new ConnectionLimits(or(timeouts.connect, defaults.connectTimeout()),
                or(connections.idleTimeout, defaults.idleTimeout()),
                or(connections.max, defaults.maxConnections()), or(connections.pending, defaults.maxPending()));
    }

    private static void both(List<String> fields, String field, @Nullable Object a, @Nullable Object b) {
        if (a != null && b != null) {
            fields.add(field);
        }
    }

    private static <T> @Nullable T first(@Nullable T near, @Nullable T far) {
        return near != null ? near : far;
    }

    private static <T> T or(@Nullable T value, T fallback) {
        return value != null ? value : fallback;
    }
}
