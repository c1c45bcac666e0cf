package io.jigress.plugins.process;

import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.jigress.api.CallRequest;
import io.jigress.api.HeaderName;
import io.jigress.api.JsonReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How a server is called by gRPC: what Envoy's `GrpcService` says apart from the server's place. For several threads.
///
/// @param authority of the calls
/// @param metadata that is sent with each
/// @param timeout zero for none
/// @param maxMessageBytes of one message of the server
public record GrpcTarget(String authority, List<Map.Entry<HeaderName, String>> metadata, Duration timeout, int maxMessageBytes) {
    private static final String AUTHORITY = "jigress";

    /// @param json the reader of the configuration, for faults
    public static GrpcTarget of(GrpcService service, Duration timeout, int maxMessageBytes, JsonReader json) {
        String at = "grpc_service.";
        if (service.hasGoogleGrpc()) {
            json.error(at + "google_grpc", "names a server", "backends.server of the plugin");
        }
        if (service.hasRetryPolicy() || service.getEnvoyGrpc().hasRetryPolicy()) {
            json.error(at + "retry_policy", "is not supported: failed attempts are retried as on a route", "no such field");
        }
        String authority = service.getEnvoyGrpc().getAuthority();
        List<Map.Entry<HeaderName, String>> metadata = new ArrayList<>();
        for (int i = 0; i < service.getInitialMetadataCount(); i++) {
            HeaderValue field = service.getInitialMetadata(i);
            String value = HeaderEdits.value(field);
            if (!HeaderName.isToken(field.getKey()) || !HeaderName.isValue(value)) {
                json.error(at + "initial_metadata[" + i + "]", "is not a field of HTTP", "a name and a value");
            } else if (value.contains("%")) {
                json.error(at + "initial_metadata[" + i + "].value", "has a command of Envoy's access log", "a text without %");
            } else {
                metadata.add(Map.entry(HeaderName.of(field.getKey()), value));
            }
        }
        try {
            CallRequest.of("POST", authority.isEmpty() ? AUTHORITY : authority, "/");
        } catch (IllegalArgumentException e) {
            json.error(at + "envoy_grpc.authority", "is \"" + authority + "\"", "a host, and a port if needed");
        }
        int most = service.getEnvoyGrpc().hasMaxReceiveMessageLength()
                ? service.getEnvoyGrpc().getMaxReceiveMessageLength().getValue()
                : maxMessageBytes;
        return new GrpcTarget(authority.isEmpty() ? AUTHORITY : authority, List.copyOf(metadata),
                service.hasTimeout() ? EnvoyConfig.duration(service.getTimeout()) : timeout, most);
    }

    /// A request of its own for each call.
    ///
    /// @param method `/service/Method`
    public CallRequest request(String method) {
        CallRequest request = CallRequest.of("POST", authority, method);
        metadata.forEach(field -> request.with(field.getKey(), field.getValue()));
        return request;
    }
}
