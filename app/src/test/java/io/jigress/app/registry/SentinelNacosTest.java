package io.jigress.app.registry;

import static io.jigress.app.Awaited.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.TestGateway;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Rules of Sentinel in data ids of a real Nacos server.
@Tag("suite")
class SentinelNacosTest {
    private static final String FLOW = "sentinel-nacos-flow";

    @Test
    void rulesAreEffectiveOnPushAndAMistakeLeavesThoseBefore() throws Exception {
        NacosServer.assumeThree("the requests of the test");
        NacosServer server = NacosServer.get();
        publish(server, FLOW, "[{\"resource\": \"SentinelRule default/shop\", \"count\": 0}]");
        try (TestUpstream upstream = TestUpstream.named("one"); TestGateway gateway = TestGateway.start()) {
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
                    metadata: {name: shop}
                    spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                    ---
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: HTTPRoute
                    metadata: {name: shop}
                    spec:
                      parentRefs: [{name: main}]
                      rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: shop}]}]
                    ---
                    apiVersion: jigress.io/v1
                    kind: SentinelRule
                    metadata: {name: shop}
                    spec:
                      targetRefs: [{kind: HTTPRoute, name: shop}]
                      fallback: {status: 418}
                      nacos: {registry: {name: nacos}, flowRules: %s}
                    """.formatted(server.address(), upstream.port(), FLOW));
            until("the rules of the data id hold", () -> status(gateway) == 418);

            publish(server, FLOW, "[]");
            until("the rule is gone", () -> status(gateway) == 200);

            publish(server, FLOW, "[{\"count\": -1}]");
            until("the mistake is told", () -> gateway.problems().toString().contains("flowRules[0].count is -1"));
            assertThat(status(gateway)).isEqualTo(200);

            publish(server, FLOW, "[{\"count\": 0}]");
            until("rules hold again", () -> status(gateway) == 418);
            assertThat(gateway.problems()).isEmpty();
        }
    }

    private static int status(TestGateway gateway) {
        return TestClient.get(gateway.port(8080), "/").status();
    }

    private static void publish(NacosServer server, String dataId, String text) throws IOException, InterruptedException {
        String form = Map.of("dataId", dataId, "groupName", "SENTINEL_GROUP", "content", text, "type", "json").entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(HttpRequest
                    .newBuilder(URI.create("http://" + server.address() + "/nacos/v3/admin/cs/config"))
                    .header("content-type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString(form)).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        }
    }
}
