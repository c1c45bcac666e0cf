package io.jigress.sources.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.config.Endpoint;
import io.jigress.config.EndpointDirectory;
import io.jigress.config.EndpointRef;
import io.jigress.config.Endpoints;
import io.jigress.control.RegistrySettings;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import io.jigress.control.kinds.Registry;
import io.jigress.testkit.Poll;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryDirectoryTest {
    private static final ResourceKey KEY = Kinds.registry("default", "nacos");
    private static final EndpointRef.Named ORDERS = new EndpointRef.Named("registry", "default/nacos/orders");
    private static final EndpointRef.Named CARTS = new EndpointRef.Named("registry", "default/nacos/carts");
    private static final Duration KEEP = Duration.ofMinutes(10);
    private static final Instance ONE = Instance.of("10.0.0.1", 80);
    private static final Instance TWO = Instance.of("10.0.0.2", 80);

    private final ManualLoop loop = new ManualLoop();
    private final ScriptedRegistry registry = new ScriptedRegistry();
    private final RegistryDirectory directory = new RegistryDirectory(Map.of(Registry.Type.NACOS, registry), KEEP, loop,
            SavedEndpoints.NONE);
    private final List<Endpoints> heard = new ArrayList<>();

    private static RegistrySettings settings(String server) {
        return new RegistrySettings(new Registry(Registry.Type.NACOS, List.of(server), "", Map.of(), true), "a.yaml", Map.of(),
                "");
    }

    private void configure(String server) {
        directory.configure(KEY, settings(server));
        loop.run();
    }

    private EndpointDirectory.Watch watch(EndpointRef.Named name) {
        EndpointDirectory.Watch watch = directory.watch(name, heard::add);
        loop.run();
        return watch;
    }

    private void push(Instance... instances) {
        registry.client().push("orders", instances);
        loop.run();
    }

    private List<String> addresses() {
        assertThat(heard.getLast().known()).isTrue();
        return heard.getLast().endpoints().stream().map(Endpoint::address).toList();
    }

    private String shown() {
        return directory.json(ORDERS.name()).toString();
    }

    @Test
    void onlyServicesThatAreWatchedAreFollowedAndNoLongerThanThat() {
        configure("a:1");
        assertThat(registry.clients).as("nobody needs the registry").isEmpty();

        EndpointDirectory.Watch orders = watch(ORDERS);
        EndpointDirectory.Watch again = watch(ORDERS);
        EndpointDirectory.Watch carts = watch(CARTS);
        assertThat(registry.clients).hasSize(1);
        assertThat(registry.client().followed).containsOnlyKeys("orders", "carts");

        orders.close();
        loop.run();
        assertThat(registry.client().followed).containsOnlyKeys("orders", "carts");
        again.close();
        again.close();
        loop.run();
        assertThat(registry.client().followed).containsOnlyKeys("carts");
        assertThat(registry.client().closed).isFalse();

        carts.close();
        loop.run();
        assertThat(registry.client().closed).as("the connection ends with the last service").isTrue();
        watch(ORDERS);
        assertThat(registry.clients).hasSize(2);
    }

    @Test
    void whatIsPushedIsToldAtOnceAndOnceToEveryWatcher() {
        configure("a:1");
        watch(ORDERS);
        assertThat(heard).containsExactly(Endpoints.UNKNOWN);

        push(ONE, TWO);
        assertThat(addresses()).containsExactly("10.0.0.1", "10.0.0.2");
        int before = heard.size();
        push(ONE, TWO);
        assertThat(heard).as("an equal list is no news").hasSize(before);
        push(TWO);
        assertThat(addresses()).containsExactly("10.0.0.2");

        List<Endpoints> second = new ArrayList<>();
        directory.watch(ORDERS, second::add);
        loop.run();
        assertThat(second).containsExactly(heard.getLast());
    }

    @Test
    void aRegistryThatIsFasterThanTheGatewayCostsOneTaskAndTheNewestListCounts() {
        configure("a:1");
        watch(ORDERS);
        for (int i = 1; i <= 1000; i++) {
            registry.client().push("orders", Instance.of("10.0.0.1", i));
        }
        assertThat(loop.waiting()).isEqualTo(1);
        loop.run();
        assertThat(heard).hasSize(2);
        assertThat(heard.getLast().endpoints()).containsExactly(Endpoint.of("10.0.0.1", 1000));
    }

    @Test
    void aServiceWithoutInstancesIsKnownToHaveNone() {
        configure("a:1");
        watch(ORDERS);
        push();
        assertThat(heard).containsExactly(Endpoints.UNKNOWN, new Endpoints(List.of(), true));
    }

    @Test
    void anErrorKeepsTheLastListAndIsShownUntilTheNextList() {
        configure("a:1");
        watch(ORDERS);
        push(ONE);
        registry.client().fail("orders", "403: no right");
        loop.run();
        assertThat(addresses()).containsExactly("10.0.0.1");
        assertThat(shown()).contains("\"error\":\"403: no right\"", "\"state\":\"current\"");
        push(TWO);
        assertThat(shown()).doesNotContain("403");
    }

    @Test
    void anEmptyListKeepsTheLastOneForAWhile() {
        configure("a:1");
        watch(ORDERS);
        push(ONE, TWO);
        push();
        assertThat(addresses()).hasSize(2);
        assertThat(shown()).contains("\"state\":\"stale\"", "\"listed\":0", "\"used\":2");

        loop.advance(KEEP.minusSeconds(1));
        push();
        assertThat(addresses()).as("another empty list does not begin anew").hasSize(2);
        loop.advance(Duration.ofSeconds(1));
        assertThat(addresses()).isEmpty();
        assertThat(shown()).contains("\"state\":\"current\"", "\"used\":0");
    }

    @Test
    void instancesThatComeBackEndTheWait() {
        configure("a:1");
        watch(ORDERS);
        push(ONE);
        push();
        loop.advance(KEEP.minusSeconds(1));
        push(TWO);
        assertThat(addresses()).containsExactly("10.0.0.2");
        loop.advance(KEEP);
        assertThat(addresses()).containsExactly("10.0.0.2");
        push();
        loop.advance(KEEP.minusSeconds(1));
        assertThat(addresses()).as("the next wait is a whole one").containsExactly("10.0.0.2");
    }

    @Test
    void allUnhealthyCountsAsEmptyAllOfflineDoesNot() {
        configure("a:1");
        watch(ORDERS);
        push(ONE);
        push(new Instance("10.0.0.1", 80, 1, true, false, "", Map.of()));
        assertThat(addresses()).containsExactly("10.0.0.1");
        assertThat(shown()).contains("stale", "\"unhealthy\":1");
        push(new Instance("10.0.0.1", 80, 1, false, true, "", Map.of()));
        assertThat(heard.getLast().endpoints()).singleElement().satisfies(e -> assertThat(e.weight()).isZero());
        assertThat(shown()).contains("\"used\":0", "\"resting\":1", "\"state\":\"current\"");
    }

    @Test
    void withAKeepOfZeroAnEmptyListIsBelieved() {
        RegistryDirectory hasty = new RegistryDirectory(Map.of(Registry.Type.NACOS, registry), Duration.ZERO, loop,
                SavedEndpoints.NONE);
        hasty.configure(KEY, settings("a:1"));
        hasty.watch(ORDERS, heard::add);
        loop.run();
        push(ONE);
        push();
        assertThat(addresses()).isEmpty();
    }

    @Test
    void anotherServerIsAskedAndTheLastListServesUntilItAnswers() {
        configure("a:1");
        watch(ORDERS);
        push(ONE);
        ScriptedRegistry.Client first = registry.client();
        configure("a:1");
        assertThat(registry.clients).as("nothing changed").hasSize(1);

        configure("b:1");
        assertThat(first.closed).isTrue();
        assertThat(registry.client().settings.registry().servers()).containsExactly("b:1");
        assertThat(addresses()).containsExactly("10.0.0.1");
        first.push("orders", Instance.of("10.9.9.9", 1));
        loop.run();
        assertThat(addresses()).as("the client before is not heard").containsExactly("10.0.0.1");
        push(TWO);
        assertThat(addresses()).containsExactly("10.0.0.2");
    }

    @Test
    void aLateWordOfTheClientBeforeDoesNotReplaceOneOfThePresentOne() {
        configure("a:1");
        watch(ORDERS);
        ScriptedRegistry.Client first = registry.client();
        configure("b:1");
        registry.client().push("orders", TWO);
        first.push("orders", ONE);
        loop.run();
        assertThat(addresses()).containsExactly("10.0.0.2");
    }

    @Test
    void aRegistryThatIsMissingOrFaultyIsSaidAndUsedOnceItIsThere() {
        watch(ORDERS);
        assertThat(shown()).contains("there is no Registry default/nacos", "\"state\":\"waiting\"");
        directory.configure(KEY,
                new RegistrySettings(settings("a:1").registry(), "a.yaml", Map.of(), "there is no Secret default/x"));
        loop.run();
        assertThat(shown()).contains("there is no Secret default/x");
        assertThat(registry.clients).isEmpty();

        configure("a:1");
        push(ONE);
        assertThat(addresses()).containsExactly("10.0.0.1");
        directory.configure(KEY, null);
        loop.run();
        assertThat(registry.client().closed).isTrue();
        assertThat(addresses()).as("who still watches keeps the last list").containsExactly("10.0.0.1");
        assertThat(shown()).contains("there is no Registry");
    }

    @Test
    void aConnectionThatIsMissingIsAProblemOfTheRegistryWhileAServiceNeedsIt() {
        configure("a:1");
        assertThat(directory.problems()).isEmpty();
        EndpointDirectory.Watch watch = watch(ORDERS);
        registry.client().state = new RegistryClient.State(false, "Connection refused");
        assertThat(directory.problems()).singleElement().hasToString(
                "Registry default/nacos: spec.servers is [a:1]: Connection refused (expected: a registry that answers)");
        assertThat(directory.json().toString())
                .contains("\"connection\":\"not connected\",\"connectionError\":\"Connection refused\"");
        registry.client().state = new RegistryClient.State(true, "login: 403 unknown user");
        assertThat(directory.problems()).singleElement().asString().contains("is [a:1]: login: 403 unknown user");
        registry.client().state = new RegistryClient.State(true, "");
        assertThat(directory.problems()).isEmpty();
        watch.close();
        loop.run();
        assertThat(directory.json().toString()).contains("\"connection\":\"unused\"");
    }

    @Test
    void aClosedDirectoryEndsItsClientsAndTellsNothing() {
        configure("a:1");
        EndpointDirectory.Watch watch = watch(ORDERS);
        ScriptedRegistry.Client client = registry.client();
        directory.close();
        loop.run();
        assertThat(client.closed).isTrue();
        int before = heard.size();
        client.push("orders", ONE);
        loop.run();
        watch.close();
        assertThat(heard).hasSize(before);
    }

    @Test
    void otherNamesAreRefused() {
        assertThatThrownBy(() -> directory.watch(new EndpointRef.Named("kubernetes", "a/b:80"), heard::add))
                .hasMessageContaining("expected: registry namespace/registry/service");
    }

    @Test
    void aStartWhileTheRegistryIsDownUsesTheListsOfTheRunBefore(@TempDir Path folder) {
        SavedEndpoints state = SavedEndpoints.in(folder);
        state.write(Map.of(ORDERS.name(), List.of(new Endpoint("10.0.0.1", 80, 3, "a", Map.of("version", "v1"))), CARTS.name(),
                List.of(Endpoint.of("10.0.0.9", 80))));
        RegistryDirectory second = new RegistryDirectory(Map.of(Registry.Type.NACOS, registry), KEEP, loop, state);
        second.configure(KEY, settings("10.0.0.5:8848"));
        second.watch(ORDERS, heard::add);
        second.watch(CARTS, heard::add);
        loop.run();
        assertThat(heard).allSatisfy(endpoints -> assertThat(endpoints.known()).as("the registry may answer at once").isFalse());
        registry.client().fail("orders", "down");
        loop.run();
        assertThat(heard.getLast().endpoints())
                .containsExactly(new Endpoint("10.0.0.1", 80, 3, "a", Map.of("version", "v1")));
        assertThat(second.json(ORDERS.name()).toString()).contains("\"state\":\"saved\"", "\"used\":1", "\"error\":\"down\"");

        loop.advance(Duration.ofSeconds(1));
        assertThat(addresses()).as("of a registry that says nothing").containsExactly("10.0.0.9");

        push(TWO);
        assertThat(addresses()).containsExactly("10.0.0.2");
        assertThat(second.json(ORDERS.name()).toString()).contains("\"state\":\"current\"");
        push();
        assertThat(second.json(ORDERS.name()).toString()).contains("\"state\":\"stale\"");
    }

    @Test
    void theListsInUseAreKeptOnTheDisk(@TempDir Path folder) {
        SavedEndpoints state = SavedEndpoints.in(folder.resolve("state"));
        RegistryDirectory kept = new RegistryDirectory(Map.of(Registry.Type.NACOS, registry), KEEP, loop, state);
        kept.configure(KEY, settings("10.0.0.5:8848"));
        kept.watch(ORDERS, heard::add);
        loop.run();
        push(ONE, TWO);
        loop.advance(Duration.ofSeconds(3));
        while (state.load().isEmpty()) {
            Poll.pause();
        }
        assertThat(state.load()).isEqualTo(
                Map.of(ORDERS.name(), List.of(Endpoint.of("10.0.0.1", 80), Endpoint.of("10.0.0.2", 80))));
    }

    @Test
    void closingWaitsForAWriteThatIsRunning(@TempDir Path folder) throws Exception {
        SavedEndpoints state = SavedEndpoints.in(folder.resolve("state"));
        RegistryDirectory kept = new RegistryDirectory(Map.of(Registry.Type.NACOS, registry), KEEP, loop, state);
        kept.configure(KEY, settings("10.0.0.5:8848"));
        kept.watch(ORDERS, heard::add);
        loop.run();
        push(ONE);
        CountDownLatch closed = new CountDownLatch(1);
        // A write holds this lock: as long as the test has it, the write is running.
        synchronized (state) {
            loop.advance(Duration.ofSeconds(3));
            Thread.ofPlatform().start(() -> {
                kept.close();
                closed.countDown();
            });
            Thread.ofPlatform().start(() -> {
                while (loop.waiting() == 0) {
                    Poll.pause();
                }
                loop.run();
            });
            assertThat(closed.await(300, TimeUnit.MILLISECONDS)).isFalse();
        }
        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(state.load()).isEqualTo(Map.of(ORDERS.name(), List.of(Endpoint.of("10.0.0.1", 80))));
    }

    @Test
    void aDamagedStateIsEmpty(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("registries.state"), "{\"services\": [{\"servi");
        assertThat(SavedEndpoints.in(folder).load()).isEmpty();
    }
}
