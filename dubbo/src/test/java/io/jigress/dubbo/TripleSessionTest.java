package io.jigress.dubbo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.ListHeaders;
import io.jigress.api.ResponseHead;
import io.jigress.api.UpstreamCall;
import io.jigress.api.UpstreamSession;
import io.jigress.dubbo.mapping.CompiledService;
import io.jigress.dubbo.mapping.MappingReader;
import io.jigress.dubbo.wire.HessianWriter;
import io.jigress.dubbo.wire.TripleWriter;
import io.jigress.testkit.TestRequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Calls of one Triple connection: what is sent, and how answers are read, hostile ones among them.
@ExtendWith(NoLeaks.class)
class TripleSessionTest {
    private static final long SEED = 20;
    private static final int FRAME_BYTES = 2_000;

    private final DubboServices services = new DubboServices();
    private final ManualChannel channel = new ManualChannel();
    private final ScriptedHttp2 http2 = new ScriptedHttp2();
    private final UpstreamSession session;

    TripleSessionTest() {
        services.put("s", service("hessian2", ""));
        JsonReader in = JsonReader.of("", Json.object().put("service", "s").put("frameBytes", FRAME_BYTES).build());
        session = TripleProtocol.of(http2, services).configured(in).session(channel);
        assertThat(in.issues()).isEmpty();
    }

    private static CompiledService service(String serialization, String more) {
        JsonReader in = JsonReader.of("", TripleGateway.json("""
                {"service":"com.acme.Echo","version":"2.0.0","group":"g","timeout":"2s","protocol":"tri","serialization":"%s"%s,
                 "methods":[{"method":"echo","path":"/echo","parameters":[{"from":"entireBody","type":"java.lang.String"}],
                  "attachments":{"headers":["*"],"fixed":{"tenantId":"t"},"responseHeaders":["x-left"]}}]}"""
                .formatted(serialization, more)));
        CompiledService compiled = CompiledService.compile(MappingReader.read(in), null);
        assertThat(in.issues()).isEmpty();
        assertThat(compiled.problems()).isEmpty();
        return compiled;
    }

    private RecordingSink call(String... headers) {
        RecordingSink sink = new RecordingSink();
        open(sink, headers).body(text("\"x\""), true);
        return sink;
    }

    private UpstreamCall open(RecordingSink sink, String... headers) {
        return session.open(TestRequestHead.of("POST", "/echo", headers).length(-1), false, sink);
    }

