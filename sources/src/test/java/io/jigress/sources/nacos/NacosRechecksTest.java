package io.jigress.sources.nacos;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NacosRechecksTest {
    private static final long MILLI = 1_000_000;

    private final NacosRechecks rechecks = new NacosRechecks();

    @Test
    void aDataIdIsReadAgainSoonAndThenLessOften() {
        rechecks.disagreed("a", 0);
        assertThat(rechecks.next(1000 * MILLI)).isEqualTo(50 * MILLI);
        assertThat(rechecks.due(49 * MILLI)).isEmpty();
        assertThat(rechecks.due(50 * MILLI)).containsExactly("a");
        rechecks.disagreed("a", 50 * MILLI);
        assertThat(rechecks.next(1000 * MILLI)).isEqualTo(150 * MILLI);
        rechecks.agreed("a");
        assertThat(rechecks.due(1000 * MILLI)).isEmpty();
        assertThat(rechecks.next(1000 * MILLI)).isEqualTo(1000 * MILLI);
    }

    @Test
    void oneThatNeverAgreesIsLeftToTheComparisonOfVersions() {
        long now = 0;
        rechecks.disagreed("a", now);
        int reads = 0;
        while (!rechecks.due(Long.MAX_VALUE / 2).isEmpty()) {
            now = rechecks.next(Long.MAX_VALUE / 2);
            rechecks.disagreed("a", now);
            reads++;
        }
        assertThat(reads).isEqualTo(9);
        assertThat(now).isLessThan(30_000 * MILLI);
    }

    @Test
    void theNumberOfThemIsLimited() {
        for (int i = 0; i < 1000; i++) {
            rechecks.disagreed("data-id-" + i, 0);
        }
        assertThat(rechecks.due(1000 * MILLI)).hasSize(100);
    }
}
