package io.jigress.dubbo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.UpstreamCall;
import io.jigress.dubbo.mapping.CompiledService;
import io.jigress.dubbo.mapping.DubboMapping;
import io.jigress.dubbo.mapping.MappingReader;
import io.jigress.dubbo.wire.Frame;
import io.jigress.dubbo.wire.HessianWriter;
import io.jigress.dubbo.wire.ReplyStatus;
import io.jigress.testkit.TestRequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// One connection, frame by frame, and how its calls react to the peer.
@ExtendWith(NoLeaks.class)
class DubboSessionTest {
    private static final long SEED = 20;
    private static final Consumer<HessianWriter> HELLO = out -> {
        out.integer(1);
        out.text("hello");
    };

    private final DubboServices services = new DubboServices();
    private final ManualChannel channel = new ManualChannel();
    private DubboSession session = session(Json.object().put("service", "s"));

    DubboSessionTest() {
        services.put("s", service("POST", "a.B"));
    }

    private DubboSession session(Json.Builder config) {
        JsonReader in = JsonReader.of("", config.build());
        DubboProtocol protocol = DubboProtocol.of(services).configured(in);
        assertThat(in.issues()).isEmpty();
        return (DubboSession) protocol.session(channel);
    }

    private static CompiledService service(String httpMethod, String name) {
        Json parameter = Json.object().put("from", "entireBody").put("type", "java.lang.String").build();
        Json method = Json.object().put("method", "echo").put("path", "/echo").put("httpMethod", httpMethod)
                .put("parameters", Json.array(List.of(parameter))).build();
        Json none = Json.object().put("method", "none").put("path", "/none").put("httpMethod", "GET")
                .put("parameters", Json.array(List.of())).build();
        DubboMapping mapping = MappingReader.read(JsonReader.of("", Json.object().put("service", name)
                .put("methods", Json.array(List.of(method, none))).build()));
        CompiledService compiled = CompiledService.compile(mapping, null);
        assertThat(compiled.problems()).isEmpty();
        return compiled;
    }

    private UpstreamCall open(RecordingSink sink, String... headers) {
        return session.open(TestRequestHead.of("POST", "/echo", headers).length(-1), false, sink);
    }

    private static ByteBuf text(String text) {
        return PooledByteBufAllocator.DEFAULT.buffer().writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Opens a call and sends it; returns its id.
    private long call(RecordingSink sink) {
        UpstreamCall call = open(sink);
        call.body(text("\"x\""), true);
        return sent().getLast().id();
    }

    /// The frames that were written since the last call of this method.
    private List<Frame> sent() {
        ByteBuf bytes = Unpooled.wrappedBuffer(channel.take());
        List<Frame> frames = new ArrayList<>();
        while (bytes.isReadable()) {
            Frame frame = Frame.read(bytes, bytes.readerIndex());
            frames.add(frame);
            bytes.skipBytes(Frame.HEADER + frame.length());
        }
        return frames;
    }

    private static ByteBuf response(long id, int status, Consumer<HessianWriter> body) {
        ByteBuf out = Unpooled.buffer();
        out.writeZero(Frame.HEADER);
        body.accept(new HessianWriter(out));
        new Frame(false, false, false, Frame.HESSIAN2, status, id, out.readableBytes() - Frame.HEADER).write(out, 0);
        return out;
    }

    private static ByteBuf event(boolean request, boolean twoWay, long id, Consumer<HessianWriter> body) {
        ByteBuf out = Unpooled.buffer();
        out.writeZero(Frame.HEADER);
        body.accept(new HessianWriter(out));
        new Frame(request, true, twoWay, Frame.HESSIAN2, request ? 0 : ReplyStatus.OK, id, out.readableBytes() - Frame.HEADER)
                .write(out, 0);
        return out;
    }

    private void receive(ByteBuf bytes) {
        session.read(bytes);
        session.readComplete();
        bytes.release();
    }

    // ---- calls

    @Test
    void callsAreAnsweredInAnyOrder() {
        List<RecordingSink> sinks = new ArrayList<>();
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sinks.add(new RecordingSink());
            ids.add(call(sinks.get(i)));
        }
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(session.active()).isEqualTo(5);
        for (int i : new int[] {3, 0, 4, 1, 2}) {
            int number = i;
            receive(response(ids.get(i), ReplyStatus.OK, out -> {
                out.integer(1);
                out.integer(number);
            }));
            assertThat(sinks.get(i).events()).containsExactly("200", i + " end");
        }
        assertThat(session.active()).isZero();
        assertThat(channel.changes()).isEqualTo(5);
    }

