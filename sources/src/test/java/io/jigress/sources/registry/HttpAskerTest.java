package io.jigress.sources.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Reply;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HttpAskerTest {
    /// After which a pause takes 15 seconds at least.
    private static final int FAILURES = 20;

    @Test
    void oneRequestIsRetriedSoonAndTheOthersWhenTheRegistryHasAnswered() throws Exception {
        try (TestUpstream server = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.ok("[]"));
        }); HttpAsker asker = new HttpAsker("test", List.of(server.authority()), Map.of(), null)) {
            CountDownLatch others = new CountDownLatch(2);
            CountDownLatch answered = new CountDownLatch(1);
            long began = System.nanoTime();
            asker.retry(FAILURES, () -> asker.get("/", Duration.ofSeconds(5), _ -> answered.countDown()));
            asker.retry(FAILURES, others::countDown);
            asker.retry(FAILURES, others::countDown);
            assertThat(answered.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(others.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void withAConnectionTheFullPauseIsKept() throws Exception {
        try (TestUpstream server = TestUpstream.start(call -> {
            call.request();
            call.write(Reply.ok("[]"));
        }); HttpAsker asker = new HttpAsker("test", List.of(server.authority()), Map.of(), null)) {
            CountDownLatch answered = new CountDownLatch(1);
            asker.get("/", Duration.ofSeconds(5), _ -> answered.countDown());
            assertThat(answered.await(10, TimeUnit.SECONDS)).isTrue();
            CountDownLatch retried = new CountDownLatch(1);
            asker.retry(FAILURES, retried::countDown);
            assertThat(retried.await(2, TimeUnit.SECONDS)).isFalse();
        }
    }
}