    private static ByteBuf text(String text) {
        return PooledByteBufAllocator.DEFAULT.buffer().writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    // ---- what is answered

    private static ResponseHead head(int status, String contentType) {
        ResponseHead head = ResponseHead.of(status, -1);
        head.headers().add(HeaderName.of("content-type"), contentType);
        return head;
    }

    private static Headers trailers(String... fields) {
        ListHeaders trailers = new ListHeaders();
        for (int i = 0; i < fields.length; i += 2) {
            trailers.add(HeaderName.of(fields[i]), fields[i + 1]);
        }
        return trailers;
    }

    /// A gRPC frame with a result.
    private static ByteBuf result(Consumer<HessianWriter> value) {
        ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer();
        TripleWriter writer = new TripleWriter(out);
        writer.argument(value);
        writer.end(List.of());
        return out;
    }

    private void answer(ByteBuf body, String... trailers) {
        http2.last().sink.head(head(200, "application/grpc+proto"), false);
        http2.last().sink.body(body, false);
        http2.last().sink.trailers(trailers(trailers));
        session.readComplete();
    }

    @Test
    void aCallIsARequestWithVersionGroupTimeoutAndAttachments() {
        RecordingSink sink = call("traceparent: 00-1-2-01", "sw8: 1-a", "x-user: u", "tri-service-group: other",
                "grpc-timeout: 1S", "generic: true");
        Headers sent = http2.last().head.headers();
        assertThat(http2.last().head.method() + " " + http2.last().head.target()).isEqualTo("POST /com.acme.Echo/echo");
        assertThat(sent.first(HeaderName.of("content-type"))).isEqualTo("application/grpc+proto");
        assertThat(sent.first(HeaderName.of("te"))).isEqualTo("trailers");
        assertThat(sent.first(HeaderName.of("tri-service-version"))).isEqualTo("2.0.0");
        assertThat(sent.first(HeaderName.of("tri-service-group"))).isEqualTo("g");
        assertThat(sent.first(HeaderName.of("grpc-timeout"))).isEqualTo("2000m");
        assertThat(sent.first(HeaderName.of("traceparent"))).isEqualTo("00-1-2-01");
        assertThat(sent.first(HeaderName.of("sw8"))).isEqualTo("1-a");
        assertThat(sent.first(HeaderName.of("x-user"))).isEqualTo("u");
        assertThat(sent.first(HeaderName.of("tenantid"))).isEqualTo("t");
        assertThat(sent.first(HeaderName.of("tri-header-convert"))).isEqualTo("{\"tenantid\":\"tenantId\"}");
        assertThat(sent.contains(HeaderName.of("generic"))).isFalse();
        assertThat(http2.last().head.contentLength()).isEqualTo(http2.last().body.length);
        assertThat(new String(http2.last().body, StandardCharsets.ISO_8859_1)).contains("hessian4", "\u0001x",
                "java.lang.String");
        answer(result(out -> out.text("y")), "grpc-status", "0", "x-left", "3");
        assertThat(sink.events()).containsExactly("200", "\"y\" end");
        assertThat(session.active()).isZero();
        assertThat(channel.changes()).isOne();
    }

    @Test
    void jsonIsSentAndAnsweredAsItIs() {
        services.put("s", service("json", ""));
        RecordingSink sink = call();
        assertThat(http2.last().head.headers().first(HeaderName.of("content-type"))).isEqualTo("application/json");
        assertThat(http2.last().head.headers().first(HeaderName.of("tri-service-timeout"))).isEqualTo("2000");
        assertThat(new String(http2.last().body, StandardCharsets.UTF_8)).isEqualTo("\"x\"");
        http2.last().sink.head(head(200, "application/json"), false);
        http2.last().sink.body(text("{\"a\":1}"), true);
        session.readComplete();
        assertThat(sink.events()).containsExactly("200", "{\"a\":1} end");
    }

    @ParameterizedTest
    @CsvSource({"1, 504, timeout", "2, 500, exception", "3, 502, call_refused", "4, 504, timeout", "5, 502, service_not_found",
        "7, 403, forbidden", "8, 429, too_many_requests", "12, 502, service_not_found", "13, 502, provider_error",
        "14, 503, unavailable", "77, 502, provider_error"})
    void aStatusOfGrpcHasTheStatusOfTheTable(int code, int status, String error) {
        RecordingSink sink = call();
        http2.last().sink.head(trailersOnly("grpc-status", Integer.toString(code), "grpc-message", "no"), true);
        session.readComplete();
        assertThat(sink.events()).containsExactly(Integer.toString(status),
                "{\"error\":\"" + error + "\",\"status\":" + status + "} end");
    }

    private static ResponseHead trailersOnly(String... fields) {
        ResponseHead head = head(200, "application/grpc");
        for (int i = 0; i < fields.length; i += 2) {
            head.headers().add(HeaderName.of(fields[i]), fields[i + 1]);
        }
        return head;
    }

    @ParameterizedTest
    @CsvSource({"400, 502, provider_error", "403, 403, forbidden", "404, 502, service_not_found", "429, 503, unavailable",
        "503, 503, unavailable", "504, 503, unavailable"})
    void aProxyInBetweenIsAnsweredForByItsHttpStatus(int answered, int status, String error) {
        RecordingSink sink = call();
        http2.last().sink.head(head(answered, "text/html"), false);
        http2.last().sink.body(text("<html>"), true);
        session.readComplete();
        assertThat(sink.events()).containsExactly(Integer.toString(status),
                "{\"error\":\"" + error + "\",\"status\":" + status + "} end");
    }

    @Test
    void anExceptionIsReadFromTheMessage() {
        services.put("s", service("hessian2", ",\"errors\":{\"statuses\":{\"a.B\":409}}"));
        RecordingSink sink = call();
        answer(result(out -> {
            out.object("a.B", List.of("detailMessage", "left"));
            out.text("none");
            out.integer(0);
        }), "grpc-status", "0", "tri-exception-code", "3");
        assertThat(sink.events()).containsExactly("409",
                "{\"error\":\"exception\",\"status\":409,\"message\":\"none\",\"details\":{\"left\":0}} end");
    }

    // ---- hostile answers

    private void fails(RecordingSink sink, String detail) {
        session.readComplete();
        assertThat(sink.events()).containsExactly("UPSTREAM_BAD_RESPONSE " + detail);
        assertThat(session.active()).isZero();
        RecordingSink next = call();
        answer(result(out -> out.text("y")), "grpc-status", "0");
        assertThat(next.events()).as("the call after it").containsExactly("200", "\"y\" end");
    }

    @Test
    void anAnnouncedLengthBeyondTheLimitEndsTheCallBeforeTheBytesArrive() {
        RecordingSink sink = call();
        http2.last().sink.head(head(200, "application/grpc"), false);
        http2.last().sink.body(Unpooled.buffer().writeByte(0).writeInt(0x7fff_ffff), false);
        assertThat(http2.last().cancelled).isTrue();
        fails(sink, "response_over_frame");
    }

    @Test
    void moreBytesThanTheLimitEndTheCall() {
        RecordingSink sink = call();
        http2.last().sink.head(head(200, "application/grpc"), false);
        http2.last().sink.body(Unpooled.buffer().writeByte(0).writeInt(100).writeZero(100), false);
        http2.last().sink.body(Unpooled.buffer().writeZero(FRAME_BYTES), false);
        assertThat(http2.last().cancelled).isTrue();
        fails(sink, "response_over_frame");
    }

    @Test
    void aCompressedMessageIsRefusedSinceNoneWasOffered() {
        RecordingSink sink = call();
        answer(Unpooled.buffer().writeByte(1).writeInt(3).writeZero(3), "grpc-status", "0");
        fails(sink, "malformed_response");
    }

    @Test
    void aTruncatedFrameIsMalformed() {
        RecordingSink sink = call();
        answer(Unpooled.buffer().writeByte(0).writeInt(30).writeZero(3), "grpc-status", "0");
        fails(sink, "malformed_response");
    }

    @Test
    void twoMessagesAreMalformed() {
        RecordingSink sink = call();
        ByteBuf two = result(out -> out.text("y"));
        ByteBuf second = result(out -> out.text("z"));
        two.writeBytes(second);
        second.release();
        answer(two, "grpc-status", "0");
        fails(sink, "malformed_response");
    }

    @Test
    void anotherContentTypeIsRefused() {
        RecordingSink sink = call();
        http2.last().sink.head(head(200, "text/html"), false);
        assertThat(http2.last().cancelled).isTrue();
        fails(sink, "other_content_type");
    }

    @Test
    void aResponseWithoutAStatusIsRefused() {
        RecordingSink sink = call();
        http2.last().sink.head(head(200, "application/grpc"), false);
        http2.last().sink.body(result(out -> out.text("y")), true);
        fails(sink, "no_grpc_status");
    }

    @Test
    void anotherSerializationIsRefused() {
        RecordingSink sink = call();
        ByteBuf kryo = Unpooled.buffer().writeByte(0).writeInt(6).writeByte(10).writeByte(4);
        kryo.writeCharSequence("kryo", StandardCharsets.US_ASCII);
        answer(kryo, "grpc-status", "0");
        fails(sink, "malformed_response");
    }

    @Test
    void randomBytesNeverEndTheConnection() {
        Random random = new Random(SEED);
        for (int i = 0; i < 2_000; i++) {
            RecordingSink sink = call();
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            ByteBuf body = Unpooled.buffer();
            if (random.nextBoolean()) {
                body.writeByte(0).writeInt(bytes.length);
            }
            answer(body.writeBytes(bytes), "grpc-status", "0");
            assertThat(sink.events()).as("seed %d, round %d", SEED, i).isNotEmpty();
            assertThat(session.active()).isZero();
        }
        assertThat(channel.closed()).isFalse();
    }

    // ---- the connection

    @Test
    void aLateCallIsAnsweredForAndItsRequestCancelled() {
        RecordingSink sink = call();
        channel.advance(Duration.ofMillis(2_001));
        assertThat(sink.events()).containsExactly("504", "{\"error\":\"timeout\",\"status\":504} end");
        assertThat(http2.last().cancelled).isTrue();
        assertThat(session.active()).isZero();
    }

    @Test
    void aCallWhoseConnectionTakesNoMoreRequestsMayBeSentElsewhere() {
        RecordingSink sink = new RecordingSink();
        UpstreamCall call = open(sink);
        http2.concurrency(0);
        call.body(text("\"x\""), true);
        channel.advance(Duration.ZERO);
        assertThat(sink.events()).containsExactly("UPSTREAM_REFUSED no_stream_left retryable");
        assertThat(http2.sent()).isZero();
        assertThat(session.concurrency()).isZero();
    }

    @Test
    void aLostConnectionFailsSentAndUnsentCalls() {
        RecordingSink sent = call();
        RecordingSink unsent = new RecordingSink();
        open(unsent).body(text("\"x"), false);
        session.closed("gone");
        assertThat(sent.events()).containsExactly("UPSTREAM_RESET connection_lost retryable");
        assertThat(unsent.events()).containsExactly("UPSTREAM_RESET connection_lost retryable");
        assertThat(session.active()).isZero();
    }

    @Test
    void aCallThatIsCancelledCancelsItsRequest() {
        RecordingSink sink = new RecordingSink();
        UpstreamCall call = open(sink);
        call.body(text("\"x\""), true);
        call.cancel();
        assertThat(http2.last().cancelled).isTrue();
        assertThat(sink.events()).isEmpty();
        assertThat(session.active()).isZero();
    }
}
