package io.jigress.api;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Collects the response of a call with one message each way.
final class GrpcUnary implements GrpcSink {
    private final Consumer<GrpcResult> result;
    private byte @Nullable [] message;
    private boolean several;

    GrpcUnary(Consumer<GrpcResult> result) {
        this.result = result;
    }

    @Override
    public void message(ByteBuf received) {
        several = message != null;
        message = ByteBufUtil.getBytes(received);
    }

    @Override
    public void ended(GrpcStatus status) {
        byte[] only = message;
        if (!status.isOk()) {
            result.accept(new GrpcResult.Failed(status));
        } else if (only == null || several) {
            result.accept(new GrpcResult.Failed(new GrpcStatus(GrpcStatus.INTERNAL,
                    "the response has " + (several ? "several messages" : "no message"), status.trailers(), null)));
        } else {
            result.accept(new GrpcResult.Message(Unpooled.wrappedBuffer(only), status.trailers()));
        }
    }
}
