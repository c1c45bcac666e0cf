package io.jigress.control;

import static io.jigress.control.Manifests.route;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.config.GatewayConfig;
import io.jigress.config.PersistentMap;
import io.jigress.control.Reconciler.Live;
import io.jigress.control.Reconciler.Timing;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StatusFlowTest {
    private static final ResourceKey SHOP = route("shop", "c", "{}").key();
    private static final ResourceKey CART = route("cart", "c", "{}").key();

    private final ResourceStore store = new ResourceStore();
    private final StatusFlow flow = new StatusFlow("cluster");
    private PersistentMap<ResourceKey, List<Problem>> problems = PersistentMap.empty();
    private PersistentMap<ResourceKey, Json> statuses = PersistentMap.empty();

    private void live() {
        flow.changed(new Live(store.current(),
                new Translation(store.current().revision(), GatewayConfig.EMPTY, statuses, problems),
                PersistentMap.empty(), List.of(), new Timing(0, 0, 0, 0, 0)));
    }

    private static StatusUpdate update(ResourceKey key, String status) {
        return new StatusUpdate(key, Json.of(status), List.of());
    }

    private void status(ResourceKey key, String text) {
        statuses = statuses.with(key, Json.of(text));
        live();
    }

    private void deliver(String source, Resource... resources) {
        store.change(source, List.of(resources), List.of(), Map.of());
    }

    @Test
    void onlyTheNewestOfManyChangesIsTaken() throws Exception {
        deliver("cluster", route("shop", "c", "{}"));
        for (int i = 0; i < 1000; i++) {
            status(SHOP, "status " + i);
        }
        assertThat(flow.take(0)).containsExactly(update(SHOP, "status 999"));
        assertThat(flow.take(0)).isEmpty();
    }

    @Test
    void onlyWhatChangedIsTakenAndAllAfterARestart() throws Exception {
        deliver("cluster", route("shop", "c", "{}"), route("cart", "c", "{}"));
        status(SHOP, "one");
        status(CART, "one");
        assertThat(flow.take(0)).hasSize(2);
        status(CART, "two");
        assertThat(flow.take(0)).containsExactly(update(CART, "two"));
        flow.restart();
        assertThat(flow.take(0)).hasSize(2);
    }

    @Test
    void aSourceOfAClusterHearsOfItsObjectsByTheNamesThatItGaveThem() throws Exception {
        StatusFlow east = new StatusFlow("east", "east");
        deliver("east", route("shop", "e", "{}").in("east"));
        deliver("west", route("shop", "w", "{}").in("west"));
        statuses = statuses.with(SHOP.in("east"), Json.of("of the east")).with(SHOP.in("west"), Json.of("of the west"));
        east.changed(new Live(store.current(),
                new Translation(store.current().revision(), GatewayConfig.EMPTY, statuses, problems),
                PersistentMap.empty(), List.of(), new Timing(0, 0, 0, 0, 0)));
        assertThat(east.take(0)).containsExactly(update(SHOP, "of the east"));
        assertThat(east.now(SHOP)).contains(update(SHOP, "of the east"));
    }

    @Test
    void aStatusThatIsNoLongerThereIsTold() throws Exception {
        deliver("cluster", route("shop", "c", "{}"));
        status(SHOP, "one");
        flow.take(0);
        statuses = PersistentMap.empty();
        live();
        assertThat(flow.take(0)).containsExactly(new StatusUpdate(SHOP, null, List.of()));
    }

    @Test
    void aProblemIsToldWithTheStatus() throws Exception {
        deliver("cluster", route("shop", "c", "{}"));
        status(SHOP, "one");
        flow.take(0);
        Problem problem = new Problem(SHOP, "c", "spec", "is wrong", "", Problem.Severity.ERROR);
        problems = problems.with(SHOP, List.of(problem));
        live();
        assertThat(flow.take(0)).containsExactly(new StatusUpdate(SHOP, Json.of("one"), List.of(problem)));
    }

    @Test
    void objectsOfOtherSourcesAreLeftOut() throws Exception {
        deliver("folder", route("shop", "a.yaml", "{}"));
        deliver("cluster", route("cart", "c", "{}"));
        status(SHOP, "one");
        status(CART, "one");
        assertThat(flow.take(0)).containsExactly(update(CART, "one"));
        assertThat(flow.now(SHOP)).isEmpty();
        assertThat(flow.now(CART)).contains(update(CART, "one"));
    }

    @Test
    void theWriterWaitsForAChange() throws Exception {
        deliver("cluster", route("shop", "c", "{}"));
        Thread reconciler = Thread.ofPlatform().start(() -> status(SHOP, "one"));
        assertThat(flow.take(TimeUnit.SECONDS.toNanos(20))).hasSize(1);
        reconciler.join();
    }
}
