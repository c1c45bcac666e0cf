package io.jigress.plugins.process.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.testkit.ManualServices;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Timeouts of one length.
class TimeoutQueueTest {
    private final ManualServices services = new ManualServices();
    private final TimeoutQueue queue = new TimeoutQueue(services, Duration.ofMillis(100));
    private final List<String> expired = new ArrayList<>();

    private class Named extends TimeoutQueue.Entry {
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        void expired() {
            expired.add(name);
        }
    }

    private void pass(int millis) {
        services.advance(Duration.ofMillis(millis));
    }

    @Test
    void eachExpiresAtItsTime() {
        queue.set(new Named("a"));
        pass(30);
        queue.set(new Named("b"));
        pass(69);
        assertThat(expired).isEmpty();
        pass(1);
        assertThat(expired).containsExactly("a");
        pass(29);
        assertThat(expired).containsExactly("a");
        pass(1);
        assertThat(expired).containsExactly("a", "b");
    }

    @Test
    void clearedOnesDoNotExpireWhereverTheyAre() {
        List<Named> entries = List.of(new Named("a"), new Named("b"), new Named("c"), new Named("d"));
        for (Named entry : entries) {
            queue.set(entry);
            pass(1);
        }
        queue.clear(entries.get(0));
        queue.clear(entries.get(2));
        queue.clear(entries.get(3));
        queue.clear(entries.get(3));
        assertThat(entries.get(1).isSet()).isTrue();
        assertThat(entries.get(3).isSet()).isFalse();
        queue.set(new Named("e"));
        pass(200);
        assertThat(expired).containsExactly("b", "e");
    }

    @Test
    void oneThatIsSetAnewHasTheWholeTimeAgain() {
        Named entry = new Named("a");
        queue.set(entry);
        pass(60);
        queue.set(entry);
        pass(99);
        assertThat(expired).isEmpty();
        pass(1);
        assertThat(expired).containsExactly("a");
    }

    @Test
    void oneScheduledTaskServesThemAll() {
        for (int i = 0; i < 1000; i++) {
            Named entry = new Named("a" + i);
            queue.set(entry);
            if (i % 2 == 0) {
                queue.clear(entry);
            }
            assertThat(services.pendingTimers()).isEqualTo(1);
        }
        pass(100);
        assertThat(expired).hasSize(500);
        assertThat(services.pendingTimers()).isZero();
    }

    @Test
    void oneMaySetItselfAndClearOthersWhenItExpires() {
        Named other = new Named("other");
        queue.set(new TimeoutQueue.Entry() {
            @Override
            void expired() {
                expired.add("again");
                queue.clear(other);
                queue.set(this);
            }
        });
        queue.set(other);
        pass(350);
        assertThat(expired).containsExactly("again", "again", "again");
    }

    @Test
    void oneThatThrowsDoesNotStopTheOthers() {
        queue.set(new TimeoutQueue.Entry() {
            @Override
            void expired() {
                throw new IllegalStateException("a fault");
            }
        });
        queue.set(new Named("b"));
        assertThatThrownBy(() -> pass(100)).hasMessage("a fault");
        pass(0);
        assertThat(expired).containsExactly("b");
    }
}
