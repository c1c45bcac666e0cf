package io.jigress.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// For any bytes in any parts: no exception, no endless loop, one verdict; and what is accepted can be forwarded without the next
/// hop reading another message.
@Tag("suite")
class CodecFuzzTest {
    private static final HeadLimits SMALL = new HeadLimits(64, 512, 128, 12);
    private static final List<String> SEEDS = List.of( //
            "GET /a?b HTTP/1.1\r\nHost: shop.example:80\r\nAccept: x\r\nConnection: close, x\r\n\r\n",
            "POST http://A.b/ HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nHost:a\r\nTE: trailers\r\nUpgrade: b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nKeep-Alive: 3\r\n\r\n");
    private static final String SPICES = "\r\n\r\n\n\r :\t,;/?*@[]%\0\u007f\u00e901aA-.\u0000hcHTTP";

    static IntStream seeds() {
        return IntStream.range(0, 40);
    }

    private static String mutated(Random random, String seed) {
        StringBuilder text = new StringBuilder(random.nextInt(20) == 0 ? "" : seed);
        for (int i = random.nextInt(6); i >= 0; i--) {
            int at = random.nextInt(text.length() + 1);
            char spice = random.nextInt(4) == 0 ? (char) random.nextInt(256) : SPICES.charAt(random.nextInt(SPICES.length()));
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, spice);
                case 1 -> text.replace(at, Math.min(at + 1, text.length()), String.valueOf(spice));
                case 2 -> text.delete(at, Math.min(at + random.nextInt(5), text.length()));
                default -> {
                    int from = random.nextInt(text.length() + 1);
                    text.insert(at, text.substring(from, Math.min(from + random.nextInt(40), text.length())));
                }
            }
        }
        return text.toString();
    }

    private static int[] cuts(Random random, int length) {
        return random.ints(random.nextInt(8), 0, length + 1).sorted().toArray();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyHeadHasOneVerdictHoweverItArrives(int seed) {
        Random random = new Random(seed);
        HeadPool pool = new HeadPool();
        for (int round = 0; round < 2000; round++) {
            String text = mutated(random, SEEDS.get(random.nextInt(SEEDS.size())));
            HeadLimits limits = random.nextBoolean() ? SMALL : HeadLimits.STANDARD;
            Http1Head whole = random.nextInt(4) == 0 ? pool.response(limits) : pool.request(limits, "http");
            Http1Head split = whole instanceof Http1ResponseHead ? pool.response(limits) : pool.request(limits, "http");
            String verdict = Heads.verdict(whole, text);
            assertThat(Heads.verdict(split, text, cuts(random, text.length()))).isEqualTo(verdict);
            if (verdict.startsWith("COMPLETE") && whole instanceof Http1RequestHead request) {
                writtenReadsTheSame(request);
            }
            whole.release();
            split.release();
        }
    }

    private static void writtenReadsTheSame(Http1RequestHead request) {
        String written = Heads.written(request);
        if (request.authority().isEmpty()) {
            return; // HTTP/1.0 without Host: the forwarder adds one.
        }
        Http1RequestHead again = Heads.newRequest(new HeadLimits(1024, 4096, 1024, 100));
        assertThat(Heads.verdict(again, written)).startsWith("COMPLETE, left 0\n");
        assertThat(again.method() + again.target() + again.authority() + again.framing() + again.ranges().port())
                .isEqualTo(
                        request.method() + request.target() + request.authority() + request.framing() + request.ranges().port());
        assertThat(Heads.written(again)).isEqualTo(written);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyChunkedBodyEndsInOneWayHoweverItArrives(int seed) {
        Random random = new Random(seed);
        String body = "5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nX: y\r\nHost: z\r\n\r\nnext";
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = Heads.bytes(mutated(random, body));
            String whole = decoded(bytes);
            assertThat(decoded(bytes, cuts(random, bytes.length))).isEqualTo(whole);
        }
    }

    private static String decoded(byte[] bytes, int... cuts) {
        BodyDecoder decoder = new BodyDecoder(new HeadPool());
        decoder.start(Framing.CHUNKED, SMALL);
        StringBuilder data = new StringBuilder();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i < cuts.length ? cuts[i] : bytes.length;
            ByteBuf in = Unpooled.wrappedBuffer(bytes, from, to - from);
            from = to;
            BodyStep step = decoder.decode(in);
            for (; step == BodyStep.DATA; step = decoder.decode(in)) {
                assertThat(decoder.dataLength()).isBetween(1, in.readableBytes());
                data.append(Heads.text(in.readSlice(decoder.dataLength())));
            }
            if (step == BodyStep.REFUSED) {
                return "REFUSED " + decoder.fault();
            }
            if (step != BodyStep.NEED_MORE) {
                return data + " " + step + (in.readableBytes() + bytes.length - to);
            }
        }
        return data + " NEED_MORE";
    }
}
