package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// References of Plugins to Secrets, and match rules by service, in a running gateway.
@Timeout(60)
class PluginSecretsTest {
    private static final String VALUE = "open-sesame-4711";

    private static String routes(int upstream) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: 8080, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules:
                    - matches: [{path: {value: /cart}}]
                      backendRefs: [{group: jigress.io, kind: Backend, name: cart}]
                    - backendRefs: [{group: jigress.io, kind: Backend, name: shop}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: shop}
                spec: {endpoints: [{address: 127.0.0.1, port: %1$d}]}
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: cart}
                spec: {endpoints: [{address: 127.0.0.1, port: %1$d}]}
                """.formatted(upstream);
    }

    private static String secret(String value) {
        return """
                apiVersion: v1
                kind: Secret
                metadata: {name: login}
                stringData: {token: "%s"}
                """.formatted(value);
    }

    @Test
    void aValueOfASecretIsUsedAndChangedAndNeverShown() {
        try (TestUpstream upstream = TestUpstream
                .start(call -> call.write(Reply.ok(String.valueOf(call.headers().first("x-token")))));
                TestGateway gateway = TestGateway.start()) {
            gateway.apply(routes(upstream.port())).apply(secret(VALUE)).apply("""
                    apiVersion: jigress.io/v1
                    kind: Plugin
                    metadata: {name: token}
                    spec:
                      name: header-modifier
                      config: {request: {set: [{name: x-token, value: "Bearer ${secret.login.token}"}]}}
                      targetRefs: [{kind: HTTPRoute, name: shop}]
                    """);
            int port = gateway.port(8080);
            assertThat(TestClient.get(port, "/").text()).isEqualTo("Bearer " + VALUE);

            gateway.apply(secret("second-" + VALUE));
            assertThat(TestClient.get(port, "/").text()).isEqualTo("Bearer second-" + VALUE);

            // A value that the filter refuses: the message does not have it.
            gateway.apply(secret("third-" + VALUE + "\\r\\n"));
            assertThat(gateway.problems()).isNotEmpty().allMatch(problem -> !problem.toString().contains(VALUE))
                    .anyMatch(problem -> problem.toString().contains("Plugin default/token"));
            assertThat(gateway.explain("GET", "http://localhost/").toString()).doesNotContain(VALUE);
            for (String path : List.of("/config/resources", "/config/problems", "/config/statuses", "/metrics", "/plugins")) {
                assertThat(TestClient.get(gateway.adminPort(), path).text()).as(path).doesNotContain(VALUE);
            }
        }
    }

    @Test
    void aRuleMayBeForTheRoutesToAService() {
        try (TestUpstream upstream = TestUpstream
                .start(call -> call.write(Reply.ok(String.valueOf(call.headers().first("x-rule")))));
                TestGateway gateway = TestGateway.start()) {
            gateway.apply(routes(upstream.port())).apply("""
                    apiVersion: jigress.io/v1
                    kind: Plugin
                    metadata: {name: rules}
                    spec:
                      name: header-modifier
                      config: {request: {set: [{name: x-rule, value: default}]}}
                      matchRules:
                        - backend: [cart]
                          config: {request: {set: [{name: x-rule, value: cart}]}}
                      targetRefs: [{kind: Gateway, name: main}]
                    """);
            assertThat(gateway.problems()).isEmpty();
            assertThat(TestClient.get(gateway.port(8080), "/").text()).isEqualTo("default");
            assertThat(TestClient.get(gateway.port(8080), "/cart").text()).isEqualTo("cart");
        }
    }
}
