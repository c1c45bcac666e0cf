package io.jigress.grpcjson;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.RequestHead;
import io.jigress.api.ResponseHead;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.grpcjson.transcode.Transcoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Makes calls of gRPC from requests with JSON, and JSON from their responses. Calls of gRPC pass unchanged.
final class GrpcJsonFilter implements HttpFilter {
    private static final ExchangeKey<Call> CALL = new ExchangeKey<>("grpc-json-transcoder");
    private static final HeaderName TE = HeaderName.of("te");
    private static final HeaderName ALLOW = HeaderName.of("allow");
    private static final HeaderName ACCEPT_ENCODING = HeaderName.of("grpc-accept-encoding");
    private static final HeaderName CONTENT_ENCODING = HeaderName.of("content-encoding");
    private static final String GRPC = "application/grpc";
    private static final String JSON = "application/json";

    private final Services services;
    private final GrpcJsonConfig config;
    /// From the configuration; null when servers are asked.
    private final @Nullable Transcoder configured;
    private final @Nullable Discovery discovery;
    private final Services.Counter refused;

    private GrpcJsonFilter(Services services, GrpcJsonConfig config, @Nullable Transcoder configured,
            @Nullable Discovery discovery) {
        this.services = services;
        this.config = config;
        this.configured = configured;
        this.discovery = discovery;
        refused = services.counter("refused", "Requests that fit no method or its message.");
    }

    static GrpcJsonFilter with(Services services, GrpcJsonConfig config, Transcoder transcoder) {
        return new GrpcJsonFilter(services, config, transcoder, null);
    }

    static GrpcJsonFilter asking(Services services, GrpcJsonConfig config, Discovery discovery) {
        return new GrpcJsonFilter(services, config, null, discovery);
    }

    @Override
    public void close() {
        if (discovery != null) {
            discovery.abandon(this);
        }
    }