    @Test
    void aCallThatIsLateIsAnsweredForAndTheOthersGoOn() {
        services.put("s", timed(Duration.ofSeconds(2)));
        RecordingSink first = new RecordingSink();
        RecordingSink second = new RecordingSink();
        call(first);
        channel.advance(Duration.ofSeconds(1));
        long answered = call(second);
        channel.advance(Duration.ofMillis(1_001));
        assertThat(first.events()).containsExactly("504", "{\"error\":\"timeout\",\"status\":504} end");
        assertThat(second.events()).isEmpty();
        assertThat(session.active()).isOne();
        assertThat(channel.changes()).isOne();
        receive(response(answered, ReplyStatus.OK, HELLO));
        assertThat(second.events()).containsExactly("200", "\"hello\" end");
        RecordingSink third = new RecordingSink();
        call(third);
        channel.advance(Duration.ofMillis(2_001));
        assertThat(third.events()).startsWith("504");
    }

    private static CompiledService timed(Duration timeout) {
        CompiledService plain = service("POST", "a.B");
        DubboMapping.Target target = plain.mapping().target();
        return CompiledService.compile(new DubboMapping(
                new DubboMapping.Target(target.service(), null, null, timeout, 0, target.invocation(), false),
                plain.mapping().methods(),
                plain.mapping().types(), plain.mapping().output(), plain.mapping().errors()), null);
    }

