package io.jigress.proxy.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
    private static final long LIMIT = 64 << 20;
    private static final long MILLI = 1_000_000;

    private long taken;
    private long pinned;
    private int looks;

    private MemoryBudget budget(long limit) {
        return new MemoryBudget(new MemoryBudget.Memory() {
            @Override
            public long limit() {
                return limit;
            }

            @Override
            public long taken() {
                return taken;
            }

            @Override
            public long pinned() {
                looks++;
                return pinned;
            }
        }, 256 * 1024, 85, 2, 0);
    }

    @Test
    void aSmallMemoryAllowsShortQueues() {
        assertThat(budget(LIMIT).queueBytes()).isEqualTo(64 * 1024);
        assertThat(budget(1L << 30).queueBytes()).isEqualTo(256 * 1024);
        assertThat(budget(1L << 40).queueBytes()).isEqualTo(256 * 1024);
    }

    @Test
    void queuesGetShorterWithTheMemoryThatIsLeft() {
        MemoryBudget budget = budget(LIMIT);
        taken = LIMIT;
        pinned = LIMIT / 2;
        budget.look(0);
        assertThat(budget.queueBytes()).isEqualTo(64 * 1024);
        pinned = LIMIT / 4 * 3;
        budget.look(MILLI);
        assertThat(budget.queueBytes()).isEqualTo(32 * 1024);
        assertThat(budget.receiveBytes()).isEqualTo(32 * 1024);
        assertThat(budget.excess()).isZero();
        pinned = LIMIT;
        budget.look(2 * MILLI);
        assertThat(budget.queueBytes()).isEqualTo(16 * 1024);
        assertThat(budget.excess()).isBetween(LIMIT / 100 * 14, LIMIT / 100 * 15 + 100);
        pinned = 0;
        budget.look(3 * MILLI);
        assertThat(budget.queueBytes()).isEqualTo(64 * 1024);
        assertThat(budget.excess()).isZero();
    }

    @Test
    void looksOnlyWhenHalfIsTakenAndAtMostOnceAMillisecond() {
        MemoryBudget budget = budget(LIMIT);
        taken = LIMIT / 2;
        budget.look(0);
        assertThat(looks).isZero();
        taken = LIMIT;
        budget.look(0);
        budget.look(MILLI - 1);
        assertThat(looks).isOne();
        budget.look(MILLI);
        assertThat(looks).isEqualTo(2);
    }

    @Test
    void chunksThatAreGivenBackEndTheShortage() {
        MemoryBudget budget = budget(LIMIT);
        taken = LIMIT;
        pinned = LIMIT;
        budget.look(0);
        taken = 0;
        budget.look(1);
        assertThat(budget.queueBytes()).isEqualTo(64 * 1024);
        assertThat(budget.excess()).isZero();
    }
}
