package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.LocalReply;
import io.jigress.api.Resumption;
import io.jigress.api.Services;
import io.jigress.api.TaskResult;
import io.jigress.proxy.call.FilterLimits;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// Tasks of filters that block.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class BlockingTasksTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    /// Runs a task with each request and answers with its outcome.
    private static StepFilter running(Duration deadline, Callable<String> task) {
        return StepFilter.each((services, exchange) -> run(services, exchange, deadline, task));
    }

    private static FilterDecision run(Services services, Exchange exchange, Duration deadline, Callable<String> task) {
        Resumption resumption = exchange.suspend(SOON, FilterDecision.CONTINUE);
        Thread loop = Thread.currentThread();
        services.blocking(task, deadline, (TaskResult<String> result) -> {
            assertThat(Thread.currentThread()).isSameAs(loop);
            resumption.resume(new FilterDecision.Reply(LocalReply.text(200, told(result), "told")));
        });
        return new FilterDecision.Wait(resumption);
    }

    private static String told(TaskResult<String> result) {
        return switch (result) {
            case TaskResult.Done<String>(String value) -> value;
            case TaskResult.Failed<String>(Throwable cause) -> "failed: " + cause.getMessage();
            case TaskResult.Late<String>(Duration deadline) -> "late: " + deadline;
            case TaskResult.Refused<String>(String why) -> "refused: " + why;
        };
    }

    private static GatewayUnderTest.Setup setup(TestUpstream upstream, StepFilter filter) {
        return GatewayUnderTest.to(upstream).filters(filter);
    }

    @Test
    void aTaskRunsOnAVirtualThreadAndItsResultArrivesOnTheEventLoop() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = setup(upstream,
                        running(SOON, () -> String.valueOf(Thread.currentThread().isVirtual())))
                        .start()) {
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("true");
        }
    }

    @Test
    void whatATaskThrowsIsItsResult() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = setup(upstream, running(SOON, () -> {
                    throw new java.io.IOException("no such user");
                })).start()) {
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("failed: no such user");
        }
    }

    @Test
    void aTaskThatIsLateIsInterrupted() throws InterruptedException {
        BlockingQueue<String> ended = new LinkedBlockingQueue<>();
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = setup(upstream, running(Duration.ofMillis(50), () -> block(ended))).start()) {
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("late: PT0.05S");
            assertThat(ended.poll(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
        }
    }

    private static String block(BlockingQueue<String> ended) throws InterruptedException {
        try {
            new CountDownLatch(1).await();
            return "";
        } catch (InterruptedException e) {
            ended.add("interrupted");
            throw e;
        }
    }

    @Test
    void oneMoreThanTheLimitIsRefusedInWords() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(2);
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = setup(upstream, running(SOON, () -> {
                    begun.countDown();
                    end.await();
                    return "done";
                })).filterLimits(new FilterLimits(10, 2)).start();
                TestClient first = gateway.connect();
                TestClient second = gateway.connect();
                TestClient third = gateway.connect()) {
            first.send(TestClient.head("GET", "/") + "\r\n");
            second.send(TestClient.head("GET", "/") + "\r\n");
            begun.await();
            assertThat(third.request("GET", "/").text())
                    .isEqualTo("refused: 2 tasks of filters are running, the most that may (limits.blocking.tasks)");
            end.countDown();
            assertThat(first.readResponse().text()).isEqualTo("done");
            assertThat(second.readResponse().text()).isEqualTo("done");
            assertThat(third.request("GET", "/").text()).isEqualTo("done");
        }
    }

    @Test
    void aFilterThatIsClosedHearsNothing() throws InterruptedException {
        BlockingQueue<String> ended = new LinkedBlockingQueue<>();
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = setup(upstream, StepFilter.each((services, exchange) -> {
                    services.blocking(() -> block(ended), SOON,
                            (TaskResult<@Nullable String> result) -> told.add(result.toString()));
                    return FilterDecision.CONTINUE;
                })).start()) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            gateway.shut();
            assertThat(ended.poll(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
            assertThat(told).isEmpty();
        }
    }

    /// The tasks run at the same time: one after the other they would take 100 s.
    @Test
    void aThousandExchangesWaitForTasksThatSleep() {
        CountDownLatch all = new CountDownLatch(1000);
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = setup(upstream, running(SOON, () -> {
                    all.countDown();
                    all.await();
                    Thread.sleep(100);
                    return "slept";
                })).start()) {
            List<TestClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 1000; i++) {
                    clients.add(gateway.connect().send(TestClient.head("GET", "/") + "\r\n"));
                }
                for (TestClient client : clients) {
                    ReceivedResponse response = client.readResponse();
                    assertThat(response.text()).isEqualTo("slept");
                }
            } finally {
                clients.forEach(TestClient::close);
            }
        }
    }

    /// Each waits until all run, so one that is not started, or only after another has ended, keeps all of them.
    @Test
    void tasksThatBeginInOneTurnOfTheLoopRunAtTheSameTime() {
        int tasks = 200;
        CountDownLatch all = new CountDownLatch(tasks);
        AtomicInteger left = new AtomicInteger(tasks);
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = setup(upstream, StepFilter.each((services, exchange) -> {
                    Resumption resumption = exchange.suspend(SOON, FilterDecision.CONTINUE);
                    for (int i = 0; i < tasks; i++) {
                        services.blocking(() -> {
                            all.countDown();
                            all.await();
                            return "ran";
                        }, SOON, (TaskResult<String> result) -> {
                            if (told(result).equals("ran") && left.decrementAndGet() == 0) {
                                resumption.resume(new FilterDecision.Reply(LocalReply.text(200, "all", "told")));
                            }
                        });
                    }
                    return new FilterDecision.Wait(resumption);
                })).start()) {
            assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("all");
        }
    }

    /// The last of three, so that another task's thread starts it.
    @Test
    void aTaskThatIsCancelledBeforeItRunsIsInterrupted() throws InterruptedException {
        BlockingQueue<String> ended = new LinkedBlockingQueue<>();
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = setup(upstream, StepFilter.each((services, exchange) -> {
                    for (int i = 0; i < 3; i++) {
                        services.blocking(() -> block(ended), SOON,
                                (TaskResult<@Nullable String> result) -> told.add(result.toString())).cancel();
                    }
                    return FilterDecision.CONTINUE;
                })).start()) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            for (int i = 0; i < 3; i++) {
                assertThat(ended.poll(10, TimeUnit.SECONDS)).isEqualTo("interrupted");
            }
            assertThat(told).isEmpty();
        }
    }

    /// One endless loop for each processor takes all carriers of virtual threads; then tasks of other filters still run.
    @Test
    void tasksThatNeverEndLeaveCarriersToOthers() throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        int loops = Runtime.getRuntime().availableProcessors();
        CountDownLatch running = new CountDownLatch(loops);
        int carriers = carriers();
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest gateway = setup(upstream, StepFilter.each((services, exchange) -> exchange.request().path()
                        .equals("/loop") ? run(services, exchange, Duration.ofMillis(50), () -> {
                            running.countDown();
                            while (!stop.get()) {
                                Thread.onSpinWait();
                            }
                            return "";
                        }) : run(services, exchange, SOON, () -> {
                            Thread.sleep(1);
                            return "ran";
                        }))).start()) {
            for (int i = 0; i < loops; i++) {
                assertThat(TestClient.get(gateway.port(), "/loop").text()).startsWith("late");
            }
            running.await();
            for (int i = 0; i < 20; i++) {
                assertThat(TestClient.get(gateway.port(), "/").text()).isEqualTo("ran");
            }
            stop.set(true);
            GatewayUnderTest.await(() -> {
                TestClient.get(gateway.port(), "/");
                return carriers() == carriers;
            }, () -> carriers() + " carriers (expected: " + carriers + ")");
        } finally {
            stop.set(true);
        }
    }

    private static int carriers() {
        return java.lang.management.ManagementFactory.getPlatformMXBean(jdk.management.VirtualThreadSchedulerMXBean.class)
                .getParallelism();
    }
}
