package io.jigress.app.grpcjson;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The methods of a server of grpc-java are learned from its reflection service.
@Timeout(60)
class ReflectionTest {
    private static final int AT_ONCE = 20;

    private static TestGateway gateway(BookServer server, String config) {
        TestGateway gateway = BookGateway.start(server, "config: " + config);
        assertThat(gateway.problems()).isEmpty();
        return gateway;
    }

    @ParameterizedTest
    @ValueSource(strings = {"{reflection: {}}", "{reflection: {refresh: 10s}, services: [shop.Books]}"})
    void theServerDescribesItsMethods(String config) throws Exception {
        try (BookServer server = BookServer.reflecting();
                TestGateway gateway = gateway(server, config);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<ReceivedResponse>> requests = Stream.<Callable<ReceivedResponse>>generate(
                    () -> () -> TestClient.get(gateway.port(8080), "/v1/books/b")).limit(AT_ONCE).toList();
            for (Future<ReceivedResponse> each : clients.invokeAll(requests)) {
                assertThat(each.get().status()).as(each.get().text()).isEqualTo(200);
                assertThat(each.get().text()).startsWith("{\"name\":\"b\",");
            }
            assertThat(TestClient.get(gateway.port(8080), "/v1/nothing").status()).isEqualTo(404);
        }
    }

    @Test
    void theOlderVersionOfTheServiceIsAskedToo() {
        try (BookServer server = BookServer.reflectingAlpha(); TestGateway gateway = gateway(server, "{reflection: {}}")) {
            assertThat(TestClient.get(gateway.port(8080), "/v1/books/b").status()).isEqualTo(200);
        }
    }

    @Test
    void aServerWithoutReflectionIsAnError() {
        try (BookServer server = BookServer.start(); TestGateway gateway = gateway(server, "{reflection: {}}")) {
            ReceivedResponse response = TestClient.get(gateway.port(8080), "/v1/books/b");
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.text())
                    .isEqualTo("{\"code\":14,\"message\":\"the methods of the upstream are not known: it has no"
                            + " reflection service\"}");
        }
    }

    @Test
    void aServiceThatTheServerDoesNotHaveIsAnError() {
        try (BookServer server = BookServer.reflecting();
                TestGateway gateway = gateway(server, "{reflection: {}, services: [shop.Nobody]}")) {
            ReceivedResponse response = TestClient.get(gateway.port(8080), "/v1/books/b");
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.text()).contains("its reflection service answered");
        }
    }
}
