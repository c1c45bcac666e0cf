package io.jigress.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.proxy.http.Framing;
import io.jigress.api.Headers;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ListHeaders;
import io.jigress.proxy.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Bodies are delimited exactly, in whatever parts they arrive, and malformed chunks are refused.
class BodyDecoderTest {
    private static final HeadLimits LIMITS = new HeadLimits(100, 200, 100, 3);

    /// Decodes a text whose parts end at the given places; shows the data and how it ended.
    private static String decoded(long framing, String text, int... ends) {
        BodyDecoder decoder = new BodyDecoder(new HeadPool());
        decoder.start(framing, LIMITS);
        StringBuilder data = new StringBuilder();
        int from = 0;
        for (int i = 0; i <= ends.length; i++) {
            int to = i < ends.length ? ends[i] : text.length();
            ByteBuf in = Heads.buffer(text.substring(from, to));
            from = to;
            BodyStep step = decoder.decode(in);
            while (step == BodyStep.DATA) {
                data.append(Heads.text(in.readSlice(decoder.dataLength())));
                step = decoder.decode(in);
            }
            switch (step) {
                case END -> {
                    return data + " END, left " + (in.readableBytes() + text.length() - to);
                }
                case TRAILERS -> {
                    return data + " TRAILERS " + Heads.fields(decoder.trailers()) + ", left "
                            + (in.readableBytes() + text.length() - to);
                }
                case REFUSED -> {
                    return "REFUSED " + decoder.fault();
                }
                case NEED_MORE -> assertThat(in.isReadable()).isFalse();
                case DATA -> throw new AssertionError();
            }
        }
        return data + " " + decoder.closed();
    }

