package io.jigress.sources.nacos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class FollowedDataIdsTest {

    @Test
    void noMoreThanTheLimitAreFollowed() {
        FollowedDataIds followed = new FollowedDataIds(2);
        assertThat(followed.add(Set.of("a", "b", "c", "d"))).hasSize(2);
        assertThat(followed.refused()).isEqualTo(2);
        assertThat(followed.absent(Set.of("a", "b", "c", "d"))).as("only those that are followed are read").hasSize(2);
        for (String dataId : Set.of("a", "b", "c", "d")) {
            followed.read(dataId, "1");
        }
        assertThat(followed.dataIds()).hasSize(2);
    }

    @Test
    void oneThatIsRemovedMakesRoomForAnother() {
        FollowedDataIds followed = new FollowedDataIds(1);
        followed.add(Set.of("a"));
        followed.add(Set.of("a", "b"));
        assertThat(followed.refused()).isEqualTo(1);
        assertThat(followed.remove("a")).isTrue();
        assertThat(followed.remove("b")).isFalse();
        assertThat(followed.add(Set.of("b"))).containsExactly("b");
        assertThat(followed.refused()).isZero();
    }

    @Test
    void oneThatDidNotExistWhenItWasReadIsAbsent() {
        FollowedDataIds followed = new FollowedDataIds(3);
        followed.add(Set.of("a", "b"));
        followed.read("a", "1");
        assertThat(followed.absent(Set.of("a", "b", "c"))).containsExactly("b");
        assertThat(followed.exists("a")).isTrue();
        followed.read("a", "");
        assertThat(followed.exists("a")).isFalse();
    }
}
