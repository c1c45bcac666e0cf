package io.jigress.plugins.process.authz;

import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.HttpService;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import io.jigress.api.HeaderName;
import io.jigress.api.JsonReader;
import io.jigress.plugins.process.EnvoyConfig;
import io.jigress.plugins.process.ForwardRules;
import io.jigress.plugins.process.GrpcTarget;
import io.jigress.plugins.process.MutationRules;
import io.jigress.plugins.process.ProcessPlugin;
import io.jigress.plugins.process.TextMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/// What follows from a configuration, ready for use. For several threads.
///
/// @param enabled whether a request is checked
/// @param denyAtDisable whether requests that are not checked are denied
/// @param forward which fields the server is shown
/// @param mutation which fields it may change
/// @param grpc null when the server is called by HTTP
/// @param http null when the server is called by gRPC
record AuthzRules(BooleanSupplier enabled, boolean denyAtDisable, ForwardRules forward, MutationRules mutation,
        @Nullable GrpcTarget grpc, @Nullable HttpRules http) {
    private static final Duration TIMEOUT = Duration.ofMillis(200);
    private static final int MESSAGE_BYTES = 4 << 20;

    /// How a server is called by HTTP, and which fields of its response are used.
    ///
    /// @param add fields of the request to the server, in place of the client's
    record HttpRules(Duration timeout, String prefix, List<Map.Entry<HeaderName, String>> add,
            TextMatcher upstream, TextMatcher upstreamAppend, TextMatcher client, TextMatcher clientOnSuccess,
            TextMatcher metadata) {}

    static AuthzRules of(ExtAuthz envoy, ProcessPlugin plugin, JsonReader config, DoubleSupplier random) {
        unsupported(envoy, config);
        boolean http = plugin.http() || envoy.hasHttpService();
        if (plugin.http() && envoy.hasGrpcService()) {
            config.error("grpc_service", "is set, but the plugin's transport is http", "http_service, or transport: grpc");
        }
        ForwardRules forward = new ForwardRules(
                TextMatcher.of(envoy.getAllowedHeaders(), config, "allowed_headers"),
                TextMatcher.of(envoy.getDisallowedHeaders(), config, "disallowed_headers"), true);
        MutationRules mutation = envoy.hasDecoderHeaderMutationRules()
                ? MutationRules.of(envoy.getDecoderHeaderMutationRules(), config, "decoder_header_mutation_rules")
                : MutationRules.ALL;
        return new AuthzRules(enabled(envoy, random), envoy.getDenyAtDisable().getDefaultValue().getValue(), forward, mutation,
                http ? null : GrpcTarget.of(envoy.getGrpcService(), TIMEOUT, MESSAGE_BYTES, config),
                http ? http(envoy.getHttpService(), config) : null);
    }

    private static void unsupported(ExtAuthz envoy, JsonReader config) {
        if (envoy.hasFilterEnabledMetadata()) {
            config.error("filter_enabled_metadata", "is not supported", "matchRules of the plugin");
        }
        if (envoy.getRouteMetadataContextNamespacesCount() + envoy.getRouteTypedMetadataContextNamespacesCount() > 0) {
            config.warning("route_metadata_context_namespaces", "has no effect: routes have no metadata",
                    "check_settings.context_extensions");
        }
        if (envoy.getTypedMetadataContextNamespacesCount() > 0) {
            config.warning("typed_metadata_context_namespaces", "has no effect: metadata has no types",
                    "metadata_context_namespaces");
        }
        if (!envoy.getBootstrapMetadataLabelsKey().isEmpty()) {
            config.warning("bootstrap_metadata_labels_key", "has no effect: the gateway has no bootstrap metadata",
                    "check_settings.context_extensions");
        }
        String version = envoy.getTransportApiVersion().name();
        if (!version.equals("AUTO") && !version.equals("V3")) {
            config.error("transport_api_version", "is " + version, "V3");
        }
    }

    private static BooleanSupplier enabled(ExtAuthz envoy, DoubleSupplier random) {
        if (!envoy.hasFilterEnabled()) {
            return () -> true;
        }
        FractionalPercent share = envoy.getFilterEnabled().getDefaultValue();
        double of = switch (share.getDenominator()) {
            case TEN_THOUSAND -> 10_000;
            case MILLION -> 1_000_000;
            case HUNDRED, UNRECOGNIZED -> 100;
        };
        double fraction = share.getNumerator() / of;
        return fraction >= 1 ? () -> true : () -> random.getAsDouble() < fraction;
    }

    @SuppressWarnings("deprecation") // allowed_headers of the request, to refuse it
    private static HttpRules http(HttpService service, JsonReader config) {
        String at = "http_service.";
        String prefix = service.getPathPrefix();
        if (!prefix.isEmpty() && !prefix.startsWith("/")) {
            config.error(at + "path_prefix", "is \"" + prefix + "\"", "a path that starts with /");
        }
        List<Map.Entry<HeaderName, String>> add = new ArrayList<>();
        service.getAuthorizationRequest().getHeadersToAddList().forEach(field -> {
            if (HeaderName.isToken(field.getKey()) && HeaderName.isValue(field.getValue()) && !field.getValue().contains("%")) {
                add.add(Map.entry(HeaderName.of(field.getKey()), field.getValue()));
            } else {
                config.error(at + "authorization_request.headers_to_add",
                        "has \"" + field.getKey() + ": " + field.getValue() + "\"",
                        "a name and a value without %");
            }
        });
        AuthorizationResponse response = service.getAuthorizationResponse();
        String in = at + "authorization_response.";
        if (service.getAuthorizationRequest().hasAllowedHeaders()) {
            config.error(at + "authorization_request.allowed_headers", "is deprecated in Envoy",
                    "allowed_headers of the plugin's config");
        }
        return new HttpRules(
                service.getServerUri().hasTimeout() ? EnvoyConfig.duration(service.getServerUri().getTimeout()) : TIMEOUT,
                prefix, List.copyOf(add),
                TextMatcher.of(response.getAllowedUpstreamHeaders(), config, in + "allowed_upstream_headers"),
                TextMatcher.of(response.getAllowedUpstreamHeadersToAppend(), config, in + "allowed_upstream_headers_to_append"),
                TextMatcher.of(response.getAllowedClientHeaders(), config, in + "allowed_client_headers"),
                TextMatcher.of(response.getAllowedClientHeadersOnSuccess(), config, in + "allowed_client_headers_on_success"),
                TextMatcher.of(response.getDynamicMetadataFromHeaders(), config, in + "dynamic_metadata_from_headers"));
    }

    Duration timeout() {
        GrpcTarget target = grpc;
        HttpRules rules = http;
        return target != null ? target.timeout() : rules != null ? rules.timeout() : TIMEOUT;
    }
}
