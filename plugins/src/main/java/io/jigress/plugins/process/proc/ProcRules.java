package io.jigress.plugins.process.proc;

import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor.RouteCacheAction;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.HeaderForwardingRules;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode;
import io.jigress.api.JsonReader;
import io.jigress.plugins.process.EnvoyConfig;
import io.jigress.plugins.process.ForwardRules;
import io.jigress.plugins.process.GrpcTarget;
import io.jigress.plugins.process.MutationRules;
import io.jigress.plugins.process.ProcessPlugin;
import io.jigress.plugins.process.TextMatcher;
import java.time.Duration;
import java.util.List;

/// What follows from a configuration, ready for use. For several threads.
///
/// @param messageTimeout how long a message may stay unanswered
/// @param maxTimeout the longest time that a server may ask for; zero when it may not
/// @param closeTimeout how long a stream is kept open after the end of an exchange
record ProcRules(ForwardRules forward, MutationRules mutation, GrpcTarget target, Duration messageTimeout, Duration maxTimeout,
        Duration closeTimeout, RouteCacheAction routeCache, ProcessingMode mode) {
    private static final Duration TIMEOUT = Duration.ofMillis(200);
    private static final Duration CLOSE = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofHours(1);
    /// Holds a body of the largest `limits.held.bytes`.
    private static final int MESSAGE_BYTES = 65 << 20;

    static ProcRules of(ExternalProcessor envoy, ProcessPlugin plugin, JsonReader config) {
        if (plugin.http() || envoy.hasHttpService()) {
            config.error("http_service", "is not supported", "grpc_service, and transport: grpc");
        }
        if (envoy.hasOnProcessingResponse()) {
            config.error("on_processing_response", "is an extension of Envoy, which Jigress does not have", "no such field");
        }
        HeaderForwardingRules forward = envoy.getForwardRules();
        RouteCacheAction routeCache = envoy.getDisableClearRouteCache() ? RouteCacheAction.RETAIN : envoy.getRouteCacheAction();
        if (envoy.getDisableClearRouteCache() && envoy.getRouteCacheAction() != RouteCacheAction.DEFAULT) {
            config.error("route_cache_action", "is set together with disable_clear_route_cache", "one of both");
        }
        check(envoy.getProcessingMode(), config);
        unknownAttributes(envoy.getRequestAttributesList(), "request_attributes", config);
        unknownAttributes(envoy.getResponseAttributesList(), "response_attributes", config);
        return new ProcRules(
                new ForwardRules(TextMatcher.of(forward.getAllowedHeaders(), config, "forward_rules.allowed_headers"),
                        TextMatcher.of(forward.getDisallowedHeaders(), config, "forward_rules.disallowed_headers"), true),
                envoy.hasMutationRules()
                        ? MutationRules.of(envoy.getMutationRules(), config, "mutation_rules")
                        : MutationRules.DEFAULT,
                GrpcTarget.of(envoy.getGrpcService(), Duration.ZERO, MESSAGE_BYTES, config),
                timeout(config, "message_timeout",
                        envoy.hasMessageTimeout() ? EnvoyConfig.duration(envoy.getMessageTimeout()) : TIMEOUT),
                timeout(config, "max_message_timeout", EnvoyConfig.duration(envoy.getMaxMessageTimeout())),
                timeout(config, "deferred_close_timeout",
                        envoy.hasDeferredCloseTimeout() ? EnvoyConfig.duration(envoy.getDeferredCloseTimeout()) : CLOSE),
                routeCache, envoy.getObservabilityMode() ? observed(envoy.getProcessingMode()) : envoy.getProcessingMode());
    }

    private static Duration timeout(JsonReader config, String field, Duration value) {
        if (value.compareTo(LONGEST) > 0) {
            config.error(field, "is " + value, "at most 1h");
        }
        return value;
    }

    private static void check(ProcessingMode mode, JsonReader config) {
        if (Modes.ofRequest(mode).isFullDuplex() && !Modes.ofRequest(mode).trailers()) {
            config.error("processing_mode.request_trailer_mode", "is not SEND, which FULL_DUPLEX_STREAMED needs", "SEND");
        }
        if (Modes.ofResponse(mode).isFullDuplex() && !Modes.ofResponse(mode).trailers()) {
            config.error("processing_mode.response_trailer_mode", "is not SEND, which FULL_DUPLEX_STREAMED needs", "SEND");
        }
    }

    /// An observer is shown bodies as they come, or not at all.
    private static ProcessingMode observed(ProcessingMode mode) {
        ProcessingMode.Builder observed = mode.toBuilder();
        if (mode.getRequestBodyMode() != BodySendMode.STREAMED) {
            observed.setRequestBodyMode(BodySendMode.NONE);
        }
        if (mode.getResponseBodyMode() != BodySendMode.STREAMED) {
            observed.setResponseBodyMode(BodySendMode.NONE);
        }
        return observed.build();
    }

    private static void unknownAttributes(List<String> names, String field, JsonReader config) {
        for (int i = 0; i < names.size(); i++) {
            if (!Attributes.isKnown(names.get(i))) {
                config.warning(field + "[" + i + "]", "is \"" + names.get(i) + "\", which Jigress does not have; it is not sent",
                        "one of " + String.join(", ", Attributes.known()));
            }
        }
    }
}
