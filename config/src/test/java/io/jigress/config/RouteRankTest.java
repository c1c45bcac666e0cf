package io.jigress.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.config.RouteRank.PathKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RouteRankTest {

    /// Each differs from the one before in what decides first, and beats it in all that decides later.
    private static final List<RouteRank> BEST_FIRST = List.of(
            new RouteRank(PathKind.EXACT, 1, false, 0, 0, 9, "z/z", 9, 9),
            new RouteRank(PathKind.REGEX, 9, true, 9, 9, 8, "y/y", 8, 8),
            new RouteRank(PathKind.PREFIX, 9, false, 0, 0, 7, "x/x", 7, 7),
            new RouteRank(PathKind.PREFIX, 8, true, 1, 1, 6, "w/w", 6, 6),
            new RouteRank(PathKind.PREFIX, 8, false, 9, 0, 5, "v/v", 5, 5),
            new RouteRank(PathKind.PREFIX, 8, false, 8, 9, 4, "u/u", 4, 4),
            new RouteRank(PathKind.PREFIX, 8, false, 8, 8, 3, "t/t", 3, 3),
            new RouteRank(PathKind.PREFIX, 8, false, 8, 8, 4, "a/a", 2, 2),
            new RouteRank(PathKind.PREFIX, 8, false, 8, 8, 4, "a/b", 1, 1),
            new RouteRank(PathKind.PREFIX, 8, false, 8, 8, 4, "a/b", 2, 0),
            new RouteRank(PathKind.PREFIX, 8, false, 8, 8, 4, "a/b", 2, 1));

    @Test
    void precedenceIsThatOfTheGatewayApi() {
        List<RouteRank> shuffled = new ArrayList<>(BEST_FIRST);
        Collections.shuffle(shuffled, new Random(1));
        assertThat(shuffled.stream().sorted()).isEqualTo(BEST_FIRST);
    }

    @Test
    void isATotalOrderThatAgreesWithEquals() {
        for (int i = 0; i < BEST_FIRST.size(); i++) {
            for (int j = 0; j < BEST_FIRST.size(); j++) {
                assertThat(Integer.signum(BEST_FIRST.get(i).compareTo(BEST_FIRST.get(j)))).isEqualTo(Integer.compare(i, j));
            }
        }
    }

    @Test
    void isTakenFromTheMatch() {
        ValueMatch value = new ValueMatch.Present("a");
        RouteMatch match = new RouteMatch(new PathMatch.Regex("/a.*"), "GET", List.of(value, value), List.of(value));
        assertThat(RouteRank.of(match, 5, "ns/name", 3, 4))
                .isEqualTo(new RouteRank(PathKind.REGEX, 4, true, 2, 1, 5, "ns/name", 3, 4));
        assertThat(RouteRank.of(RouteMatch.ALL, 0, "o", 0, 0))
                .isEqualTo(new RouteRank(PathKind.PREFIX, 1, false, 0, 0, 0, "o", 0, 0));
        assertThat(RouteRank.of(RouteMatch.path(new PathMatch.Exact("/a")), 0, "o", 0, 0).kind()).isEqualTo(PathKind.EXACT);
    }
}
