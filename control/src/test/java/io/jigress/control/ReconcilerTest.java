package io.jigress.control;

import static io.jigress.control.Manifests.route;
import static io.jigress.control.Manifests.service;
import static io.jigress.control.Manifests.slice;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.config.GatewayConfig;
import io.jigress.config.PersistentMap;
import io.jigress.testkit.Poll;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
    private final List<Long> translated = new CopyOnWriteArrayList<>();
    private final List<Long> applied = new CopyOnWriteArrayList<>();
    private final List<Long> heard = new CopyOnWriteArrayList<>();
    private final ServiceDirectory services = new ServiceDirectory();

    private volatile Runnable inTranslate = () -> {};
    private volatile Runnable inApply = () -> {};

    private final Reconciler reconciler = new Reconciler(set -> {
        translated.add(set.revision());
        inTranslate.run();
        return new Translation(set.revision(), GatewayConfig.EMPTY, PersistentMap.empty(), PersistentMap.empty());
    }, List.of(services), translation -> {
        inApply.run();
        applied.add(translation.revision());
    }, List.of(live -> heard.add(live.resources().revision())));

    @AfterEach
    void close() {
        reconciler.close();
    }

    @Test
    void aDeliveryIsLiveWhenItsStageCompletes() throws Exception {
        reconciler.start();
        long revision = await(submit(route("shop", "a.yaml", "{}")));
        assertThat(revision).isEqualTo(1);
        assertThat(applied).containsExactly(1L);
        assertThat(reconciler.live().translation().revision()).isEqualTo(1);
        assertThat(reconciler.live().timing().translateNanos()).isPositive();
    }

    @Test
    void translatesOnceEvenWhenThereIsNothing() throws Exception {
        reconciler.start();
        assertThat(await(reconciler.settled())).isZero();
        await(reconciler.settled());
        assertThat(translated).containsExactly(0L);
    }

    @Test
    void whatQueuesWhileItIsBusyBecomesOneRound() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        inTranslate = () -> {
            busy.countDown();
            awaitQuietly(go);
        };
        reconciler.start();
        submit(route("r0", "a.yaml", "{}"));
        busy.await(10, TimeUnit.SECONDS);
        inTranslate = () -> {};
        CompletionStage<Long> last = submit(route("r1", "a.yaml", "{}"));
        for (int i = 2; i <= 100; i++) {
            last = submit(route("r" + i, "a.yaml", "{}"));
        }
        go.countDown();
        assertThat(await(last)).isEqualTo(101);
        assertThat(translated).containsExactly(1L, 101L);
        assertThat(reconciler.live().timing().deliveries()).isEqualTo(100);
    }

    @Test
    void aSourceThatIsFasterIsHeldUp() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        inTranslate = () -> awaitQuietly(go);
        CountDownLatch full = new CountDownLatch(1);
        Thread source = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < Reconciler.QUEUE_LIMIT; i++) {
                submit(route("r" + i, "a.yaml", "{}"));
            }
            full.countDown();
            submit(route("one-more", "a.yaml", "{}"));
        });
        // Not started: no delivery is processed, so the last one has to wait.
        assertThat(full.await(10, TimeUnit.SECONDS)).isTrue();
        awaitState(source, Thread.State.WAITING);
        go.countDown();
        reconciler.start();
        source.join(10_000);
        await(reconciler.settled());
        assertThat(reconciler.live().resources().resources().size()).isEqualTo(Reconciler.QUEUE_LIMIT + 1);
    }

    @Test
    void aSourceThatRelistsAfterAGapDeletesWhatWentMeanwhile() throws Exception {
        reconciler.start();
        ResourceSource.Sink sink = reconciler.sink("cluster");
        sink.changed(List.of(route("r0", "c", "{}"), route("r1", "c", "{}"), service("s", "{}")), List.of(), Map.of());
        sink.replaced(List.of(new ResourceSource.Scope("gateway.networking.k8s.io", "HTTPRoute")),
                List.of(route("r1", "c", "{}")), Map.of());
        await(reconciler.settled());
        assertThat(reconciler.live().resources().resources().size()).isEqualTo(2);
        assertThat(reconciler.live().resources().resources().contains(route("r0", "c", "{}").key())).isFalse();
    }

    @Test
    void endpointsMoveWithoutATranslation() throws Exception {
        reconciler.start();
        List<Endpoints> endpoints = new CopyOnWriteArrayList<>();
        services.watch(new EndpointRef.Named("kubernetes", "default/cart:80"), endpoints::add);
        await(submit(service("cart", "{'ports':[{'port':80}]}")));
        int translations = translated.size();
        await(submit(slice("x", "cart", "'ports':[{'port':80}],'endpoints':[{'addresses':['10.0.0.1']}]")));
        assertThat(endpoints.getLast().endpoints()).hasSize(1);
        assertThat(translated).hasSize(translations);
        assertThat(heard).endsWith(reconciler.live().resources().revision());
    }

    @Test
    void endpointsAreThereBeforeTheTranslationIsApplied() throws Exception {
        List<Endpoints> seen = new CopyOnWriteArrayList<>();
        inApply = () -> services.watch(new EndpointRef.Named("kubernetes", "default/cart:80"), seen::add).close();
        reconciler.start();
        await(reconciler.submit("folder", List.of(service("cart", "{'ports':[{'port':80}]}")), List.of(), Map.of()));
        assertThat(seen.getLast().known()).isTrue();
    }

    @Test
    void aFaultIsShownTheOldStaysAndTheNextRoundTriesAgain() throws Exception {
        reconciler.start();
        await(submit(route("r0", "a.yaml", "{}")));
        inApply = () -> {
            throw new IllegalStateException("planted");
        };
        CompletionStage<Long> failing = submit(route("r1", "a.yaml", "{}"));
        assertThatThrownBy(() -> await(failing)).hasMessageContaining("planted");
        assertThat(reconciler.live().resources().revision()).isEqualTo(1);
        assertThat(reconciler.live().problems()).singleElement()
                .satisfies(p -> assertThat(p.toString()).startsWith("Revision 2: ").contains("planted"));

        inApply = () -> {};
        assertThat(await(reconciler.settled())).isEqualTo(2);
        assertThat(applied).containsExactly(1L, 2L);
        assertThat(reconciler.live().problems()).isEmpty();
    }

    @Test
    void afterTheCloseNothingIsTaken() {
        reconciler.start();
        reconciler.close();
        assertThatThrownBy(() -> await(submit(route("r0", "a.yaml", "{}")))).hasMessageContaining("closed");
    }

    private CompletionStage<Long> submit(Resource resource) {
        return reconciler.submit("folder", List.of(resource), List.of(), Map.of());
    }

    private static long await(CompletionStage<Long> stage) throws Exception {
        return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitState(Thread thread, Thread.State state) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (thread.getState() != state && System.nanoTime() < end) {
            Poll.pause();
        }
        assertThat(thread.getState()).isEqualTo(state);
    }
}
