package io.jigress.app.registry;

import static io.jigress.app.Awaited.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.app.registry.NacosRegistrant.Place;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/// How instances at a real Nacos server go, and which are left out.
@Tag("suite")
@Timeout(300)
class NacosInstancesTest {

    private NacosServer server;
    private TestGateway gateway;
    private String service;

    @BeforeEach
    void start(TestInfo test) {
        server = NacosServer.get();
        gateway = TestGateway.start(Map.of("registry.empty.keep", "3s"));
        service = test.getTestMethod().orElseThrow().getName();
        gateway.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: nacos}
                spec: {type: nacos, servers: ["%s"]}
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: orders}
                spec: {service: {registry: nacos, name: %s}}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: orders}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: orders}]}]
                """.formatted(server.address(), service));
    }

    @AfterEach
    void stop() {
        if (gateway != null) {
            gateway.close();
        }
    }

    private int status() {
        return TestClient.get(gateway.port(8080), "/").status();
    }

    private String registries() {
        return TestClient.get(gateway.adminPort(), "/registries").text();
    }

    @Test
    void aRequestInFlightFinishesWhenItsInstanceIsOfWeightZero() throws Exception {
        finishes(instance -> instance.weight(0));
    }

    @Test
    void aRequestInFlightFinishesWhenItsInstanceIsDisabled() throws Exception {
        finishes(instance -> instance.enabled(false));
    }

    @Test
    void aRequestInFlightFinishesWhenItsInstanceIsDeregistered() throws Exception {
        finishes(NacosRegistrant::deregister);
    }

    private void finishes(Consumer<NacosRegistrant> leave) throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (TestUpstream slow = TestUpstream.start(call -> {
            call.request();
            arrived.countDown();
            call.await(released);
            call.write(Reply.ok("finished"));
        });
                TestUpstream other = TestUpstream.named("other");
                NacosRegistrant leaving = NacosRegistrant.register(server, service, slow.port())) {
            until("the instance is known", () -> registries().contains("\"used\": 1"));
            CompletableFuture<String> inFlight = CompletableFuture
                    .supplyAsync(() -> TestClient.get(gateway.port(8080), "/").text());
            assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
            try (NacosRegistrant _ = NacosRegistrant.register(server, service, other.port())) {
                until("both are known", () -> registries().contains("\"used\": 2"));
                leave.accept(leaving);
                until("one is left", () -> registries().contains("\"used\": 1"));
                for (int i = 0; i < 10; i++) {
                    assertThat(status()).isEqualTo(200);
                }
                assertThat(other.requests()).hasSize(10);
                assertThat(slow.requests()).hasSize(1);
                assertThat(inFlight).isNotDone();
                released.countDown();
                assertThat(inFlight.get(20, TimeUnit.SECONDS)).isEqualTo("finished");
            }
        } finally {
            released.countDown();
        }
    }

    @Test
    void theLastListIsKeptForAWhileAndThenThereAreNoEndpoints() {
        try (TestUpstream one = TestUpstream.named("one")) {
            try (NacosRegistrant only = NacosRegistrant.register(server, service, one.port())) {
                until("it serves", () -> status() == 200);
                only.deregister();
                until("the list is stale", () -> registries().contains("\"state\": \"stale\""));
                assertThat(status()).isEqualTo(200);
                until("it is no longer kept", () -> status() == 503);
                assertThat(registries()).contains("\"used\": 0");
                assertThat(TestClient.get(gateway.adminPort(), "/metrics").text()).contains("no_endpoints");
            }
            try (NacosRegistrant _ = NacosRegistrant.register(server, service, one.port())) {
                until("it serves again", () -> status() == 200);
            }
        }
    }

    @Test
    void instancesThatCannotBeUsedAreLeftOutAndShown() {
        Place place = Place.of(service);
        try (TestUpstream one = TestUpstream.named("one");
                NacosRegistrant _ = NacosRegistrant.register(server, service, one.port());
                NacosRegistrant _ = NacosRegistrant.register(server, place, "orders.example", 80);
                NacosRegistrant _ = NacosRegistrant.register(server, place, "127.0.0.300", 80);
                NacosRegistrant _ = NacosRegistrant.register(server, place, "127.0.0.2", 0)) {
            until("all are listed", () -> registries().contains("\"listed\": 4"));
            assertThat(registries()).contains("\"used\": 1", "\"faulty\": 3",
                    "orders.example:80 its address is not an IP address",
                    "127.0.0.300:80 its address is not an IP address", "127.0.0.2:0 its port is not from 1 to 65535");
            for (int i = 0; i < 10; i++) {
                assertThat(status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aServerThatIsNotThereIsAProblemAndTheNextOneOfTheListIsUsed() {
        try (TestUpstream one = TestUpstream.named("one");
                NacosRegistrant _ = NacosRegistrant.register(server, service, one.port())) {
            until("it serves", () -> status() == 200);
            servers("\"nowhere.invalid:8848\"");
            until("the server is not found",
                    () -> gateway.problems().toString()
                            .contains("Registry default/nacos: spec.servers is [nowhere.invalid:8848]: "));
            assertThat(status()).as("the last list is in use").isEqualTo(200);
            servers("\"127.0.0.1:1\", \"" + server.address() + "\"");
            until("it is connected", () -> registries().contains("\"connection\": \"connected\""));
            until("there is no problem", () -> gateway.problems().isEmpty());
            try (TestUpstream two = TestUpstream.named("two");
                    NacosRegistrant _ = NacosRegistrant.register(server, service, two.port())) {
                until("a new instance serves", () -> status() == 200 && !two.requests().isEmpty());
            }
        }
    }

    private void servers(String list) {
        gateway.apply("""
                apiVersion: jigress.io/v1
                kind: Registry
                metadata: {name: nacos}
                spec: {type: nacos, servers: [%s]}
                """.formatted(list));
    }
}
