package io.jigress.plugins.wasm.abi;

import io.jigress.api.CallLimits;
import io.jigress.api.CallRequest;
import io.jigress.api.CallResult;
import io.jigress.api.GrpcCall;
import io.jigress.api.GrpcSink;
import io.jigress.api.GrpcStatus;
import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.api.Services;
import io.jigress.plugins.wasm.vm.Trap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The calls of an instance to services: HTTP, gRPC and Redis. They belong to its root context, as in Envoy, and outlive the exchange in which
/// they were opened.
final class VmCalls {
    /// The longest response that a plugin may receive.
    private static final int MAX_RESPONSE = 8 * 1024 * 1024;
    private static final Duration NO_TIMEOUT = Duration.ofMinutes(5);
    private static final int MAX_CALLS = 1024;

    private final Vm vm;
    private final Map<Integer, Services.Cancellable> open = new HashMap<>();
    private final Map<Integer, GrpcCall> streams = new HashMap<>();
    private final Map<String, RedisConnection> redis = new HashMap<>();
    private int nextToken = 1;

    // What host functions read while a result is delivered.
    private @Nullable HeaderMap headers;
    private @Nullable HeaderMap trailers;
    private @Nullable HeaderMap initialMetadata;
    private @Nullable HeaderMap trailingMetadata;
    private byte @Nullable [] body;
    private byte @Nullable [] message;
    private byte @Nullable [] redisReply;
    private int status;
    private String statusMessage = "";

    VmCalls(Vm vm) {
        this.vm = vm;
    }

    @Nullable HeaderMap headers() {
        return headers;
    }

    @Nullable HeaderMap trailers() {
        return trailers;
    }

    @Nullable HeaderMap initialMetadata() {
        return initialMetadata;
    }

    @Nullable HeaderMap trailingMetadata() {
        return trailingMetadata;
    }

    byte @Nullable [] body() {
        return body;
    }

    byte @Nullable [] message() {
        return message;
    }

    byte @Nullable [] redisReply() {
        return redisReply;
    }

    /// The status of the gRPC call that has ended.
    int status() {
        return status;
    }

    String statusMessage() {
        return statusMessage;
    }

    private boolean mayOpen() {
        return open.size() + streams.size() < MAX_CALLS;
    }

    private static CallLimits limits(long millis) {
        return CallLimits.within(millis == 0 ? NO_TIMEOUT : Duration.ofMillis(millis));
    }

    /// Runs a callback of the plugin; a trap ends the instance, which tells its owner.
    private void deliver(Runnable callback) {
        try {
            callback.run();
        } catch (Trap _) {
            // The owner was told.
        }
    }

    // ---- HTTP

    /// @return the token of the call; 0 when too many are open
    int http(String cluster, CallRequest request, byte[] content, long timeout) {
        int token = nextToken++;
        if (!mayOpen() || !vm.onLoop(() -> openHttp(token, cluster, request, content, timeout))) {
            return 0;
        }
        return token;
    }

    private void openHttp(int token, String cluster, CallRequest request, byte[] content, long timeout) {
        open.put(token, vm.services().callers().unary(cluster, request, Unpooled.wrappedBuffer(content), limits(timeout),
                MAX_RESPONSE, result -> deliver(() -> httpResult(token, result))));
    }

    private void httpResult(int token, CallResult result) {
        open.remove(token);
        int headerCount = 0;
        int trailerCount = 0;
        if (result instanceof CallResult.Response(ResponseHead head, ByteBuf received, Headers last)) {
            headers = new HeaderMap(head.headers(), null, head, false);
            trailers = HeaderMap.of(last, false);
            body = ByteBufUtil.getBytes(received);
            headerCount = headers.size();
            trailerCount = last.size();
        }
        try {
            vm.callIf(null, vm.exports().httpCallResponse, Vm.ROOT, token, headerCount, body == null ? 0 : body.length,
                    trailerCount);
        } finally {
            headers = null;
            trailers = null;
            body = null;
        }
    }

    // ---- gRPC

