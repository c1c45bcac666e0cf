package io.jigress.proxy.telemetry;

import io.jigress.api.ProxyFailure;
import org.jspecify.annotations.Nullable;

/// A request that the gateway answered by itself since it breaks the rules of HTTP or the limits of its head. What is not known is empty.
///
/// @param epochMillis when its first byte arrived
/// @param target cut at 8 KiB; empty while no access log is written
public record ProtocolRefusal(long epochMillis, String requestId, String client, String method, String host, String target,
        ProxyFailure failure) {

    /// Null for other requests.
    static @Nullable ProtocolRefusal of(AccessRecord record) {
        ProxyFailure failure = record.failure();
        if (failure == null || failure.origin() != ProxyFailure.Origin.CLIENT || !isOfProtocol(failure.kind())) {
            return null;
        }
        return new ProtocolRefusal(record.startEpochMillis(), record.requestId.text(), record.client(), record.method(),
                record.authority.text(), record.target.text(), failure);
    }

    private static boolean isOfProtocol(ProxyFailure.Kind kind) {
        return switch (kind) {
            case BAD_REQUEST, TARGET_TOO_LONG, HEADERS_TOO_LARGE, VERSION_NOT_SUPPORTED, METHOD_NOT_ALLOWED -> true;
            case REQUEST_TIMEOUT, BODY_TOO_LARGE, MISDIRECTED, CLIENT_GONE, NO_ROUTE, FILTER_ERROR, INTERNAL_ERROR,
                    FILTER_TIMEOUT,
                    NO_CLUSTER, NO_ENDPOINTS, OVERLOADED, MISCONFIGURED, CONNECT_FAILED, CONNECT_TIMEOUT, UPSTREAM_RESET,
                    UPSTREAM_REFUSED, UPSTREAM_BAD_RESPONSE, UPSTREAM_TIMEOUT, DRAINING ->
                false;
        };
    }
}
