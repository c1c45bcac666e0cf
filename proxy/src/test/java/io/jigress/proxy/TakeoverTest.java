package io.jigress.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// One gateway takes over the port of another that drains, while clients connect without pause.
@ExtendWith(NoLeaks.class)
class TakeoverTest {
    private static final int CLIENTS = 4;

    @Tag("suite")
    @ParameterizedTest(name = "{1} loops on {0}, then {3} on {2}")
    @CsvSource({"epoll, 2, epoll, 2", "epoll, 1, epoll, 3", "epoll, 3, epoll, 1", "io_uring, 2, io_uring, 2",
        "io_uring, 1, io_uring, 3", "io_uring, 3, io_uring, 1", "epoll, 2, io_uring, 2", "io_uring, 2, epoll, 2"})
    void noConnectionFailsWhileAnotherGatewayTakesOver(String transport, int loops, String transportThen, int loopsThen)
            throws Exception {
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest first = GatewayUnderTest.to(a).on(transport, loops).start();
                Clients clients = new Clients(first.port())) {
            clients.awaitServedBy("a", 100);
            CompletableFuture<Void> drained = first.drain(Duration.ofMillis(500));
            clients.awaitLast();
            try (GatewayUnderTest second = GatewayUnderTest.to(b).on(transportThen, loopsThen).port(first.port()).start()) {
                drained.get(10, TimeUnit.SECONDS);
                first.gateway().close();
                clients.awaitServedBy("b", 500);
                assertThat(clients.failures()).isEmpty();
                assertThat(second.port()).isEqualTo(first.port());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring"})
    void takingOverGoesOnFromGatewayToGateway(String transport) throws Exception {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest first = GatewayUnderTest.to(upstream).on(transport, 2).start();
                Clients clients = new Clients(first.port())) {
            int port = first.port();
            GatewayUnderTest now = first;
            for (int i = 0; i < 5; i++) {
                clients.awaitServedBy("a", 100 * (i + 1));
                CompletableFuture<Void> drained = now.drain(Duration.ofMillis(300));
                clients.awaitLast();
                GatewayUnderTest next = GatewayUnderTest.to(upstream).on(transport, 2).port(port).start();
                drained.get(10, TimeUnit.SECONDS);
                now.close();
                now = next;
            }
            assertThat(clients.failures()).isEmpty();
            now.close();
        }
    }

    @Test
    void aGatewayThatDoesNotDrainKeepsItsPort() {
        try (TestUpstream upstream = TestUpstream.named("a");
                GatewayUnderTest first = GatewayUnderTest.to(upstream).on("auto", 2).start()) {
            assertThatThrownBy(() -> GatewayUnderTest.to(upstream).on("auto", 2).port(first.port()).start())
                    .hasMessageContaining("the port is taken");
            for (int i = 0; i < 20; i++) {
                assertThat(TestClient.get(first.port(), "/").text()).isEqualTo("a");
            }
        }
    }

    @Test
    void onlyOneGatewayTakesOver() throws Exception {
        try (TestUpstream a = TestUpstream.named("a");
                TestUpstream b = TestUpstream.named("b");
                GatewayUnderTest first = GatewayUnderTest.to(a).on("auto", 2).start();
                Clients clients = new Clients(first.port())) {
            CompletableFuture<Void> drained = first.drain(Duration.ofSeconds(2));
            clients.awaitLast();
            try (GatewayUnderTest _ = GatewayUnderTest.to(b).on("auto", 2).port(first.port()).start()) {
                assertThatThrownBy(() -> GatewayUnderTest.to(b).on("auto", 2).port(first.port()).start())
                        .hasMessageContaining("the port is taken");
                assertThat(drained).isNotDone();
                drained.get(10, TimeUnit.SECONDS);
                clients.awaitServedBy("b", 100);
                assertThat(clients.failures()).isEmpty();
            }
        }
    }

    /// Clients that open a connection for each request, one after another, until they are closed.
    private static final class Clients implements AutoCloseable {
        private final Map<String, AtomicInteger> served = new ConcurrentHashMap<>();
        private final AtomicInteger last = new AtomicInteger();
        private final AtomicBoolean over = new AtomicBoolean();
        private final List<CompletableFuture<Void>> running = new ArrayList<>();

        Clients(int port) {
            for (int i = 0; i < CLIENTS; i++) {
                running.add(CompletableFuture.runAsync(() -> run(port), Thread.ofPlatform()::start));
            }
        }

        private void run(int port) {
            while (!over.get()) {
                ReceivedResponse response = TestClient.get(port, "/");
                if (response.status() != 200) {
                    throw new AssertionError(response);
                }
                if (response.headers().contains("connection")) {
                    last.incrementAndGet();
                }
                served.computeIfAbsent(response.text(), _ -> new AtomicInteger()).incrementAndGet();
            }
        }

        void awaitServedBy(String upstream, int count) {
            GatewayUnderTest.await(() -> served.getOrDefault(upstream, new AtomicInteger()).get() >= count || failed(),
                    () -> count + " responses of " + upstream);
        }

        /// Waits for a response that announces the end of its connection.
        void awaitLast() {
            int before = last.get();
            GatewayUnderTest.await(() -> last.get() > before || failed(), () -> "a response with connection: close");
        }

        private boolean failed() {
            return running.stream().anyMatch(CompletableFuture::isCompletedExceptionally);
        }

        /// Stops the clients; returns their failures.
        List<Throwable> failures() {
            over.set(true);
            return running.stream().map(each -> each.handle((_, fault) -> fault).join()).filter(Objects::nonNull).toList();
        }

        @Override
        public void close() {
            failures();
        }
    }
}