    /// @param content the message of a unary call; null for a stream
    int grpc(String cluster, CallRequest request, byte @Nullable [] content, long timeout) {
        int token = nextToken++;
        if (!mayOpen() || !vm.onLoop(() -> openGrpc(token, cluster, request, content, timeout))) {
            return 0;
        }
        return token;
    }

    private void openGrpc(int token, String cluster, CallRequest request, byte @Nullable [] content, long timeout) {
        GrpcCall call = vm.services().callers().grpc(cluster, request, limits(timeout), MAX_RESPONSE,
                new GrpcReceiver(token, content != null));
        streams.put(token, call);
        if (content != null) {
            call.send(Unpooled.wrappedBuffer(content));
            call.halfClose();
        }
    }

    /// @return whether there is such a call
    boolean grpcSend(int token, byte[] content, boolean end) {
        GrpcCall call = streams.get(token);
        if (call == null) {
            return false;
        }
        call.send(Unpooled.wrappedBuffer(content));
        if (end) {
            call.halfClose();
        }
        return true;
    }

    boolean grpcHalfClose(int token) {
        GrpcCall call = streams.get(token);
        if (call != null) {
            call.halfClose();
        }
        return call != null;
    }

    boolean grpcCancel(int token) {
        GrpcCall call = streams.remove(token);
        if (call != null) {
            call.cancel();
        }
        return call != null;
    }

    private final class GrpcReceiver implements GrpcSink {
        private final int token;
        private final boolean unary;

        GrpcReceiver(int token, boolean unary) {
            this.token = token;
            this.unary = unary;
        }

        @Override
        public void headers(Headers metadata) {
            initialMetadata = HeaderMap.of(metadata, false);
            deliver(() -> vm.callIf(null, vm.exports().grpcInitialMetadata, Vm.ROOT, token, metadata.size()));
            initialMetadata = null;
        }

        @Override
        public void message(ByteBuf received) {
            byte[] bytes = ByteBufUtil.getBytes(received);
            message = bytes;
            if (unary) {
                streams.remove(token);
            }
            deliver(() -> vm.callIf(null, vm.exports().grpcReceive, Vm.ROOT, token, bytes.length));
            message = null;
        }

        @Override
        public void ended(GrpcStatus end) {
            boolean known = streams.remove(token) != null;
            if (unary && !known) {
                return; // The result was its message.
            }
            status = end.code();
            statusMessage = end.message();
            if (!unary) {
                trailingMetadata = HeaderMap.of(end.trailers(), false);
                deliver(() -> vm.callIf(null, vm.exports().grpcTrailingMetadata, Vm.ROOT, token, end.trailers().size()));
                trailingMetadata = null;
            }
            deliver(() -> vm.callIf(null, vm.exports().grpcClose, Vm.ROOT, token, end.code()));
        }
    }

    // ---- Redis

    /// @param name the cluster's name as the plugin writes it, maybe with `?db=1`
    void redis(String name, String cluster, String user, String password, long timeout) {
        RedisConnection before = redis.put(name,
                new RedisConnection(vm, cluster, RedisConnection.database(name), user, password, timeout));
        if (before != null) {
            before.close();
        }
    }

    boolean hasRedis(String name) {
        return redis.containsKey(name);
    }

    /// @return the token; 0 when the call could not be opened
    int redisCall(String name, byte[] query) {
        RedisConnection connection = redis.get(name);
        if (connection == null) {
            return 0;
        }
        int token = nextToken++;
        return vm.onLoop(() -> connection.call(query, (failed, reply) -> deliver(() -> redisResult(token, failed, reply))))
                ? token
                : 0;
    }

    private void redisResult(int token, boolean failed, byte[] reply) {
        redisReply = reply;
        try {
            vm.callIf(null, vm.exports().redisResponse, Vm.ROOT, token, failed ? 1 : 0, reply.length);
        } finally {
            redisReply = null;
        }
    }

    /// Cancels all calls.
    void close() {
        List.copyOf(open.values()).forEach(Services.Cancellable::cancel);
        open.clear();
        List.copyOf(streams.values()).forEach(GrpcCall::cancel);
        streams.clear();
        redis.values().forEach(RedisConnection::close);
        redis.clear();
    }
}
