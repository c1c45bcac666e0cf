package io.jigress.proxy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import io.jigress.config.FilterSpec;
import io.jigress.proxy.ManualUpdates;
import io.jigress.proxy.loop.Loop;
import io.jigress.proxy.loop.MemoryBudget;
import io.jigress.proxy.telemetry.AccessLog;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.LoopMetrics;
import io.jigress.proxy.telemetry.Metrics;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.jigress.testkit.Poll;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How long filters live; the test controls the time.
@Timeout(30)
class FilterRegistryTest {
    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final AtomicInteger threads = new AtomicInteger();
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(2, new DefaultThreadFactory("loop") {
        @Override
        public Thread newThread(Runnable run) {
            threads.incrementAndGet();
            return super.newThread(run);
        }
    }, NioIoHandler.newFactory());
    /// How much later it is for the loops, in nanoseconds.
    private final AtomicLong later = new AtomicLong();
    private final Loop[] loops = {loop(0), loop(1)};
    private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    private final List<String> faults = new ArrayList<>();
    private final ManualUpdates time = new ManualUpdates();
    private final List<FilterSlot> prepared = new ArrayList<>();
    private CompletionStage<PreparedFilter> preparation = CompletableFuture.completedFuture(new State());
    private final FilterRegistry registry = new FilterRegistry(List.of(new Factory()), 2, time, prepared::add,
            (loop, _) -> new TimersOnly(loop));

    @AfterEach
    void close() {
        group.shutdownGracefully();
    }

    private Loop loop(int index) {
        LoopMetrics numbers = new Metrics(new MetricsSettings(10, 10), "test", "test").loop();
        return new Loop(index, (EventLoop) group.next(), () -> System.nanoTime() + later.get(), 1, numbers,
                new AccessLog(AccessLogSettings.OFF).writer(numbers), MemoryBudget.ofNetty(256 * 1024, 85, 8, 0));
    }

    private class Factory implements FilterFactory<Boolean> {
        @Override
        public String name() {
            return "probe";
        }

        @Override
        public FilterPhase phase() {
            return FilterPhase.LIMIT;
        }

        @Override
        public int priority() {
            return 0;
        }

        @Override
        public Boolean parse(JsonReader config) {
            config.bool("on", true);
            return true;
        }

        @Override
        public CompletionStage<PreparedFilter> prepare(Boolean config) {
            return preparation;
        }
    }

    private final class State implements PreparedFilter {
        @Override
        public HttpFilter create(Services services) {
            services.schedule(Duration.ofHours(1), () -> ended.add("a task"));
            return new HttpFilter() {
                @Override
                public void close() {
                    ended.add("an instance on " + Thread.currentThread().getName());
                }
            };
        }

        @Override
        public void close() {
            ended.add("the state");
        }
    }

    private static FilterSpec spec(boolean on) {
        return new FilterSpec("probe", "here", FilterPhase.LIMIT, 0, Json.object().put("on", on).build(), "Plugin test/probe");
    }

    private FilterSlot acquire(boolean on) {
        FilterSlot slot = registry.acquire(spec(on), null, faults);
        assertThat(slot).as(faults.toString()).isNotNull();
        return slot;
    }

    private String on(int loop, FilterSlot slot) throws Exception {
        return loops[loop].executor().submit(() -> {
            slot.on(loops[loop]);
            return Thread.currentThread().getName();
        }).get();
    }

    private void release(FilterSlot slot) {
        registry.release(slot);
        registry.retire();
    }

    @Test
    void theStateIsClosedAfterTheInstancesAndTheseOnTheirLoops() throws Exception {
        FilterSlot slot = acquire(true);
        String first = on(0, slot);
        String second = on(1, slot);
        release(slot);
        time.pass(GRACE_NANOS - 1);
        assertThat(ended).as("exchanges under way may still use it").isEmpty();
        time.pass(1);
        assertThat(List.of(ended.take(), ended.take())).containsExactlyInAnyOrder("an instance on " + first,
                "an instance on " + second);
        assertThat(ended.take()).isEqualTo("the state");
        assertThat(registry.size()).isZero();
    }

    @Test
    void anInstanceIsClosedWhenTheLastExchangeThatHasItEnds() throws Exception {
        FilterSlot slot = acquire(true);
        FilterSet set = new FilterSet(List.of(spec(true)), List.of(slot), 2);
        FilterSet.Instances instances = loops[0].executor().submit(() -> {
            FilterSet.Instances made = set.on(loops[0]);
            made.enter();
            made.enter();
            made.leave();
            return made;
        }).get();
        release(slot);
        time.pass(10 * GRACE_NANOS);
        loops[0].executor().submit(() -> {}).get();
        assertThat(ended).as("an exchange still has it").isEmpty();
        loops[0].executor().submit(instances::leave).get();
        assertThat(ended.take()).startsWith("an instance");
        assertThat(ended.take()).isEqualTo("the state");
    }

    @Test
    void whatBecomesReadyAfterItWasGivenUpIsClosed() throws Exception {
        CompletableFuture<PreparedFilter> slow = new CompletableFuture<>();
        preparation = slow;
        FilterRegistry impatient = new FilterRegistry(List.of(new Factory() {
            @Override
            public Duration prepareTimeout() {
                return Duration.ofMillis(1);
            }
        }), 2, time, prepared::add, (loop, _) -> new TimersOnly(loop));
        while (impatient.acquire(spec(true), null, faults) != null) {
            Poll.pause();
        }
        assertThat(faults).singleElement().asString().contains("could not be made ready");
        slow.complete(new State());
        assertThat(ended.take()).isEqualTo("the state");
    }

