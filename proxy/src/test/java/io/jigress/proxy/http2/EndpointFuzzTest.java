package io.jigress.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// For any frames in any parts: no exception, no endless loop, one outcome; and buffers are neither leaked nor released twice.
@Tag("suite")
class EndpointFuzzTest {
    private static final Http2Limits LIMITS = new Http2Limits(4, 65_535, 65_535, 3, new Http2Limits.Rates(5, 5, 5, 5, 5, 5),
            java.time.Duration.ZERO, 0);
    private static final byte[][] BLOCKS = {Lines.hex("828684 410161"), Lines.block(":method: POST", ":path: /", "x: y"),
        Lines.hex("be"), Lines.hex("3fe11f 82"), Lines.hex("40 0178 0179"), Lines.hex("ff"), {}};

    static IntStream seeds() {
        return IntStream.range(0, 40);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyFramesHaveOneOutcomeHoweverTheyArrive(int seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            byte[] bytes = frames(random);
            int[] cuts = random.ints(random.nextInt(20), 0, bytes.length + 1).sorted().toArray();
            assertThat(outcome(bytes, cuts)).isEqualTo(outcome(bytes));
        }
    }

    private static byte[] frames(Random random) {
        ByteBuf out = Unpooled.buffer();
        out.writeBytes(Frames.preface()).writeBytes(Http2Wire.bytes(Frames.SETTINGS, 0, 0, new byte[0]));
        for (int i = random.nextInt(25); i >= 0; i--) {
            int id = random.nextInt(8) == 0 ? random.nextInt(4) : 1 + 2 * random.nextInt(6);
            int flags = random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(2) | Frames.END_HEADERS;
            out.writeBytes(switch (random.nextInt(8)) {
                case 0, 1, 2 -> Http2Wire.bytes(Frames.HEADERS, flags, id, BLOCKS[random.nextInt(BLOCKS.length)]);
                case 3 -> Http2Wire.bytes(Frames.CONTINUATION, flags, id, BLOCKS[random.nextInt(BLOCKS.length)]);
                case 4 -> Http2Wire.bytes(Frames.DATA, flags & 9, id, random(random, random.nextInt(300)));
                case 5 -> Http2Wire.bytes(Frames.WINDOW_UPDATE, 0, random.nextBoolean() ? 0 : id, random(random, 4));
                case 6 -> Http2Wire.bytes(Frames.SETTINGS, 0, 0,
                        new byte[] {0, (byte) random.nextInt(8), 0, 0, (byte) random.nextInt(256), (byte) random.nextInt(256)});
                default -> Http2Wire.bytes(random.nextInt(12), flags, id, random(random, random.nextInt(12)));
            });
        }
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        if (random.nextInt(4) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static String outcome(byte[] bytes, int... cuts) {
        Recorder recorder = new Recorder();
        int from = 0;
        for (int i = 0; i <= cuts.length && !recorder.endpoint.hasFailed(); i++) {
            int to = i < cuts.length ? cuts[i] : bytes.length;
            ByteBuf part = Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, from, to));
            recorder.endpoint.read(part);
            assertThat(part.refCnt()).isEqualTo(1);
            from = to;
        }
        recorder.endpoint.release();
        return recorder.events.toString();
    }

    /// A stream that sends no response.
    private static final class Stream extends Http2Stream {
        final StringBuilder body = new StringBuilder();

        @Override
        void becameWritable() {}

        @Override
        void sendEnded() {}
    }

    private static final class Recorder implements FrameWriter.Wire {
        final StringBuilder events = new StringBuilder();
        final Endpoint endpoint;

        Recorder() {
            FrameWriter writer = new FrameWriter(this);
            endpoint = new Endpoint(this, writer);
        }

        @Override
        public ByteBufAllocator allocator() {
            return UnpooledByteBufAllocator.DEFAULT;
        }

        @Override
        public void write(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        public void flush() {}

        @Override
        public void later(Runnable task) {}
    }

    private static final class Endpoint extends Http2Endpoint<Stream> {
        private final Recorder recorder;
        private int last;

        Endpoint(Recorder recorder, FrameWriter writer) {
            super(recorder, new Outflow(writer, () -> true), writer, new HpackScratch(), LIMITS,
                    new FloodGuard(LIMITS.rates(), () -> 0), true);
            this.recorder = recorder;
        }

        private void event(String what) {
            recorder.events.append(what).append('\n');
        }

        @Override
        int longestBlock() {
            return 1000;
        }

        @Override
        void headers(int id, boolean endStream) {
            Lines lines = new Lines();
            if (!decode(lines)) {
                return;
            }
            event("headers " + id + " " + endStream + " " + lines.fields);
            Stream known = streams.get(id);
            if (known != null) {
                known.remoteEnded |= endStream;
            } else if ((id & 1) == 1 && id > last) {
                last = id;
                Stream stream = new Stream();
                stream.open(id, outflow.initialWindow(), LIMITS.streamWindow());
                stream.remoteEnded = endStream;
                streams.put(stream);
            }
        }

        @Override
        @Nullable ConnectionError strayData(int id) {
            return null;
        }

        @Override
        boolean isIdle(int id) {
            return (id & 1) == 0 || id > last;
        }

        @Override
        void data(Stream stream, ByteBuf data, boolean end) {
            stream.body.append(data.toString(StandardCharsets.ISO_8859_1));
            int length = data.readableBytes();
            data.release();
            credit(stream, length);
            stream.remoteEnded |= end;
            if (end) {
                event("body " + stream.id + " " + stream.body);
            }
        }

        private void close(Stream stream) {
            event("body " + stream.id + " " + stream.body);
            outflow.remove(stream);
            streams.remove(stream);
            stream.closed = true;
        }

        @Override
        void wasReset(Stream stream, ErrorCode code) {
            event("reset " + stream.id + " " + code);
            close(stream);
        }

        @Override
        void streamError(Stream stream, ErrorCode code, String reason) {
            event("error " + stream.id + " " + reason);
            close(stream);
        }

        @Override
        void goAway(int lastStreamId, ErrorCode code) {
            event("goaway " + lastStreamId + " " + code);
        }

        @Override
        void settingsChanged() {}

        @Override
        void setting(int identifier, long value) {
            event("setting " + identifier + " " + value);
        }

        @Override
        void pingAnswered(long data) {
            event("ping " + data);
        }

        @Override
        void flooded(FloodGuard.Kind kind) {
            event("flood " + kind);
        }

        @Override
        void fail(ConnectionError error) {
            event("fail " + error.reason());
        }
    }
}
