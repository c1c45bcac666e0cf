package io.jigress.api;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/// Calls to the clusters of the configuration, on the filter's event loop. They are sent like requests: through the pools of the loop
/// and the limits, connect timeouts, outlier detection and metrics of the cluster, and a failed attempt is retried as by default on a
/// route. Event loop only.
///
/// A cluster is named as in the configuration of the gateway, and looked up for each call, so that a changed cluster is used at once. A cluster that
/// does not exist fails the call with NO_CLUSTER. A filter says in its specification which clusters it calls, so that its routes go live when
/// these are known.
///
/// Results come later, never from within a method of this interface or of the call. The callbacks of a call that was cancelled are not called any
/// more, nor are those of a filter that is closed: its calls are cancelled then. An exception of a callback cancels its call and is logged. An instance of a
/// filter has at most `limits.filter.calls` calls in flight; one more fails with OVERLOADED.
public interface UpstreamCallers {

    /// Opens an HTTP call. Its end is the last part of the response, its trailers, or the failure.
    ///
    /// The sink may keep the response's head and its trailers. A filter that sends more than
    /// `limits.held.bytes` of a body while [UpstreamCall#writable] is false fails the call.
    ///
    /// @param last no body follows
    UpstreamCall http(String cluster, CallRequest request, boolean last, CallLimits limits, ResponseSink sink);

    /// Sends a whole request and collects the response.
    ///
    /// @param body takes ownership; empty for none
    /// @param maxResponseBytes a response with a longer body fails with UPSTREAM_BAD_RESPONSE
    /// @param result is called once, unless the call is cancelled
    Services.Cancellable unary(String cluster, CallRequest request, ByteBuf body, CallLimits limits, int maxResponseBytes,
            Consumer<CallResult> result);

    /// Opens a connection whose bytes pass as they are, to a cluster of the protocol `tcp`.
    ///
    /// [ResponseSink#switched] is called when the connection is established, with a head without fields; bytes may be sent before that. The last
    /// part of the body, in each direction, is the end of that direction (FIN); the other direction stays open. The call ends when both have
    /// ended, by [UpstreamCall#cancel], which still sends what was queued, or by a failure; the connection ends with it.
    UpstreamCall channel(String cluster, CallLimits limits, ResponseSink sink);

    /// Opens a gRPC call to a cluster whose protocol is HTTP/2. Its deadline is sent to the server too (grpc-timeout).
    ///
    /// @param request `CallRequest.of("POST", authority, "/service/Method")`, with metadata as its fields
    /// @param maxMessageBytes a longer message of the response ends the call with RESOURCE_EXHAUSTED
    default GrpcCall grpc(String cluster, CallRequest request, CallLimits limits, int maxMessageBytes, GrpcSink sink) {
        return GrpcCall.open(this, cluster, request, limits, maxMessageBytes, sink);
    }

    /// Calls a gRPC method that has one message each way.
    ///
    /// @param message takes ownership
    /// @param maxMessageBytes as for [#grpc]
    /// @param result is called once, unless the call is cancelled
    default Services.Cancellable grpcUnary(String cluster, CallRequest request, ByteBuf message, CallLimits limits,
            int maxMessageBytes, Consumer<GrpcResult> result) {
        GrpcCall call = grpc(cluster, request, limits, maxMessageBytes, new GrpcUnary(result));
        call.send(message);
        call.halfClose();
        return call::cancel;
    }
}