    @Test
    void aLoopThatMadeNoInstanceHasNoTask() throws Exception {
        FilterSlot slot = acquire(true);
        on(0, slot);
        release(slot);
        time.pass(GRACE_NANOS);
        assertThat(ended.take()).startsWith("an instance");
        assertThat(ended.take()).isEqualTo("the state");
        assertThat(threads).as("a loop starts its thread with its first task").hasValue(1);
    }

    @Test
    void aFilterThatNobodyUsedIsClosedWithoutAnyLoop() {
        release(acquire(true));
        time.pass(GRACE_NANOS);
        assertThat(ended).containsExactly("the state");
        assertThat(threads).hasValue(0);
    }

    @Test
    void ofOneObjectTheLastFourThatNobodyUsesAreKept() {
        for (int i = 0; i < 6; i++) {
            FilterSlot slot = registry.acquire(new FilterSpec("probe", "here", FilterPhase.LIMIT, 0,
                    Json.object().put("on", true).put("revision", Json.of(String.valueOf(i))).build(), "Plugin test/probe"),
                    null, faults);
            assertThat(slot).as(faults.toString()).isNotNull();
            release(slot);
        }
        assertThat(ended).containsExactly("the state", "the state");
        assertThat(registry.size()).isEqualTo(4);
        time.pass(GRACE_NANOS);
        assertThat(ended).hasSize(6);
        assertThat(registry.size()).isZero();
    }

    @Test
    void manyThatGoAtOnceCostOneTask() {
        List<FilterSlot> many = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            FilterSlot slot = registry.acquire(
                    new FilterSpec("probe", "route " + i, FilterPhase.LIMIT, 0, Json.object().build(), "Plugin test/probe"),
                    null, faults);
            assertThat(slot).isNotNull();
            many.add(slot);
        }
        many.forEach(registry::release);
        registry.retire();
        assertThat(time.size()).isEqualTo(1);
        time.pass(GRACE_NANOS);
        assertThat(ended).hasSize(1_000);
        assertThat(registry.size()).isZero();
    }

    @Test
    void aFilterThatComesBackInTimeIsTheSame() {
        FilterSlot slot = acquire(true);
        release(slot);
        time.pass(GRACE_NANOS / 2);
        assertThat(acquire(true)).isSameAs(slot);
        time.pass(GRACE_NANOS);
        assertThat(ended).isEmpty();

        release(slot);
        time.pass(GRACE_NANOS - 1);
        assertThat(ended).isEmpty();
        time.pass(1);
        assertThat(ended).containsExactly("the state");
        assertThat(acquire(true)).isNotSameAs(slot);
    }

    @Test
    void anotherConfigurationIsAnotherFilter() {
        FilterSlot slot = acquire(true);
        assertThat(acquire(true)).isSameAs(slot);
        assertThat(acquire(false)).isNotSameAs(slot);
        assertThat(registry.size()).isEqualTo(2);
        registry.release(slot);
        registry.retire();
        time.pass(GRACE_NANOS);
        assertThat(ended).as("it has a user left").isEmpty();
    }

    @Test
    void whatGetsReadyLaterIsTold() {
        CompletableFuture<PreparedFilter> slow = new CompletableFuture<>();
        preparation = slow;
        FilterSlot slot = acquire(true);
        assertThat(slot.isPreparing()).isTrue();
        slow.complete(new State());
        assertThat(prepared).as("on the applying thread, not on that of the filter").isEmpty();
        time.pass(0);
        assertThat(prepared).containsExactly(slot);
        assertThat(slot.isPreparing()).isFalse();
    }

    @Test
    void whatWasGivenUpBeforeItWasReadyIsClosedOnceItIs() {
        CompletableFuture<PreparedFilter> slow = new CompletableFuture<>();
        preparation = slow;
        release(acquire(true));
        time.pass(GRACE_NANOS);
        assertThat(ended).isEmpty();
        slow.complete(new State());
        assertThat(ended).containsExactly("the state");
    }

    @Test
    void whatCouldNotBeMadeIsTriedAgainByItsLoopAfterAMinute() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        preparation = CompletableFuture.<PreparedFilter>completedFuture(_ -> {
            if (tries.incrementAndGet() == 1) {
                throw new IllegalStateException("not loaded");
            }
            return new HttpFilter() {};
        });
        FilterSlot slot = acquire(true);
        on(0, slot);
        later.addAndGet(TimeUnit.SECONDS.toNanos(20));
        on(0, slot);
        assertThat(tries.get()).isEqualTo(1);
        later.addAndGet(TimeUnit.SECONDS.toNanos(40));
        on(0, slot);
        on(0, slot);
        assertThat(tries.get()).isEqualTo(2);
    }

    @Test
    void whatFailedIsTriedAgainByTheNextWhoAsks() {
        preparation = CompletableFuture.failedFuture(new IllegalStateException("no network"));
        assertThat(registry.acquire(spec(true), null, faults)).isNull();
        assertThat(faults).singleElement().asString().contains("Plugin test/probe", "no network");
        assertThat(registry.size()).isZero();
        preparation = CompletableFuture.completedFuture(new State());
        acquire(true);
    }
}
