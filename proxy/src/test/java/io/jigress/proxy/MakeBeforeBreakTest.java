package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.config.EndpointRef;
import io.jigress.config.RouteAction;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/// A changed route serves only when its upstream or filter is ready.
@ExtendWith(NoLeaks.class)
@Timeout(60)
class MakeBeforeBreakTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final TestDirectory directory = new TestDirectory();
    private final TestUpstream a = TestUpstream.named("a");
    private final TestUpstream b = TestUpstream.named("b");

    @AfterEach
    void close() {
        a.close();
        b.close();
    }

    /// All requests are sent to `a`; cluster `b` has its endpoints from the directory.
    private GatewayUnderTest start(Duration warmTimeout) {
        return GatewayUnderTest.setup().directory(directory).warmTimeout(warmTimeout).cluster("a", a.address())
                .cluster(GatewayUnderTest.cluster("b", TestDirectory.named("b"))).route(GatewayUnderTest.forward("all", "/", "a"))
                .start();
    }

    private static ReceivedResponse until(TestClient client, Predicate<ReceivedResponse> wanted) {
        ReceivedResponse response = client.request("GET", "/");
        while (!wanted.test(response)) {
            response = client.request("GET", "/");
        }
        return response;
    }

    private static void assertServes(TestClient client, String upstream) {
        for (int i = 0; i < 50; i++) {
            assertThat(client.request("GET", "/").text()).isEqualTo(upstream);
        }
    }

    @Test
    void aChangedRouteWaitsForTheFirstEndpointsOfItsNewClusterAndNoRequestFails() throws Exception {
        try (GatewayUnderTest gateway = start(LONG);
                TestClient client = gateway.connect();
                ExecutorService clients = Executors.newFixedThreadPool(2)) {
            AtomicBoolean over = new AtomicBoolean();
            List<Future<List<String>>> loads = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                loads.add(clients.submit(() -> load(gateway, over)));
            }
            try {
                assertThat(gateway.apply(GatewayUnderTest.forward("all", "/", "b")).waiting()).isEqualTo(1);
                assertServes(client, "a");
                directory.push("b");
                assertServes(client, "a");
                directory.push("b", b.address());
                until(client, response -> response.text().equals("b"));
                assertServes(client, "b");
            } finally {
                over.set(true);
            }
            for (Future<List<String>> load : loads) {
                assertThat(load.get()).as("first a, then b, and nothing else").containsExactly("a", "b");
            }
        }
    }

    /// Sends requests until it is over; returns which upstreams answered, without repetitions.
    private static List<String> load(GatewayUnderTest gateway, AtomicBoolean over) {
        List<String> answers = new ArrayList<>();
        try (TestClient client = gateway.connect()) {
            while (!over.get()) {
                ReceivedResponse response = client.request("GET", "/");
                String answer = response.status() == 200 ? response.text() : response.toString();
                if (answers.isEmpty() || !answers.getLast().equals(answer)) {
                    answers.add(answer);
                }
            }
        }
        return answers;
    }

    @Test
    void theFirstRoutesAnswer503UntilTheirEndpointsAreKnown() {
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().directory(directory).warmTimeout(LONG)
                .cluster(GatewayUnderTest.cluster("b", TestDirectory.named("b"))).route(GatewayUnderTest.forward("all", "/", "b"))
                .start(); TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").status()).isEqualTo(503);
            assertThat(gateway.gateway().waiting()).isEqualTo(1);
            directory.push("b", b.address());
            GatewayUnderTest.await(() -> gateway.gateway().waiting() == 0, () -> "nothing to wait");
            assertServes(client, "b");
        }
    }

    @Test
    void aRouteWhoseClusterGetsNoEndpointsMovesAtTheWarmTimeout() {
        Duration timeout = Duration.ofMillis(300);
        try (GatewayUnderTest gateway = start(timeout); TestClient client = gateway.connect()) {
            directory.push("b");
            long applied = System.nanoTime();
            gateway.apply(GatewayUnderTest.forward("all", "/", "b"));
            assertThat(client.request("GET", "/").text()).isEqualTo("a");
            until(client, response -> response.status() == 503);
            assertThat(Duration.ofNanos(System.nanoTime() - applied)).isGreaterThanOrEqualTo(timeout);
            directory.push("b", b.address());
            assertServes(client, "b");
        }
    }

    @Test
    void otherChangesAreNotHeldBack() {
        try (GatewayUnderTest gateway = start(LONG); TestClient client = gateway.connect()) {
            gateway.apply(GatewayUnderTest.forward("all", "/", "b"));
            gateway.apply(GatewayUnderTest.route("other", "/other", new RouteAction.Reply(200, "text/plain", "other", "other")));
            assertThat(client.request("GET", "/other").text()).isEqualTo("other");
            assertServes(client, "a");
            directory.push("b", b.address());
            until(client, response -> response.text().equals("b"));
            assertThat(client.request("GET", "/other").text()).isEqualTo("other");
        }
    }

    @Test
    void aClusterWhoseReferenceChangesKeepsItsEndpointsUntilTheNewOnesAreThere() {
        directory.push("one", a.address());
        try (GatewayUnderTest gateway = GatewayUnderTest.setup().directory(directory).warmTimeout(LONG)
                .cluster(GatewayUnderTest.cluster("up", TestDirectory.named("one")))
                .route(GatewayUnderTest.forward("all", "/", "up")).start();
                TestClient client = gateway.connect()) {
            assertServes(client, "a");
            gateway.apply(GatewayUnderTest.cluster("up", TestDirectory.named("two")));
            assertServes(client, "a");
            directory.push("two", b.address());
            until(client, response -> response.text().equals("b"));
            assertServes(client, "b");
            assertThat(directory.watched("one")).as("the old endpoints are followed no more").isFalse();
        }
    }

    @Test
    void aClusterThatTheConfigurationDropsServesTheRouteThatWaitsForAnother() {
        try (GatewayUnderTest gateway = start(LONG); TestClient client = gateway.connect()) {
            gateway.apply(GatewayUnderTest.forward("all", "/", "new"),
                    GatewayUnderTest.cluster("new", TestDirectory.named("new")), "a");
            assertServes(client, "a");
            directory.push("new", b.address());
            until(client, response -> response.text().equals("b"));
        }
    }

    @Test
    void aRouteThatIsDeletedWhileItWaitsStaysAway() {
        try (GatewayUnderTest gateway = start(LONG); TestClient client = gateway.connect()) {
            gateway.apply(GatewayUnderTest.forward("all", "/", "b"));
            assertThat(gateway.delete("all").waiting()).isZero();
            assertThat(client.request("GET", "/").status()).isEqualTo(404);
            directory.push("b", b.address());
            gateway.apply(GatewayUnderTest.route("other", "/other", new RouteAction.Reply(200, "", "", "other")));
            assertThat(client.request("GET", "/other").status()).isEqualTo(200);
            assertThat(client.request("GET", "/").status()).isEqualTo(404);
        }
    }

    @Test
    void aRouteThatIsTakenBackWhileItWaitsGoesOn() {
        try (GatewayUnderTest gateway = start(LONG); TestClient client = gateway.connect()) {
            gateway.apply(GatewayUnderTest.forward("all", "/", "b"));
            assertThat(gateway.apply(GatewayUnderTest.forward("all", "/", "a")).waiting()).isZero();
            directory.push("b", b.address());
            gateway.apply(GatewayUnderTest.route("other", "/other", new RouteAction.Reply(200, "", "", "other")));
            assertServes(client, "a");
        }
    }

    @Test
    void aNewRouteLeavesItsRequestsToOthersUntilItsEndpointsAreKnown() {
        try (GatewayUnderTest gateway = start(LONG); TestClient client = gateway.connect()) {
            gateway.apply(GatewayUnderTest.forward("new", "/new", "b"));
            assertThat(client.request("GET", "/new").text()).isEqualTo("a");
            directory.push("b", b.address());
            ReceivedResponse response = client.request("GET", "/new");
            while (response.text().equals("a")) {
                response = client.request("GET", "/new");
            }
            assertThat(response.text()).isEqualTo("b");
        }
    }

    @Test
    void aNewRouteToAClusterThatHasNoneIsLiveAtOnce() {
        try (GatewayUnderTest gateway = start(LONG); TestClient client = gateway.connect()) {
            directory.push("b");
            assertThat(gateway.apply(GatewayUnderTest.forward("new", "/new", "b")).waiting()).isZero();
            assertThat(client.request("GET", "/new").status()).isEqualTo(503);
        }
    }

    @Test
    void aRouteWaitsForANameInDns() {
        try (GatewayUnderTest gateway = start(LONG); TestClient client = gateway.connect()) {
            assertThat(client.request("GET", "/").text()).isEqualTo("a");
            gateway.apply(GatewayUnderTest.forward("all", "/", "name"),
                    GatewayUnderTest.cluster("name", new EndpointRef.Dns("localhost", b.port())), "a");
            ReceivedResponse response = until(client, each -> !each.text().equals("a"));
            assertThat(response.text()).isEqualTo("b");
        }
    }

    @Test
    void aNameThatDoesNotResolveIsWaitedForUntilTheWarmTimeout() {
        Duration timeout = Duration.ofMillis(300);
        try (GatewayUnderTest gateway = start(timeout); TestClient client = gateway.connect()) {
            long applied = System.nanoTime();
            gateway.apply(GatewayUnderTest.forward("all", "/", "name"),
                    GatewayUnderTest.cluster("name", new EndpointRef.Dns("nowhere.invalid", 80)), "a");
            ReceivedResponse response = until(client, each -> !each.text().equals("a"));
            assertThat(response.status()).isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - applied)).isGreaterThanOrEqualTo(timeout);
        }
    }

    @Test
    void aClosedGatewayFollowsNothing() {
        GatewayUnderTest gateway = start(LONG);
        gateway.apply(GatewayUnderTest.forward("all", "/", "b"));
        assertThat(directory.watched("b")).isTrue();
        gateway.shut();
        assertThat(directory.watched("b")).isFalse();
        directory.push("b", b.address());
        assertThatThrownBy(() -> gateway.apply(GatewayUnderTest.forward("all", "/", "a")))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
    }
}
