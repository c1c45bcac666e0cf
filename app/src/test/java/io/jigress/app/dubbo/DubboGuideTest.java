package io.jigress.app.dubbo;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.Guide;
import io.jigress.app.TestGateway;
import io.jigress.app.run.WiringTest;
import io.jigress.dubbo.sample.DubboProcess;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.curator.test.TestingServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The page about Dubbo, followed word for word with real providers, which are registered in a real ZooKeeper.
@Tag("suite")
@Timeout(120)
class DubboGuideTest {
    private static TestingServer zooKeeper;
    private static DubboProcess provider;
    private static String port;

    @TempDir private Path folder;

    @BeforeAll
    static void provide() throws Exception {
        zooKeeper = new TestingServer();
        provider = DubboProcess.shop("zookeeper://" + zooKeeper.getConnectString(), "interface");
        port = provider.await("port");
    }

    @AfterAll
    static void end() throws Exception {
        provider.close();
        zooKeeper.close();
    }

    private static List<String> examples() throws Exception {
        return Guide.blocks(Guide.page("docs/dubbo.md"), "yaml").stream().map(text -> text.replace("20880}", port + "}")
                .replace("10.0.0.7:2181", zooKeeper.getConnectString())).toList();
    }

    private static ReceivedResponse send(TestGateway gateway, int listener, String method, String target, String body) {
        try (TestClient client = TestClient.connect(gateway.port(listener))) {
            return client.request(method, target, body.getBytes(StandardCharsets.UTF_8), "content-type: application/json");
        }
    }

    @Test
    void theCommandsDoWhatThePageSays() throws Exception {
        try (Guide guide = new Guide(folder)) {
            guide.with("20880", port).with("8081", Integer.toString(WiringTest.freePort()))
                    .file("apiVersion: gateway.networking.k8s.io/v1", "conf/orders.yaml");
            String page = Guide.page("docs/dubbo.md");

            guide.follow(Guide.section(page, "## In five minutes"));
            guide.follow(Guide.section(page, "## From the command line, and as OpenAPI"));

            assertThat(folder.resolve("orders.json")).content().contains("\"openapi\"", "3.1.0", "/orders/{id}");
        }
    }

    /// The parts of a `spec` that the page shows by themselves, together with its first example.
    @Test
    void partsOfASpecAreValid() throws Exception {
        String parts = "";
        for (String text : Guide.blocks(Guide.page("docs/dubbo.md"), "yaml")) {
            parts += text.contains("\nkind: ") ? "" : text.indent(2);
        }
        assertThat(parts).contains("classes:", "errors:");
        try (TestGateway gateway = TestGateway.start()) {
            gateway.apply(examples().getFirst() + parts);
            assertThat(gateway.problems()).isEmpty();
            ReceivedResponse refused = send(gateway, 8081, "POST", "/orders", "{\"article\": \"a-1\", \"count\": 4}");
            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.text()).contains("\"exception\"", "not enough of a-1");
        }
    }

    @Test
    void typesAreThoseThatProvidersPublishInARegistry() throws Exception {
        try (TestGateway gateway = TestGateway.start()) {
            gateway.apply(examples().getFirst().replace("value: /orders", "value: /carts")
                    .replace("kind: DubboService, name: orders", "kind: DubboService, name: carts"));
            gateway.apply(examples().stream().filter(text -> text.contains("com.acme.CartService")).findFirst().orElseThrow());
            String cart = "{\"orders\":[{\"count\":2,\"article\":\"a-1\",\"id\":1}],\"owner\":\"ann\"}";
            RegisteredTypes.until("the provider is found", () -> send(gateway, 8081, "PUT", "/carts/5", cart).status() == 200);
            assertThat(gateway.problems()).isEmpty();
            assertThat(send(gateway, 8081, "GET", "/carts/5", "").text()).isEqualTo(cart);
        }
    }

    @Test
    void tripleProvidersAreCalledByTheSameRequests() throws Exception {
        try (DubboProcess triple = DubboProcess.shop("tri", "zookeeper://" + zooKeeper.getConnectString(), "interface");
                TestGateway gateway = TestGateway.start()) {
            String triplePort = triple.await("port");
            gateway.apply(examples().getFirst());
            gateway.apply(examples().stream().filter(text -> text.contains("50051")).findFirst().orElseThrow().replace("50051",
                    triplePort));
            assertThat(gateway.problems()).isEmpty();
            assertThat(send(gateway, 8081, "GET", "/orders/7", "").text())
                    .isEqualTo("{\"count\":2,\"article\":\"a-1\",\"id\":7}");
            assertThat(send(gateway, 8081, "POST", "/orders", "{\"article\": \"a-2\", \"count\": 1}").text())
                    .contains("\"article\":\"a-2\"");
        }
    }

    @Test
    void anHttp2RpcOfHigressIsServed() throws Exception {
        int listener = 8090;
        try (TestGateway gateway = TestGateway.start(Map.of("ports.http", Integer.toString(listener)))) {
            gateway.apply(Guide.blocks(Guide.page("docs/dubbo.md"), "yaml").stream().filter(text -> text.contains("Http2Rpc"))
                    .findFirst().orElseThrow());
            gateway.apply("""
                    apiVersion: discovery.k8s.io/v1
                    kind: EndpointSlice
                    metadata: {name: stock-1, labels: {kubernetes.io/service-name: stock}}
                    addressType: IPv4
                    ports: [{name: "", port: %s}]
                    endpoints: [{addresses: [127.0.0.1]}]
                    """.formatted(port));
            assertThat(gateway.problems()).isEmpty();
            assertThat(send(gateway, listener, "GET", "/stock?article=a-1", "").text()).isEqualTo("3");
        }
    }
}
