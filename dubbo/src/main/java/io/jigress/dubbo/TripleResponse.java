package io.jigress.dubbo;

import io.jigress.api.GrpcStatus;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.ListHeaders;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.api.ResponseSink;
import io.jigress.dubbo.DubboProtocol.Limits;
import io.jigress.dubbo.mapping.Answer;
import io.jigress.dubbo.mapping.HttpCall;
import io.jigress.dubbo.wire.Reply;
import io.jigress.dubbo.wire.TripleReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Collects the HTTP/2 response of one Triple call and converts it to the answer.
final class TripleResponse implements ResponseSink {
    private static final HeaderName CONTENT_TYPE = HeaderName.of("content-type");
    private static final HeaderName EXCEPTION = HeaderName.of("tri-exception-code");
    private static final ProxyFailure NO_GRPC_STATUS = MappedCall.badResponse("no_grpc_status");
    private static final ProxyFailure OTHER_CONTENT_TYPE = MappedCall.badResponse("other_content_type");
    /// The space for a first part; it grows with what arrives, not with the announced length.
    private static final int FIRST_BYTES = 4_096;
    private static final int OK = 200;

    /// Where the response goes; one method is called once.
    interface Outcome {
        void answered(Answer answer);

        void failed(ProxyFailure failure);
    }

    private final HttpCall call;
    private final Limits limits;
    private final Outcome outcome;
    private @Nullable ResponseHead head;
    private @Nullable ByteBuf message;
    private boolean over;

    TripleResponse(HttpCall call, Limits limits, Outcome outcome) {
        this.call = call;
        this.limits = limits;
        this.outcome = outcome;
    }

    /// Nothing is reported afterwards.
    void release() {
        over = true;
        if (message != null) {
            message.release();
            message = null;
        }
    }

    private void fail(ProxyFailure failure) {
        if (!over) {
            over = true;
            outcome.failed(failure);
        }
    }

    private void answer(Answer answer) {
        if (!over) {
            over = true;
            outcome.answered(answer);
        }
    }

    @Override
    public void informational(ResponseHead head) {
        // Providers send none that concerns the caller.
    }

    @Override
    public void switched(ResponseHead head) {
        fail(MappedCall.MALFORMED);
    }

    @Override
    public void head(ResponseHead head, boolean last) {
        this.head = head;
        if (head.status() == OK && !ofType(head, call.json() ? "application/json" : "application/grpc")
                && !(call.json() && last)) {
            fail(OTHER_CONTENT_TYPE);
        } else if (last) {
            complete(head, head.headers());
        }
    }

    private static boolean ofType(ResponseHead head, String type) {
        String found = head.headers().first(CONTENT_TYPE);
        return found != null && found.toLowerCase(Locale.ROOT).startsWith(type);
    }

    @Override
    public void body(ByteBuf data, boolean last) {
        ResponseHead begun = head;
        try {
            if (over || begun == null) {
                return;
            }
            // The body of an error of HTTP is a proxy's page.
            if (begun.status() == OK && !keep(data)) {
                fail(MappedCall.RESPONSE_TOO_LARGE);
                return;
            }
        } finally {
            data.release();
        }
        if (last) {
            complete(begun, new ListHeaders());
        }
    }

    /// False when the response is, or announces to be, longer than permitted.
    private boolean keep(ByteBuf data) {
        ByteBuf known = message;
        if (known == null) {
            known = data.alloc().buffer(Math.min(Math.max(data.readableBytes(), 1), FIRST_BYTES));
            message = known;
        }
        if ((long) known.readableBytes() + data.readableBytes() > limits.frameBytes()) {
            return false;
        }
        known.writeBytes(data);
        if (call.json()) {
            return true;
        }
        Long announced = TripleReader.announced(known);
        return announced == null || announced <= limits.frameBytes();
    }

    @Override
    public void trailers(Headers trailers) {
        ResponseHead begun = head;
        if (begun != null) {
            complete(begun, trailers);
        }
    }

    private void complete(ResponseHead begun, Headers trailers) {
        if (over) {
            return;
        }
        if (call.json()) {
            String json = message == null ? "" : message.toString(StandardCharsets.UTF_8);
            answer(call.answerJson(begun.status(), json, attachments(begun, trailers)));
            return;
        }
        GrpcStatus status = GrpcStatus.of(trailers);
        if (status == null) {
            status = GrpcStatus.of(begun.headers());
        }
        if (status == null && begun.status() != OK) {
            status = new GrpcStatus(GrpcStatus.ofHttp(begun.status()), "");
        }
        if (status == null) {
            fail(NO_GRPC_STATUS);
            return;
        }
        boolean thrown = trailers.contains(EXCEPTION) || begun.headers().contains(EXCEPTION);
        Map<String, String> attachments = attachments(begun, trailers);
        Reply reply = status.isOk() || thrown && message != null
                ? TripleReader.read(message == null ? Unpooled.EMPTY_BUFFER : message, thrown, attachments, limits.hessian())
                : new Reply.Failed(status.code(), status.message(), attachments);
        if (reply instanceof Reply.Malformed) {
            fail(MappedCall.MALFORMED);
        } else {
            answer(call.answer(reply, limits.hessian(), limits.responseChars()));
        }
    }

    /// Providers send attachments as headers, as trailers, or as both.
    private static Map<String, String> attachments(ResponseHead head, Headers trailers) {
        Map<String, String> attachments = new LinkedHashMap<>();
        put(attachments, head.headers());
        put(attachments, trailers);
        return attachments;
    }

    private static void put(Map<String, String> attachments, Headers headers) {
        for (int i = 0; i < headers.size(); i++) {
            attachments.put(headers.nameAt(i).toLowerCase(Locale.ROOT), headers.valueAt(i));
        }
    }

    @Override
    public void failed(ProxyFailure failure) {
        fail(failure);
    }

    @Override
    public void writable() {
        // The whole message was sent at once.
    }
}
