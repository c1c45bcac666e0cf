package io.jigress.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.proxy.upstream.ConnectAnswer.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Heads of responses to CONNECT have one verdict, however their bytes arrive.
class ConnectAnswerTest {
    private static final String[] PIECES = {"HTTP/1.1 200 OK\r\n", "HTTP/1.0 407 Login\r\n", "HTTP/1.1 100 \r\n",
        "HTTP/1.1 299\n",
        "\r\n", "\n", "via: x\r\n", "\r", " ", "HTTP/1.", "1 ", "2", "00", "\0", "\u00ff", "HTTP/2 200\r\n", "x".repeat(5000)};

    /// The verdict and how many bytes were taken.
    private record Outcome(Verdict verdict, int status, int taken) {}

    private static Outcome read(String text, int... cuts) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        ConnectAnswer answer = new ConnectAnswer();
        int from = 0;
        int taken = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i == cuts.length ? bytes.length : cuts[i];
            ByteBuf part = Unpooled.wrappedBuffer(bytes, from, to - from);
            Verdict verdict = answer.read(part);
            taken += part.readerIndex();
            if (verdict != Verdict.MORE) {
                return new Outcome(verdict, answer.status(), taken);
            }
            from = to;
        }
        return new Outcome(Verdict.MORE, answer.status(), taken);
    }

    private static Verdict verdict(String text) {
        return read(text).verdict;
    }

    @Test
    void aStatusOf2xxOpensAndTheRestIsLeft() {
        String head = "HTTP/1.1 200 Connection established\r\nvia: x\r\n\r\n";
        assertThat(read(head + "rest")).isEqualTo(new Outcome(Verdict.OPEN, 200, head.length()));
        assertThat(verdict("HTTP/1.0 299\r\n\r\n")).isEqualTo(Verdict.OPEN);
        assertThat(verdict("HTTP/1.1 200 \n\n")).isEqualTo(Verdict.OPEN);
        assertThat(verdict("HTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 100\r\n\r\nHTTP/1.1 200\r\n\r\n"))
                .isEqualTo(Verdict.OPEN);
    }

    @Test
    void anotherStatusRefusesAtTheEndOfItsLine() {
        assertThat(read("HTTP/1.1 407 Login\r\nwww")).isEqualTo(new Outcome(Verdict.REFUSED, 407, 20));
        assertThat(verdict("HTTP/1.1 300\r\n")).isEqualTo(Verdict.REFUSED);
        assertThat(verdict("HTTP/1.1 103 \r\n\r\nHTTP/1.1 503 \r\n")).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void whatIsNoAnswerIsNoticedAtItsFirstWrongByte() {
        assertThat(read("SSH-2.0")).isEqualTo(new Outcome(Verdict.MALFORMED, 0, 1));
        for (String head : new String[] {"HTTP/2 200\r\n", "HTTP/1.1\t200", "HTTP/1.1 2x0", "HTTP/1.1 2000", "HTTP/1.1 20\r\n",
            "\r\n", "HTTP/1.1 099 \r\n", "HTTP/1.1 600 \r\n", "HTTP/1.1 101 \r\n", "HTTP/1.1 200 \rX",
            "HTTP/1.1 100 \r\n\r\n\r\n"}) {
            assertThat(verdict(head)).as(head).isEqualTo(Verdict.MALFORMED);
        }
    }

    @Test
    void theLengthIsLimitedOverAllHeads() {
        String head = "HTTP/1.1 200 \r\n";
        assertThat(verdict(head + "x".repeat(ConnectAnswer.MAX_BYTES - head.length() - 4) + "\r\n\r\n")).isEqualTo(Verdict.OPEN);
        assertThat(verdict(head + "x".repeat(ConnectAnswer.MAX_BYTES - head.length() - 3) + "\r\n\r\n"))
                .isEqualTo(Verdict.MALFORMED);
        assertThat(verdict("HTTP/1.1 100 \r\n\r\n".repeat(1000))).isEqualTo(Verdict.MALFORMED);
    }

    static IntStream seeds() {
        return IntStream.range(0, 20);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyBytesHaveOneVerdictHoweverTheyArrive(int seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(12); i >= 0; i--) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            }
            int[] cuts = random.ints(random.nextInt(20), 0, text.length() + 1).sorted().toArray();
            assertThat(read(text.toString(), cuts)).isEqualTo(read(text.toString()));
        }
    }
}
