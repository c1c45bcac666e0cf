package io.jigress.grpcjson.transcode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PlainTextTest {
    private static final long SEED = 20;

    private static int expected(byte[] text, int from, int to) {
        int at = from;
        while (at < to && text[at] >= ' ' && text[at] < 0x7f && text[at] != '"' && text[at] != '\\') {
            at++;
        }
        return at;
    }

    @Test
    void everyByteAtEveryPlaceIsRecognised() {
        for (int length = 0; length < 20; length++) {
            for (int place = 0; place < length; place++) {
                for (int b = 0; b < 256; b++) {
                    byte[] text = new byte[length];
                    Arrays.fill(text, (byte) 'a');
                    text[place] = (byte) b;
                    assertThat(PlainText.end(text, 0, length)).as("byte %s at %s of %s", b, place, length)
                            .isEqualTo(expected(text, 0, length));
                }
            }
        }
    }

    @Test
    void anyPartOfAnyTextIsSearched() {
        Random random = new Random(SEED);
        for (int round = 0; round < 100_000; round++) {
            byte[] text = new byte[random.nextInt(40)];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) (random.nextInt(8) == 0 ? random.nextInt() : " !#[]~zA".charAt(random.nextInt(8)));
            }
            int from = random.nextInt(text.length + 1);
            int to = from + random.nextInt(text.length - from + 1);
            assertThat(PlainText.end(text, from, to)).isEqualTo(expected(text, from, to));
        }
    }
}