    @Test
    void bytesMayArriveInAnyPieces() {
        Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            RecordingSink first = new RecordingSink();
            RecordingSink second = new RecordingSink();
            ByteBuf all = Unpooled.buffer();
            for (ByteBuf part : List.of(response(call(first), ReplyStatus.OK, HELLO),
                    event(true, true, 77, HessianWriter::nothing),
                    response(999, ReplyStatus.OK, HELLO),
                    response(call(second), ReplyStatus.SERVER_BUSY, out -> out.text("busy")))) {
                all.writeBytes(part);
                part.release();
            }
            while (all.isReadable()) {
                receive(all.readRetainedSlice(Math.min(all.readableBytes(), 1 + random.nextInt(20))));
            }
            all.release();
            assertThat(first.events()).containsExactly("200", "\"hello\" end");
            assertThat(second.events().getFirst()).isEqualTo("503");
            assertThat(sent()).singleElement().matches(frame -> frame.event() && !frame.request() && frame.id() == 77);
        }
    }

    @Test
    void aRequestThatIsNoCallIsAnsweredLaterAndSendsNothing() {
        RecordingSink unknown = new RecordingSink();
        session.open(TestRequestHead.of("GET", "/none-such"), true, unknown);
        RecordingSink bad = new RecordingSink();
        open(bad).body(text("{\"a\":"), true);
        assertThat(unknown.events()).isEmpty();
        assertThat(bad.events()).isEmpty();
        channel.advance(Duration.ZERO);
        assertThat(unknown.events().getFirst()).isEqualTo("404");
        assertThat(bad.events().getFirst()).isEqualTo("400");
        assertThat(channel.take()).isEmpty();
        assertThat(session.active()).isZero();
    }

    @Test
    void aChangedMappingIsUsedAtOnceOnAnOpenConnection() {
        services.put("s", service("PUT", "a.B"));
        RecordingSink sink = new RecordingSink();
        open(sink);
        channel.advance(Duration.ZERO);
        assertThat(sink.events().getFirst()).isEqualTo("405");
        services.remove("s");
        RecordingSink none = new RecordingSink();
        open(none);
        channel.advance(Duration.ZERO);
        assertThat(none.events().getFirst()).isEqualTo("503");
    }

    @Test
    void aBodyOverTheLimitIsRefused() {
        session = session(Json.object().put("service", "s").put("frameBytes", 2_000));
        RecordingSink declared = new RecordingSink();
        session.open(TestRequestHead.of("POST", "/echo").length(2_001), false, declared);
        RecordingSink collected = new RecordingSink();
        UpstreamCall call = open(collected);
        call.body(text("\"" + "x".repeat(1_500)), false);
        call.body(text("x".repeat(1_500)), false);
        call.body(text("\""), true);
        RecordingSink grows = new RecordingSink();
        open(grows).body(text("\"" + "é".repeat(990) + "\""), true);
        channel.advance(Duration.ZERO);
        assertThat(declared.events()).containsExactly("BODY_TOO_LARGE request_over_frame");
        assertThat(collected.events()).containsExactly("BODY_TOO_LARGE request_over_frame");
        assertThat(grows.events()).containsExactly("BODY_TOO_LARGE request_over_frame");
        assertThat(channel.take()).isEmpty();
    }

    @Test
    void aClientThatWaitsFor100GetsIt() {
        RecordingSink sink = new RecordingSink();
        UpstreamCall call = open(sink, "expect: 100-continue");
        channel.advance(Duration.ZERO);
        assertThat(sink.events()).containsExactly("100");
        call.body(text("\"x\""), true);
        assertThat(sent()).hasSize(1);
        session.closed("test");
    }

    @Test
    void aCallThatIsCancelledHearsNothing() {
        RecordingSink sent = new RecordingSink();
        UpstreamCall call = open(sent);
        call.body(text("\"x\""), true);
        long id = sent().getLast().id();
        call.cancel();
        RecordingSink collecting = new RecordingSink();
        UpstreamCall other = open(collecting);
        other.body(text("\"x"), false);
        other.cancel();
        other.body(text("\"y\""), true);
        receive(response(id, ReplyStatus.OK, HELLO));
        assertThat(sent.events()).isEmpty();
        assertThat(collecting.events()).isEmpty();
        assertThat(session.active()).isZero();
        assertThat(channel.take()).isEmpty();
    }

    @Test
    void aResponseToHeadHasNoBody() {
        RecordingSink sink = new RecordingSink();
        session.open(TestRequestHead.of("HEAD", "/none"), true, sink);
        receive(response(sent().getLast().id(), ReplyStatus.OK, HELLO));
        assertThat(sink.events()).containsExactly("200 end");
    }

    // ---- what a peer may do wrong

    @Test
    void aResponseThatCannotBeReadFailsItsCallOnly() {
        session = session(Json.object().put("service", "s").put("frameBytes", 10_000));
        RecordingSink good = new RecordingSink();
        long goodId = call(good);
        List<Consumer<HessianWriter>> bad = List.of(out -> out.integer(9), out -> {
        }, out -> {
            out.integer(1);
            out.list(null, 1 << 20);
        }, HessianWriter::endOfMap);
        for (Consumer<HessianWriter> body : bad) {
            RecordingSink sink = new RecordingSink();
            receive(response(call(sink), ReplyStatus.OK, body));
            assertThat(sink.events()).containsExactly("UPSTREAM_BAD_RESPONSE malformed_response");
        }
        RecordingSink large = new RecordingSink();
        receive(response(call(large), ReplyStatus.OK, out -> {
            out.integer(1);
            out.text("x".repeat(20_000));
        }));
        assertThat(large.events()).containsExactly("UPSTREAM_BAD_RESPONSE response_over_frame");
        RecordingSink other = new RecordingSink();
        ByteBuf otherSerialization = response(call(other), ReplyStatus.OK, HELLO);
        otherSerialization.setByte(2, 6);
        receive(otherSerialization);
        assertThat(other.events()).containsExactly("UPSTREAM_BAD_RESPONSE other_serialization");
        receive(response(goodId, ReplyStatus.OK, HELLO));
        assertThat(good.events()).containsExactly("200", "\"hello\" end");
        assertThat(channel.closed()).isFalse();
    }

    @Test
    void whatIsNoFrameOrTooLongToSkipEndsTheConnection() {
        RecordingSink sink = new RecordingSink();
        call(sink);
        receive(Unpooled.copiedBuffer("HTTP/1.1 400 Bad Request\r\n\r\n", StandardCharsets.US_ASCII));
        assertThat(channel.closed()).isTrue();
        assertThat(session.concurrency()).isZero();
        session.closed("closed");
        assertThat(sink.events()).containsExactly("UPSTREAM_BAD_RESPONSE no_frame");
    }

    @Test
    void aLengthBeyondAllBoundsEndsTheConnection() {
        ByteBuf huge = Unpooled.buffer();
        huge.writeZero(Frame.HEADER);
        new Frame(false, false, false, Frame.HESSIAN2, ReplyStatus.OK, 1, Integer.MAX_VALUE).write(huge, 0);
        receive(huge);
        assertThat(channel.closed()).isTrue();
        session.closed("closed");
    }

    @Test
    @Tag("suite")
    void anyBytesEndInAResponseOrAFailure() {
        Random random = new Random(SEED);
        for (int round = 0; round < 5_000; round++) {
            session = session(Json.object().put("service", "s"));
            RecordingSink sink = new RecordingSink();
            ByteBuf bytes = response(call(sink), ReplyStatus.OK, HELLO);
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes.setByte(random.nextInt(bytes.readableBytes()), random.nextInt());
            }
            receive(bytes);
            session.closed("closed");
            assertThat(sink.events()).isNotEmpty();
        }
    }

    @Test
    void anAnswerToACallThatWasNotSentEndsItAndNothingIsSent() {
        long before = call(new RecordingSink());
        RecordingSink sink = new RecordingSink();
        UpstreamCall call = open(sink);
        call.body(text("\"x"), false);
        receive(response(before + 1, ReplyStatus.OK, HELLO));
        assertThat(sink.events()).containsExactly("200", "\"hello\" end");
        call.body(text("\"more\""), false);
        call.body(text(""), true);
        assertThat(channel.take()).isEmpty();
        assertThat(session.active()).isOne();
        session.closed("closed");
    }

    @Test
    void onlyTheFirstAnswerToACallCounts() {
        RecordingSink sink = new RecordingSink();
        RecordingSink other = new RecordingSink();
        long id = call(sink);
        long otherId = call(other);
        receive(response(id, ReplyStatus.OK, HELLO));
        for (int i = 0; i < 3; i++) {
            receive(response(id, ReplyStatus.SERVER_BUSY, out -> out.text("busy")));
        }
        assertThat(sink.events()).containsExactly("200", "\"hello\" end");
        receive(response(otherId, ReplyStatus.OK, HELLO));
        assertThat(other.events()).containsExactly("200", "\"hello\" end");
        assertThat(channel.closed()).isFalse();
    }

    @Test
    void aPeerThatAsksAndDoesNotReadGetsNoMoreAnswers() {
        channel.writable(false);
        for (int i = 0; i < 1_000; i++) {
            receive(event(true, true, i, HessianWriter::nothing));
        }
        assertThat(channel.take()).isEmpty();
        channel.writable(true);
        receive(event(true, true, 5, HessianWriter::nothing));
        assertThat(sent()).singleElement().matches(frame -> frame.id() == 5);
    }

    @Test
    void anEventThatIsNoWordIsIgnored() {
        RecordingSink sink = new RecordingSink();
        long id = call(sink);
        for (int tag : new int[] {0x79, 0x55, 'H', 'C', 'R', 'Z', 0x51}) {
            ByteBuf event = event(true, false, 1, HessianWriter::nothing);
            event.writeBytes(new byte[100_000]);
            for (int i = Frame.HEADER; i < event.writerIndex(); i++) {
                event.setByte(i, tag);
            }
            event.setInt(Frame.HEADER - 4, event.readableBytes() - Frame.HEADER);
            receive(event);
        }
        assertThat(session.concurrency()).isPositive();
        receive(response(id, ReplyStatus.OK, HELLO));
        assertThat(sink.events()).containsExactly("200", "\"hello\" end");
    }

    // ---- events

    @Test
    void aServerThatIsReadOnlyGetsNoNewCallsAndTheOldOnesEnd() {
        RecordingSink sink = new RecordingSink();
        long id = call(sink);
        receive(event(true, true, 5, out -> out.text("R")));
        assertThat(session.concurrency()).isZero();
        assertThat(channel.changes()).isPositive();
        receive(response(id, ReplyStatus.OK, HELLO));
        assertThat(sink.events()).containsExactly("200", "\"hello\" end");
        receive(event(true, false, 6, out -> out.text("W")));
        assertThat(session.concurrency()).isPositive();
    }

    @Test
    void aSilentConnectionIsAskedAndThenGivenUp() {
        RecordingSink sink = new RecordingSink();
        call(sink);
        channel.advance(Duration.ofSeconds(60));
        assertThat(sent()).singleElement().matches(frame -> frame.event() && frame.request() && frame.twoWay());
        receive(event(false, false, 2, HessianWriter::nothing));
        channel.advance(Duration.ofSeconds(150));
        assertThat(channel.closed()).isFalse();
        channel.advance(Duration.ofSeconds(60));
        assertThat(channel.closed()).isTrue();
        session.closed("closed");
        assertThat(sink.events()).containsExactly("UPSTREAM_RESET no_heartbeat retryable");
    }

    @Test
    void callsOfAConnectionThatIsLostMayBeTriedAgain() {
        RecordingSink sink = new RecordingSink();
        call(sink);
        session.closed("ended by the upstream");
        assertThat(sink.events()).containsExactly("UPSTREAM_RESET connection_lost retryable");
    }
}
