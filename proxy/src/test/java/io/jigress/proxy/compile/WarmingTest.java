package io.jigress.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WarmingTest {
    private final Warming<String> warming = new Warming<>();

    private static List<String> changes(List<Warming.Held<String>> released) {
        return released.stream().map(Warming.Held::change).toList();
    }

    @Test
    void aChangeWaitsForAllThatItMisses() {
        warming.hold("route", Set.of("a", "b"), 10);
        assertThat(warming.came("a")).isEmpty();
        assertThat(warming.awaits("a")).isFalse();
        assertThat(warming.awaits("b")).isTrue();
        assertThat(changes(warming.came("b"))).containsExactly("route");
        assertThat(warming.size()).isZero();
        assertThat(warming.nextDeadline()).isEqualTo(Warming.NEVER);
    }

    @Test
    void oneThingReleasesThoseThatWaitForItAlone() {
        warming.hold("one", Set.of("a"), 10);
        warming.hold("two", Set.of("a"), 11);
        warming.hold("both", Set.of("a", "b"), 12);
        warming.hold("other", Set.of("c"), 13);
        assertThat(changes(warming.came("a"))).containsExactly("one", "two");
        assertThat(warming.size()).isEqualTo(2);
        assertThat(warming.came("a")).isEmpty();
        assertThat(changes(warming.came("b"))).containsExactly("both");
    }

    @Test
    void eachHasADeadlineOfItsOwn() {
        warming.hold("later", Set.of("a"), 20);
        warming.hold("sooner", Set.of("a"), 10);
        warming.hold("patient", Set.of("a"), Warming.NEVER);
        assertThat(warming.nextDeadline()).isEqualTo(10);
        assertThat(warming.late(9)).isEmpty();
        List<Warming.Held<String>> late = warming.late(10);
        assertThat(changes(late)).containsExactly("sooner");
        assertThat(late.getFirst().deadline()).isEqualTo(10);
        assertThat(changes(warming.late(1_000))).containsExactly("later");
        assertThat(changes(warming.came("a"))).containsExactly("patient");
    }

    @Test
    void theLastChangeOfAPlaceCounts() {
        warming.hold("route", Set.of("a"), 10);
        warming.hold("route", Set.of("b"), 20);
        assertThat(warming.size()).isEqualTo(1);
        assertThat(warming.awaits("a")).isFalse();
        assertThat(warming.came("a")).isEmpty();
        assertThat(warming.late(10)).isEmpty();
        assertThat(changes(warming.came("b"))).containsExactly("route");
    }

    @Test
    void whatIsDroppedNeverComes() {
        warming.hold("route", Set.of("a", "b"), 10);
        warming.hold("stays", Set.of("b"), 10);
        warming.drop("route");
        warming.drop("unknown");
        assertThat(warming.awaits("a")).isFalse();
        assertThat(changes(warming.came("b"))).containsExactly("stays");
        assertThat(warming.late(10)).isEmpty();
    }
}
