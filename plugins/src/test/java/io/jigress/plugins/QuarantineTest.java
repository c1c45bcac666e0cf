package io.jigress.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuarantineTest {
    private static final long SECOND = 1_000_000_000L;

    private final Quarantine quarantine = new Quarantine("test/plugin", 3);
    private final List<String> told = new ArrayList<>();

    private void enter() {
        quarantine.tell(reason -> told.add(String.valueOf(reason)));
        assertThat(quarantine.failed(0, "a")).isFalse();
        assertThat(quarantine.failed(0, "b")).isFalse();
        assertThat(quarantine.allows(0)).isTrue();
        assertThat(quarantine.failed(0, "c")).isTrue();
    }

    @Test
    void failuresInARowLeadToIt() {
        enter();
        assertThat(quarantine.reason()).isEqualTo("c");
        assertThat(told).containsExactly("c");
        assertThat(quarantine.allows(SECOND - 1)).isFalse();
    }

    @Test
    void aSuccessInBetweenIsForgiven() {
        quarantine.failed(0, "a");
        quarantine.failed(0, "b");
        assertThat(quarantine.isSuspect()).isTrue();
        quarantine.succeeded();
        assertThat(quarantine.isSuspect()).isFalse();
        assertThat(quarantine.failed(0, "c")).isFalse();
    }

    @Test
    void oneRequestTriesThePluginAfterEachPauseWhichDoubles() {
        enter();
        assertThat(quarantine.allows(SECOND)).isTrue();
        assertThat(quarantine.allows(SECOND + 1)).as("one request at a time").isFalse();
        quarantine.failed(SECOND + 2, "again");
        assertThat(quarantine.allows(3 * SECOND)).isFalse();
        assertThat(quarantine.allows(3 * SECOND + 2)).isTrue();
        quarantine.succeeded();
        assertThat(quarantine.reason()).isNull();
        assertThat(told).containsExactly("c", "again", "null");
        assertThat(quarantine.allows(3 * SECOND + 3)).isTrue();
    }

    @Test
    void requestsThatWereUnderWayTellNothing() {
        enter();
        quarantine.succeeded();
        assertThat(quarantine.reason()).isEqualTo("c");
        quarantine.failed(SECOND / 2, "late");
        assertThat(quarantine.allows(SECOND)).as("the pause is not longer").isTrue();
    }

    @Test
    void aTrialWithoutAResultIsFollowedByAnother() {
        enter();
        assertThat(quarantine.allows(SECOND)).isTrue();
        assertThat(quarantine.allows(2 * SECOND)).isTrue();
    }

    @Test
    void thePauseIsAtMostAMinute() {
        enter();
        long now = SECOND;
        for (int i = 0; i < 20; i++) {
            assertThat(quarantine.allows(now)).isTrue();
            quarantine.failed(now, "x");
            now += 60 * SECOND;
        }
        assertThat(quarantine.allows(now)).isTrue();
    }

    @Test
    void whatDoesHarmIsRefusedAtOnce() {
        quarantine.tell(reason -> told.add(String.valueOf(reason)));
        assertThat(quarantine.refuse("holds a loop")).isTrue();
        assertThat(quarantine.refuse("holds a loop again")).isFalse();
        assertThat(quarantine.allows(0)).isFalse();
        assertThat(quarantine.allows(SECOND - 1)).isFalse();
        assertThat(quarantine.allows(SECOND)).isTrue();
        quarantine.end();
        assertThat(told).containsExactly("holds a loop", "holds a loop again", "null");
    }

    @Test
    void whoAsksLaterIsTold() {
        quarantine.refuse("not loaded");
        quarantine.tell(reason -> told.add(String.valueOf(reason)));
        assertThat(told).containsExactly("not loaded");
    }
}
