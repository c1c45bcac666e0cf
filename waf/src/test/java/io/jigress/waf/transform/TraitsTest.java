package io.jigress.waf.transform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TraitsTest {
    private static final byte[] MARKS = " \t\0%+&\\/.-#<*\"'^,;(0xX41uAa!>=\u00a0\u00c3\u00e9"
            .getBytes(StandardCharsets.ISO_8859_1);

    @Test
    void aTransformationThatTouchesNothingOfAValueLeavesItAsItIs() {
        Random random = new Random(3);
        int skipped = 0;
        for (int i = 0; i < 60_000; i++) {
            byte[] value = new byte[random.nextInt(8)];
            int kinds = 1 + random.nextInt(4);
            for (int at = 0; at < value.length; at++) {
                value[at] = MARKS[(i + random.nextInt(kinds) * 7) % MARKS.length];
            }
            int traits = Traits.of(value, 0, value.length);
            for (Transformation transformation : Transformation.values()) {
                if (!transformation.touches(traits)) {
                    assertThat(transformation.apply(value)).as(transformation.seclangName()).isEqualTo(value);
                    skipped++;
                }
            }
        }
        assertThat(skipped).isGreaterThan(100_000);
    }
}
