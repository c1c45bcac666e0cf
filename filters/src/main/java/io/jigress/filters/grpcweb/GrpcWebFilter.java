package io.jigress.filters.grpcweb;

import io.jigress.api.Body;
import io.jigress.api.BodyWriter;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.ResponseHead;
import io.jigress.api.Services;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Translates requests of gRPC-Web to gRPC and the responses back (gRPC PROTOCOL-WEB): the content type, base64 of the text format, and
/// trailers, which become the last frame of the body. Other requests pass unchanged.
final class GrpcWebFilter implements HttpFilter {
    private static final ExchangeKey<Call> CALL = new ExchangeKey<>("grpc-web");
    private static final HeaderName ACCEPT = HeaderName.of("accept");
    private static final HeaderName TE = HeaderName.of("te");
    private static final HeaderName STATUS = HeaderName.of("grpc-status");
    private static final String GRPC = "application/grpc";
    private static final String WEB = "application/grpc-web";
    private static final String TEXT = "application/grpc-web-text";
    private static final int TRAILERS = 0x80;
    private static final int FRAME_HEAD = 5;
    /// The end of a response that has no trailers: status UNKNOWN.
    private static final String NO_TRAILERS = "grpc-status: 2\r\ngrpc-message: the response has no trailers\r\n";

    private final Services services;

    GrpcWebFilter(Services services) {
        this.services = services;
    }

    /// The state of a call.
    private static final class Call {
        private final Base64Decoder decoder = new Base64Decoder();
        private final boolean text;
        private @Nullable BodyWriter writer;

        /// @param text whether the response is base64
        private Call(boolean text) {
            this.text = text;
        }
    }

    // ---- the request

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        Headers headers = exchange.request().headers();
        String type = lower(headers.first(HeaderName.CONTENT_TYPE));
        boolean text = isOf(type, TEXT);
        if (!text && !isOf(type, WEB)) {
            return FilterDecision.SKIP_BODY;
        }
        exchange.put(CALL, new Call(text || lower(headers.first(ACCEPT)).startsWith(TEXT)));
        headers.set(HeaderName.CONTENT_TYPE, GRPC + type.substring((text ? TEXT : WEB).length()));
        headers.set(TE, "trailers");
        return text ? FilterDecision.CONTINUE : FilterDecision.SKIP_BODY;
    }

    private static String lower(@Nullable String value) {
        return value == null ? "" : value.toLowerCase(Locale.ROOT);
    }

    /// Whether a content type is this one, alone or with a message format.
    private static boolean isOf(String type, String base) {
        return type.startsWith(base)
                && (type.length() == base.length() || type.charAt(base.length()) == '+' || type.charAt(base.length()) == ';');
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        Call call = exchange.get(CALL);
        if (call == null) {
            return FilterDecision.SKIP_BODY;
        }
        ByteBuf decoded = call.decoder.decode(body.data());
        if (decoded == null || body.last() && call.decoder.isWithin()) {
            return new FilterDecision.Reply(LocalReply.error(400, "the body is not base64", "grpc_web_base64"));
        }
        body.replace(decoded);
        return FilterDecision.CONTINUE;
    }

    // ---- the response

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        Call call = exchange.get(CALL);
        ResponseHead response = exchange.response();
        String type = response == null ? "" : lower(response.headers().first(HeaderName.CONTENT_TYPE));
        if (call == null || response == null || !isOf(type, GRPC)) {
            return FilterDecision.SKIP_BODY;
        }
        response.headers().set(HeaderName.CONTENT_TYPE, (call.text ? TEXT : WEB) + type.substring(GRPC.length()));
        if (response.headers().contains(STATUS)) {
            return FilterDecision.SKIP_BODY; // A trailers-only response, which gRPC-Web clients accept as it is.
        }
        call.writer = exchange.takeResponseBody();
        return FilterDecision.CONTINUE;
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        Call call = exchange.get(CALL);
        if (call == null) {
            return FilterDecision.SKIP_BODY;
        }
        if (call.text && body.data().isReadable()) {
            body.replace(Unpooled.wrappedBuffer(Base64.getEncoder().encode(ByteBufUtil.getBytes(body.data()))));
        }
        if (body.last()) {
            // Trailers follow at once, if there are any.
            services.schedule(Duration.ZERO, () -> end(call, NO_TRAILERS));
        }
        return FilterDecision.CONTINUE;
    }

    @Override
    public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
        Call call = exchange.get(CALL);
        if (call != null) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < trailers.size(); i++) {
                lines.append(trailers.nameAt(i).toLowerCase(Locale.ROOT)).append(": ").append(trailers.valueAt(i)).append("\r\n");
            }
            end(call, lines.toString());
        }
        return FilterDecision.CONTINUE;
    }

    /// Ends the body with a frame of trailers.
    private static void end(Call call, String lines) {
        BodyWriter writer = call.writer;
        if (writer == null) {
            return;
        }
        call.writer = null;
        byte[] bytes = lines.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuf frame = Unpooled.buffer(FRAME_HEAD + bytes.length).writeByte(TRAILERS).writeInt(bytes.length).writeBytes(bytes);
        writer.write(call.text ? Unpooled.wrappedBuffer(Base64.getEncoder().encode(ByteBufUtil.getBytes(frame))) : frame);
        writer.end();
    }
}