    static Stream<Arguments> bodies() {
        return Stream.of( //
                Arguments.of(Framing.NONE, "next", " END, left 4"), Arguments.of(0L, "next", " END, left 4"),
                Arguments.of(5L, "hellonext", "hello END, left 4"),
                Arguments.of(5L, "hell", "hell REFUSED"), Arguments.of(Framing.UNTIL_CLOSE, "all of it", "all of it END"),
                Arguments.of(Framing.CHUNKED, "0\r\n\r\nnext", " END, left 4"),
                Arguments.of(Framing.CHUNKED, "5\r\nhello\r\n0\r\n\r\nnext", "hello END, left 4"),
                Arguments.of(Framing.CHUNKED, "00A;x=\"y;\tz\"\r\n0123456789\r\n1 \t;q\r\na\r\n0;last\r\n\r\n",
                        "0123456789a END, left 0"),
                Arguments.of(Framing.CHUNKED, "1\r\na\r\n0\r\nX: 1\r\nHost: evil\r\nContent-Length: 5\r\n\r\nnext",
                        "a TRAILERS [X: 1], left 4"),
                Arguments.of(Framing.CHUNKED, "0\r\nTransfer-Encoding: x\r\n\r\nnext", " END, left 4"),
                Arguments.of(Framing.CHUNKED, "5\r\nhel", "hel REFUSED"),
                Arguments.of(Framing.CHUNKED, "1\r\na\r\n0\r\n", "a REFUSED"));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void bodyEndsWhereItsFramingSays(long framing, String text, String expected) {
        assertThat(decoded(framing, text)).isEqualTo(expected);
        everySplitGives(expected, framing, text);
    }

    static Stream<Arguments> malformed() {
        return Stream.of( //
                Arguments.of(HeadFault.CHUNK_SIZE, "\r\n"), Arguments.of(HeadFault.CHUNK_SIZE, "g\r\n"),
                Arguments.of(HeadFault.CHUNK_SIZE, "-1\r\n"),
                Arguments.of(HeadFault.CHUNK_SIZE, "+1\r\n"), Arguments.of(HeadFault.CHUNK_SIZE, "0x1\r\n"),
                Arguments.of(HeadFault.CHUNK_SIZE, " 1\r\n"),
                Arguments.of(HeadFault.CHUNK_SIZE, "1 \r\na\r\n"), Arguments.of(HeadFault.CHUNK_SIZE, "1 1\r\n"),
                Arguments.of(HeadFault.CHUNK_SIZE, ";x\r\n"),
                Arguments.of(HeadFault.CHUNK_SIZE, "8000000000000000\r\n"),
                Arguments.of(HeadFault.CHUNK_SIZE, "00000000000000001\r\n"),
                Arguments.of(HeadFault.CHUNK_SIZE, "\u0661\r\n"), Arguments.of(HeadFault.BARE_LF, "1\na\r\n"),
                Arguments.of(HeadFault.BARE_LF, "1;x\na\r\n"),
                Arguments.of(HeadFault.BARE_CR, "1\ra"), Arguments.of(HeadFault.BARE_CR, "1;x\ry\r\n"),
                Arguments.of(HeadFault.CHUNK_EXTENSION, "1;\u0000\r\n"),
                Arguments.of(HeadFault.CHUNK_EXTENSION, "1;" + "x".repeat(20_000)),
                Arguments.of(HeadFault.CHUNK_END, "1\r\nab\r\n"),
                Arguments.of(HeadFault.CHUNK_END, "1\r\na\n0\r\n\r\n"), Arguments.of(HeadFault.CHUNK_END, "1\r\na\rx"),
                Arguments.of(HeadFault.BARE_LF, "0\r\n\n"),
                Arguments.of(HeadFault.BARE_CR, "0\r\n\rx"), Arguments.of(HeadFault.OBS_FOLD, "0\r\n X: 1\r\n\r\n"),
                Arguments.of(HeadFault.SPACE_BEFORE_COLON, "0\r\nX : 1\r\n\r\n"),
                Arguments.of(HeadFault.BARE_LF, "0\r\nX: 1\n\r\n"),
                Arguments.of(HeadFault.TOO_MANY_FIELDS, "0\r\nA: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n\r\n"),
                Arguments.of(HeadFault.FIELD_TOO_LARGE, "0\r\nA: " + "x".repeat(100) + "\r\n\r\n"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void malformedChunkIsRefused(HeadFault fault, String text) {
        assertThat(decoded(Framing.CHUNKED, text)).isEqualTo("REFUSED " + fault);
        if (text.length() < 1000) {
            everySplitGives("REFUSED " + fault, Framing.CHUNKED, text);
        }
    }

    private static void everySplitGives(String expected, long framing, String text) {
        assertThat(decoded(framing, text, IntStream.range(1, text.length()).toArray())).as("byte by byte").isEqualTo(expected);
        for (int i = 0; i <= text.length(); i++) {
            assertThat(decoded(framing, text, i)).as("split at %s", i).isEqualTo(expected);
        }
    }

    @Test
    void extensionsOfManyChunksAddUpUnlessTheirDataPaysForThem() {
        assertThat(decoded(Framing.CHUNKED, ("1;" + "x".repeat(40) + "\r\na\r\n").repeat(1000)))
                .isEqualTo("REFUSED CHUNK_EXTENSION");
        String paid = ("14;" + "x".repeat(40) + "\r\n" + "a".repeat(20) + "\r\n").repeat(1000);
        assertThat(decoded(Framing.CHUNKED, paid + "0\r\n\r\n")).isEqualTo("a".repeat(20_000) + " END, left 0");
        assertThat(decoded(Framing.CHUNKED, "1\r\na\r\n".repeat(10_000) + "0\r\n\r\n"))
                .isEqualTo("a".repeat(10_000) + " END, left 0");
    }

    @Test
    void theLargestChunkIsAccepted() {
        BodyDecoder decoder = new BodyDecoder(new HeadPool());
        decoder.start(Framing.CHUNKED, LIMITS);
        ByteBuf in = Heads.buffer("7fffffffffffffff\r\nabc");
        assertThat(decoder.decode(in)).isEqualTo(BodyStep.DATA);
        assertThat(decoder.dataLength()).isEqualTo(3);
    }

    @Test
    void theEndOfADeclaredBodyIsKnownWithItsLastData() {
        BodyDecoder decoder = new BodyDecoder(new HeadPool());
        decoder.start(5, LIMITS);
        assertThat(decoder.decode(Heads.buffer("hel"))).isEqualTo(BodyStep.DATA);
        assertThat(decoder.ended()).isFalse();
        assertThat(decoder.decode(Heads.buffer("lo"))).isEqualTo(BodyStep.DATA);
        assertThat(decoder.ended()).isTrue();
    }

    @Test
    void truncationIsTheFaultOfTheSideThatLeft() {
        BodyDecoder decoder = new BodyDecoder(new HeadPool());
        decoder.start(5, LIMITS);
        assertThat(decoder.closed()).isEqualTo(BodyStep.REFUSED);
        assertThat(decoder.fault().ofClient().kind()).isEqualTo(Kind.CLIENT_GONE);
        assertThat(decoder.fault().ofUpstream().kind()).isEqualTo(Kind.UPSTREAM_RESET);
    }

    @Test
    void trailersDieWithTheirMessage() {
        BodyDecoder decoder = new BodyDecoder(new HeadPool());
        decoder.start(Framing.CHUNKED, LIMITS);
        assertThat(decoder.decode(Heads.buffer("0\r\nA: b\r\n\r\n"))).isEqualTo(BodyStep.TRAILERS);
        Headers trailers = decoder.trailers();
        decoder.start(Framing.NONE, LIMITS);
        assertThatThrownBy(trailers::size).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(decoder::trailers).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void encodedChunksAreReadBack() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            ByteBuf out = Unpooled.buffer();
            StringBuilder data = new StringBuilder();
            for (int i = random.nextInt(6); i > 0; i--) {
                String chunk = "x".repeat(random.nextInt(random.nextBoolean() ? 20 : 70_000));
                data.append(chunk);
                if (random.nextBoolean()) {
                    ChunkEncoder.write(out, Heads.buffer(chunk));
                } else if (!chunk.isEmpty()) {
                    ChunkEncoder.writeSize(out, chunk.length());
                    out.writeBytes(Heads.bytes(chunk));
                    ChunkEncoder.writeEnd(out);
                }
            }
            boolean trailers = random.nextBoolean();
            if (trailers) {
                ListHeaders fields = new ListHeaders();
                fields.add("X", "1");
                fields.add("content-length", "1");
                ChunkEncoder.writeLast(out, fields);
            } else {
                ChunkEncoder.writeLast(out);
            }
            assertThat(decoded(Framing.CHUNKED, Heads.text(out)))
                    .isEqualTo(data + (trailers ? " TRAILERS [X: 1]" : " END") + ", left 0");
        }
    }

    @Test
    void receivedTrailersAreWrittenAsTheyCame() {
        BodyDecoder decoder = new BodyDecoder(new HeadPool());
        decoder.start(Framing.CHUNKED, LIMITS);
        decoder.decode(Heads.buffer("0\r\nA:b \r\nHost: c\r\n\r\n"));
        ByteBuf out = Unpooled.buffer();
        ChunkEncoder.writeLast(out, decoder.trailers());
        assertThat(Heads.text(out)).isEqualTo("0\r\nA:b \r\n\r\n");
    }
}
