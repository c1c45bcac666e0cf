package io.jigress.plugins.process.authz;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.jigress.api.CallLimits;
import io.jigress.api.Exchange;
import io.jigress.api.GrpcResult;
import io.jigress.api.GrpcStatus;
import io.jigress.api.Services;
import io.jigress.plugins.process.GrpcTarget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Calls `envoy.service.auth.v3.Authorization/Check`.
final class GrpcClient implements AuthzClient {
    private static final String METHOD = "/envoy.service.auth.v3.Authorization/Check";
    private static final int FORBIDDEN = 403;

    private final AuthzConfig config;
    private final GrpcTarget target;
    private final CheckAttributes attributes;
    private final Services services;

    GrpcClient(AuthzConfig config, GrpcTarget target, Services services) {
        this.config = config;
        this.target = target;
        this.attributes = new CheckAttributes(config);
        this.services = services;
    }

    @Override
    public Services.Cancellable check(Exchange exchange, @Nullable ByteBuf body, Consumer<Verdict> verdict) {
        ByteBuf message = Unpooled.wrappedBuffer(attributes.of(exchange, body).toByteArray());
        return services.callers().grpcUnary(config.plugin().cluster(), target.request(METHOD), message,
                CallLimits.within(target.timeout()), target.maxMessageBytes(), result -> verdict.accept(verdict(result)));
    }

    private static Verdict verdict(GrpcResult result) {
        return switch (result) {
            case GrpcResult.Failed(GrpcStatus status) -> new Verdict.Failed("gRPC status " + status.code()
                    + (status.message().isEmpty() ? "" : ": " + status.message()));
            case GrpcResult.Message(ByteBuf message, _) -> {
                try {
                    yield verdict(CheckResponse.parseFrom(message.nioBuffer()));
                } catch (InvalidProtocolBufferException e) {
                    yield new Verdict.Failed("the response is not a CheckResponse: " + e.getMessage());
                }
            }
        };
    }

    @SuppressWarnings("deprecation") // dynamic_metadata of OkHttpResponse, which old servers set
    private static Verdict verdict(CheckResponse response) {
        OkHttpResponse ok = response.getOkResponse();
        Struct metadata = ok.hasDynamicMetadata() ? ok.getDynamicMetadata() : response.getDynamicMetadata();
        if (response.getStatus().getCode() == GrpcStatus.OK) {
            return new Verdict.Allowed(ok.getHeadersList(), List.of(), ok.getHeadersToRemoveList(),
                    ok.getResponseHeadersToAddList(),
                    ok.getQueryParametersToSetList(), ok.getQueryParametersToRemoveList(), metadata);
        }
        DeniedHttpResponse denied = response.getDeniedResponse();
        int status = denied.getStatus().getCodeValue();
        return new Verdict.Denied(status == 0 ? FORBIDDEN : status, denied.getHeadersList(),
                denied.getBody().getBytes(StandardCharsets.UTF_8), metadata);
    }
}
