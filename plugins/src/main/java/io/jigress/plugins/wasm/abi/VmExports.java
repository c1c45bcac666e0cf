package io.jigress.plugins.wasm.abi;

import io.jigress.plugins.wasm.vm.Guest;
import io.jigress.plugins.wasm.vm.WasmCode;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.ExportFunction;

/// The functions of a plugin that the gateway calls; null for those that it does not have.
final class VmExports {
    final @Nullable ExportFunction initialize;
    final @Nullable ExportFunction start;
    final @Nullable ExportFunction allocate;
    final @Nullable ExportFunction contextCreate;
    final @Nullable ExportFunction vmStart;
    final @Nullable ExportFunction configure;
    final @Nullable ExportFunction tick;
    final @Nullable ExportFunction queueReady;
    final @Nullable ExportFunction requestHeaders;
    final @Nullable ExportFunction requestBody;
    final @Nullable ExportFunction requestTrailers;
    final @Nullable ExportFunction responseHeaders;
    final @Nullable ExportFunction responseBody;
    final @Nullable ExportFunction responseTrailers;
    final @Nullable ExportFunction httpCallResponse;
    final @Nullable ExportFunction grpcInitialMetadata;
    final @Nullable ExportFunction grpcReceive;
    final @Nullable ExportFunction grpcTrailingMetadata;
    final @Nullable ExportFunction grpcClose;
    final @Nullable ExportFunction redisResponse;
    final @Nullable ExportFunction log;
    final @Nullable ExportFunction done;
    final @Nullable ExportFunction delete;
    /// Whether it has the form of ABI 0.1.0, which is not told the end of the message.
    final boolean oldRequestHeaders;
    final boolean oldResponseHeaders;

    VmExports(WasmCode code, Guest guest) {
        initialize = guest.function("_initialize");
        start = guest.function("_start");
        ExportFunction own = guest.function("proxy_on_memory_allocate");
        allocate = own == null ? guest.function("malloc") : own;
        contextCreate = guest.function("proxy_on_context_create");
        vmStart = guest.function("proxy_on_vm_start");
        configure = guest.function("proxy_on_configure");
        tick = guest.function("proxy_on_tick");
        queueReady = guest.function("proxy_on_queue_ready");
        requestHeaders = guest.function("proxy_on_request_headers");
        requestBody = guest.function("proxy_on_request_body");
        requestTrailers = guest.function("proxy_on_request_trailers");
        responseHeaders = guest.function("proxy_on_response_headers");
        responseBody = guest.function("proxy_on_response_body");
        responseTrailers = guest.function("proxy_on_response_trailers");
        httpCallResponse = guest.function("proxy_on_http_call_response");
        grpcInitialMetadata = guest.function("proxy_on_grpc_receive_initial_metadata");
        grpcReceive = guest.function("proxy_on_grpc_receive");
        grpcTrailingMetadata = guest.function("proxy_on_grpc_receive_trailing_metadata");
        grpcClose = guest.function("proxy_on_grpc_close");
        redisResponse = guest.function("proxy_on_redis_call_response");
        log = guest.function("proxy_on_log");
        done = guest.function("proxy_on_done");
        delete = guest.function("proxy_on_delete");
        oldRequestHeaders = code.parameters("proxy_on_request_headers") == 2;
        oldResponseHeaders = code.parameters("proxy_on_response_headers") == 2;
    }
}
