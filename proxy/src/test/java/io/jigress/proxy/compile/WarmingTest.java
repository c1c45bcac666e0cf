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
        assertThat(warming.arrived("a")).isEmpty();
        assertThat(warming.awaits("a")).isFalse();
        assertThat(warming.awaits("b")).isTrue();
        assertThat(changes(warming.arrived("b"))).containsExactly("route");
        assertThat(warming.size()).isZero();
        assertThat(warming.nextDeadline()).isEqualTo(Warming.NEVER);
    }

    @Test
    void oneThingReleasesThoseThatWaitForItAlone() {
        warming.hold("one", Set.of("a"), 10);
        warming.hold("two", Set.of("a"), 11);
        warming.hold("both", Set.of("a", "b"), 12);
        warming.hold("other", Set.of("c"), 13);
        assertThat(changes(warming.arrived("a"))).containsExactly("one", "two");
        assertThat(warming.size()).isEqualTo(2);
        assertThat(warming.arrived("a")).isEmpty();
        assertThat(changes(warming.arrived("b"))).containsExactly("both");
    }

    @Test
    void eachHasADeadlineOfItsOwn() {
        warming.hold("later", Set.of("a"), 20);
        warming.hold("sooner", Set.of("a"), 10);
        warming.hold("patient", Set.of("a"), Warming.NEVER);
        assertThat(warming.nextDeadline()).isEqualTo(10);
        assertThat(warming.overdue(9)).isEmpty();
        List<Warming.Held<String>> late = warming.overdue(10);
        assertThat(changes(late)).containsExactly("sooner");
        assertThat(late.getFirst().deadline()).isEqualTo(10);
        assertThat(changes(warming.overdue(1_000))).containsExactly("later");
        assertThat(changes(warming.arrived("a"))).containsExactly("patient");
    }

    @Test
    void theLastChangeOfAPlaceCounts() {
        warming.hold("route", Set.of("a"), 10);
        warming.hold("route", Set.of("b"), 20);
        assertThat(warming.size()).isEqualTo(1);
        assertThat(warming.awaits("a")).isFalse();
        assertThat(warming.arrived("a")).isEmpty();
        assertThat(warming.overdue(10)).isEmpty();
        assertThat(changes(warming.arrived("b"))).containsExactly("route");
    }

    @Test
    void whatIsDroppedNeverComes() {
        warming.hold("route", Set.of("a", "b"), 10);
        warming.hold("stays", Set.of("b"), 10);
        warming.drop("route");
        warming.drop("unknown");
        assertThat(warming.awaits("a")).isFalse();
        assertThat(changes(warming.arrived("b"))).containsExactly("stays");
        assertThat(warming.overdue(10)).isEmpty();
    }
}