    // ---- the request

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        RequestHead request = exchange.request();
        if (isGrpc(request.headers())
                || !request.upgradeProtocols().isEmpty()) {
            return FilterDecision.SKIP_BODY;
        }
        if (configured != null) {
            return begin(exchange, configured);
        }
        Discovery asked = Objects.requireNonNull(discovery);
        List<String> clusters = exchange.targetClusters();
        if (clusters.isEmpty()) {
            // The route answers by itself.
            return FilterDecision.SKIP_BODY;
        }
        String cluster = clusters.getFirst();
        Discovery.Known known = asked.lookUp(cluster, request.authority(), services, this);
        if (known.transcoder() != null) {
            return begin(exchange, known.transcoder());
        }
        if (!known.fault().isEmpty()) {
            return unknown(known.fault());
        }
        Resumption resumption = exchange.suspend(asked.timeout().plusSeconds(1), unknown("it did not answer in time"));
        asked.await(cluster, resumption, (later, _, _) -> {
            Discovery.Known now = asked.now(cluster);
            return now.transcoder() == null ? unknown(now.fault()) : begin(later, now.transcoder());
        });
        return new FilterDecision.Wait(resumption);
    }

    private FilterDecision begin(Exchange exchange, Transcoder transcoder) {
        return switch (CallStart.of(transcoder, config, exchange.request())) {
            case CallStart.Begun(Call call) -> {
                exchange.put(CALL, call);
                yield FilterDecision.HOLD_HEAD;
            }
            case CallStart.Passed _ -> FilterDecision.SKIP_BODY;
            case CallStart.Refused refusal -> refuse(refusal);
        };
    }

    /// The methods of the upstream are not known.
    private FilterDecision unknown(String fault) {
        return refuse(
                new CallStart.Refused(503, StatusCode.UNAVAILABLE, "the methods of the upstream are not known: " + fault, "",
                        "grpc_json_reflection"));
    }

    private static boolean isGrpc(Headers headers) {
        String type = headers.first(HeaderName.CONTENT_TYPE);
        return type != null && type.regionMatches(true, 0, GRPC, 0, GRPC.length());
    }

    private FilterDecision refuse(CallStart.Refused refusal) {
        refused.add(1);
        List<Map.Entry<HeaderName, String>> headers = refusal.allowed().isEmpty()
                ? List.of(Map.entry(HeaderName.CONTENT_TYPE, JSON))
                : List.of(Map.entry(HeaderName.CONTENT_TYPE, JSON), Map.entry(ALLOW, refusal.allowed()));
        byte[] body = new CallStatus(refusal.code(), refusal.message()).json();
        return new FilterDecision.Reply(new LocalReply(refusal.http(), headers, body, refusal.reason()));
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        Call call = exchange.get(CALL);
        if (call == null) {
            return FilterDecision.SKIP_BODY;
        }
        if (!body.last()) {
            return FilterDecision.HOLD_HEAD;
        }
        switch (call.request(ByteBufUtil.getBytes(body.data()))) {
            case Transcoded.Refused refusal -> {
                return refuse(CallStart.Refused.of(refusal.why()));
            }
            case Transcoded.Done(byte[] bytes, int length) -> body.replace(buffer(bytes, length));
        }
        RequestHead request = exchange.request();
        request.method("POST");
        request.target(call.path());
        Headers headers = request.headers();
        headers.set(HeaderName.CONTENT_TYPE, GRPC);
        headers.set(TE, "trailers");
        headers.set(ACCEPT_ENCODING, "identity");
        headers.remove(CONTENT_ENCODING);
        call.sent();
        return FilterDecision.CONTINUE;
    }

    private static ByteBuf buffer(byte[] bytes, int length) {
        return Unpooled.wrappedBuffer(bytes).writerIndex(length);
    }

    // ---- the response

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        Call call = exchange.get(CALL);
        ResponseHead response = exchange.response();
        if (call == null || response == null || !call.isSent()
                || !isGrpc(response.headers())) {
            return FilterDecision.SKIP_BODY;
        }
        Headers headers = response.headers();
        if (headers.contains(CallStatus.STATUS)) {
            call.ended(CallStatus.of(headers));
        }
        CallStatus.FIELDS.forEach(headers::remove);
        if (!call.isStream() || call.isEnded()) {
            return FilterDecision.HOLD_HEAD;
        }
        headers.set(HeaderName.CONTENT_TYPE, call.streamType());
        headers.remove(HeaderName.CONTENT_LENGTH);
        call.stream(exchange.takeResponseBody());
        return FilterDecision.CONTINUE;
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        Call call = exchange.get(CALL);
        ResponseHead response = exchange.response();
        if (call == null || response == null) {
            return FilterDecision.SKIP_BODY;
        }
        if (call.isStreaming()) {
            body.replace(call.part(body.data()));
            if (body.last()) {
                // Trailers follow at once, if there are any.
                services.schedule(Duration.ZERO, () -> call.end(CallStatus.of(null)));
            }
            return FilterDecision.CONTINUE;
        }
        if (!body.last()) {
            return FilterDecision.HOLD_HEAD;
        }
        whole(exchange, call, response, body);
        return FilterDecision.CONTINUE;
    }

    private void whole(Exchange exchange, Call call, ResponseHead response, Body body) {
        Headers trailers = body.trailers();
        Answer answer = call.answer(ByteBufUtil.getBytes(body.data()), trailers);
        if (trailers != null) {
            CallStatus.FIELDS.forEach(trailers::remove);
            while (trailers.size() > 0) {
                trailers.remove(HeaderName.of(trailers.nameAt(0)));
            }
        }
        response.status(answer.http());
        response.headers().set(HeaderName.CONTENT_TYPE, answer.contentType());
        body.replace(buffer(answer.bytes(), answer.length()));
        exchange.logField("grpc_status", Integer.toString(answer.code()));
    }

    @Override
    public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
        Call call = exchange.get(CALL);
        if (call != null && call.isStreaming()) {
            CallStatus status = CallStatus.of(trailers);
            exchange.logField("grpc_status", Integer.toString(status.code()));
            call.end(status);
        }
        return FilterDecision.CONTINUE;
    }
}
