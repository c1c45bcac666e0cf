package io.jigress.proxy.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Parses frames: the same result in whatever parts the bytes arrive.
class FrameReaderTest {
    private static final String SETTINGS = "000000 04 00 00000000";

    /// The frames that a reader finds, a DATA frame in one piece.
    private static String read(byte[] bytes, boolean preface, int... cuts) {
        FrameReader reader = new FrameReader(preface);
        StringBuilder found = new StringBuilder();
        StringBuilder data = new StringBuilder();
        ByteBuf in = Unpooled.buffer();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : bytes.length;
            in.writeBytes(bytes, from, to - from);
            from = to;
            for (FrameReader.Step step = reader.next(in); step != FrameReader.Step.NEED_MORE; step = reader.next(in)) {
                switch (step) {
                    case FRAME -> found.append(reader.type()).append(' ').append(reader.streamId()).append(' ')
                            .append(in.slice(reader.payloadFrom(), reader.payloadTo() - reader.payloadFrom())
                                    .toString(java.nio.charset.StandardCharsets.ISO_8859_1))
                            .append('\n');
                    case DATA -> {
                        data.append(in.readSlice(reader.dataLength()).toString(java.nio.charset.StandardCharsets.ISO_8859_1));
                        if (reader.isDataEnd()) {
                            found.append("data ").append(reader.streamId()).append(' ').append(reader.length()).append(' ')
                                    .append(data)
                                    .append('\n');
                            data.setLength(0);
                        }
                    }
                    case REFUSED -> {
                        return found + reader.error().reason();
                    }
                    case NEED_MORE -> throw new AssertionError();
                }
            }
        }
        return found.toString();
    }

    @Test
    void framesAreFoundBehindThePreface() {
        byte[] preface = Frames.preface();
        byte[] frames = Lines.hex(SETTINGS + "000003 00 01 00000001 616263 000004 00 09 80000003 02 64 0000");
        byte[] all = java.util.Arrays.copyOf(preface, preface.length + frames.length);
        System.arraycopy(frames, 0, all, preface.length, frames.length);
        assertThat(read(all, true)).isEqualTo("4 0 \ndata 1 3 abc\ndata 3 4 d\n");
        all[3] = 'x';
        assertThat(read(all, true)).isEqualTo(ConnectionError.PREFACE.reason());
    }

    @Test
    void whatIsNoFrameIsRefused() {
        assertThat(read(Lines.hex("000000 06 00 00000000"), false)).isEqualTo(ConnectionError.PREFACE.reason());
        assertThat(read(Lines.hex("004001 04 00 00000000"), false)).isEqualTo(ConnectionError.FRAME_SIZE.reason());
        assertThat(read(Lines.hex(SETTINGS + "000001 00 00 00000000 61"), false)).endsWith(ConnectionError.STREAM_ID.reason());
        assertThat(read(Lines.hex(SETTINGS + "000002 00 08 00000001 02 61"), false)).endsWith(ConnectionError.PADDING.reason());
        assertThat(read(Lines.hex(SETTINGS + "000000 00 08 00000001"), false)).endsWith(ConnectionError.FRAME_SIZE.reason());
    }

    static IntStream seeds() {
        return IntStream.range(0, 40);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyBytesHaveOneResultHoweverTheyArrive(int seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            ByteBuf out = Unpooled.buffer();
            out.writeBytes(Lines.hex(SETTINGS));
            for (int i = random.nextInt(6); i >= 0; i--) {
                int length = random.nextInt(40);
                boolean padded = random.nextBoolean();
                out.writeMedium(length).writeByte(random.nextInt(11)).writeByte(padded ? Frames.PADDED : 0)
                        .writeInt(random.nextInt(4));
                byte[] payload = new byte[length];
                random.nextBytes(payload);
                if (length > 0 && padded) {
                    payload[0] = (byte) random.nextInt(length + 1);
                }
                out.writeBytes(payload);
            }
            byte[] bytes = new byte[out.readableBytes()];
            out.readBytes(bytes);
            int[] cuts = random.ints(random.nextInt(12), 0, bytes.length + 1).sorted().toArray();
            assertThat(read(bytes, false, cuts)).isEqualTo(read(bytes, false));
        }
    }
}
