package io.jigress.proxy.call;

import io.jigress.api.CallResult;
import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.api.Services;
import io.jigress.api.UpstreamCall;
import io.jigress.proxy.exchange.Parts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Collects a response up to a limit. Event loop only.
final class UnaryCall implements ResponseSink, Services.Cancellable {
    private final int maxBytes;
    private final Consumer<CallResult> result;
    private @Nullable UpstreamCall call;
    private @Nullable ResponseHead head;
    private @Nullable ByteBuf body;

    UnaryCall(int maxBytes, Consumer<CallResult> result) {
        this.maxBytes = maxBytes;
        this.result = result;
    }

    void opened(UpstreamCall open) {
        call = open;
    }

    @Override
    public void cancel() {
        UpstreamCall open = call;
        if (open != null) {
            open.cancel();
        }
        drop();
    }

    /// Discards what was collected.
    void drop() {
        ByteBuf collected = body;
        if (collected != null) {
            body = null;
            collected.release();
        }
    }

    @Override
    public void informational(ResponseHead informational) {
        // Says nothing about the result.
    }

    @Override
    public void head(ResponseHead response, boolean last) {
        head = response;
        if (last) {
            done(new ListHeaders());
        } else if (response.contentLength() > maxBytes) {
            tooLong();
        }
    }

    @Override
    public void switched(ResponseHead response) {
        throw new IllegalStateException("a unary call does not ask to switch");
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        ByteBuf before = body;
        if ((before == null ? 0L : before.readableBytes()) + data.readableBytes() > maxBytes) {
            data.release();
            tooLong();
            return;
        }
        body = Parts.join(before, data);
        if (last) {
            done(new ListHeaders());
        }
    }

    @Override
    public void trailers(Headers trailers) {
        done(trailers);
    }

    @Override
    public void failed(ProxyFailure failure) {
        drop();
        result.accept(new CallResult.Failed(failure));
    }

    @Override
    public void writable() {
        // The whole body was given at once.
    }

    private void tooLong() {
        cancel();
        result.accept(new CallResult.Failed(CallFailures.RESPONSE_TOO_LONG));
    }

    private void done(Headers trailers) {
        ResponseHead response = head;
        ByteBuf collected = body;
        if (response == null) {
            throw new IllegalStateException("a response without a head");
        }
        body = null;
        try {
            result.accept(new CallResult.Response(response, collected == null ? Unpooled.EMPTY_BUFFER : collected, trailers));
        } finally {
            if (collected != null) {
                collected.release();
            }
        }
    }
}
