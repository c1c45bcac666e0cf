package io.jigress.plugins.process.authz;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.plugins.process.PluginGateway;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// External authorization by an HTTP server, in a running gateway.
class AuthzHttpTest {
    private final TestUpstream upstream = TestUpstream.named("up");

    @AfterEach
    void stop() {
        upstream.close();
    }

    /// With more time for an answer than the 200 ms that a server has otherwise: the first call is slow on a busy machine.
    private PluginGateway gateway(TestUpstream server, String config) {
        return PluginGateway.to(upstream.address()).cluster("server", "http1", server.address())
                .plugin(new AuthzFactory(() -> 0.5),
                        config.replace("'http_service': {", "'http_service': {'server_uri': {'timeout': '10s'}, ").replace(", }",
                                "}"))
                .start();
    }

    @Test
    void theServerIsAskedWithTheHeadOfTheRequest() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok(""));
                PluginGateway gateway = gateway(server, "{'http_service': {'path_prefix': '/check', 'authorization_request': "
                        + "{'headers_to_add': [{'key': 'x-from', 'value': 'gateway'}]}}, "
                        + "'allowed_headers': {'patterns': [{'exact': 'x-tenant'}]}}")) {
            assertThat(TestClient.get(gateway.port(), "/cart?a=1", "host: shop.example", "authorization: t", "x-tenant: blue",
                    "x-other: 1").status()).isEqualTo(200);
            ReceivedRequest asked = server.lastRequest();
            assertThat(asked.method()).isEqualTo("GET");
            assertThat(asked.target()).isEqualTo("/check/cart?a=1");
            assertThat(asked.headers().all("host")).containsExactly("shop.example");
            assertThat(asked.headers().all("authorization")).containsExactly("t");
            assertThat(asked.headers().all("x-tenant")).containsExactly("blue");
            assertThat(asked.headers().all("x-from")).containsExactly("gateway");
            assertThat(asked.headers().all("x-other")).isEmpty();
            assertThat(asked.body()).isEmpty();
        }
    }

    @Test
    void fieldsOfTheAnswerGoToTheUpstreamAndToTheClient() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok("", "x-user: ann", "x-role: b", "x-cookie: c",
                "x-envoy-auth-headers-to-remove: authorization, x-old", "x-hidden: h"));
                PluginGateway gateway = gateway(server, "{'http_service': {'authorization_response': {"
                        + "'allowed_upstream_headers': {'patterns': [{'exact': 'x-user'}]}, "
                        + "'allowed_upstream_headers_to_append': {'patterns': [{'exact': 'x-role'}]}, "
                        + "'allowed_client_headers_on_success': {'patterns': [{'prefix': 'x-cookie'}]}, "
                        + "'dynamic_metadata_from_headers': {'patterns': [{'exact': 'x-user'}]}}}}")) {
            ReceivedResponse response = TestClient.get(gateway.port(), "/", "x-user: eve", "x-role: a", "x-old: o",
                    "authorization: t");
            ReceivedRequest request = upstream.lastRequest();
            assertThat(request.headers().all("x-user")).containsExactly("ann");
            assertThat(request.headers().all("x-role")).containsExactly("a", "b");
            assertThat(request.headers().all("authorization")).isEmpty();
            assertThat(request.headers().all("x-old")).isEmpty();
            assertThat(request.headers().all("x-hidden")).isEmpty();
            assertThat(response.headers().all("x-cookie")).containsExactly("c");
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"ext_authz.x-user\":\"ann\"".replace('-', '_'));
        }
    }

    @Test
    void anyOtherStatusIsTheClientsAnswer() {
        try (TestUpstream server = TestUpstream.answering(Reply.of(302, "go there", "location: /login", "x-a: 1", "x-b: 2"));
                PluginGateway gateway = gateway(server, "{'http_service': {}}");
                PluginGateway some = gateway(server,
                        "{'http_service': {'authorization_response': {'allowed_client_headers': {'patterns': [{'exact': 'x-a'}]}}}}")) {
            ReceivedResponse response = TestClient.get(gateway.port(), "/");
            assertThat(response.status()).isEqualTo(302);
            assertThat(response.text()).isEqualTo("go there");
            assertThat(response.headers().all("location")).containsExactly("/login");
            assertThat(response.headers().all("x-b")).containsExactly("2");
            ReceivedResponse selected = TestClient.get(some.port(), "/");
            assertThat(selected.headers().all("location")).containsExactly("/login");
            assertThat(selected.headers().all("x-a")).containsExactly("1");
            assertThat(selected.headers().all("x-b")).isEmpty();
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void anErrorOfTheServerGetsTheFailMode() {
        try (TestUpstream server = TestUpstream.answering(Reply.of(500, "broken"));
                PluginGateway closed = gateway(server, "{'http_service': {}}");
                PluginGateway open = gateway(server, "{'http_service': {}, 'failure_mode_allow': true}")) {
            assertThat(TestClient.get(closed.port(), "/").status()).isEqualTo(403);
            assertThat(TestClient.get(open.port(), "/").status()).isEqualTo(200);
        }
    }

    @Test
    void theServerIsShownTheBody() {
        try (TestUpstream server = TestUpstream.answering(Reply.ok(""));
                PluginGateway gateway = gateway(server,
                        "{'http_service': {}, 'with_request_body': {'max_request_bytes': 100, 'allow_partial_message': true}}");
                TestClient client = TestClient.connect(gateway.port())) {
            assertThat(client.request("POST", "/", "hello".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(200);
            assertThat(server.lastRequest().text()).isEqualTo("hello");
            assertThat(upstream.lastRequest().text()).isEqualTo("hello");
        }
    }
}
