package io.jigress.plugins.process.authz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.core.v3.QueryParameter;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext.HttpRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.service.auth.v3.OkHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import io.jigress.plugins.process.PluginGateway;
import io.jigress.testkit.ReceivedRequest;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// External authorization over gRPC, by a server of grpc-java, in a running gateway.
class AuthzTest {
    private static final int DENIED = 7;

    private final TestUpstream upstream = TestUpstream.named("up");
    private AuthzServer server = AuthzServer.answering(_ -> ok(OkHttpResponse.getDefaultInstance()));

    @AfterEach
    void stop() {
        server.close();
        upstream.close();
    }

    private static CheckResponse ok(OkHttpResponse ok) {
        return CheckResponse.newBuilder().setOkResponse(ok).build();
    }

    private static CheckResponse denied(DeniedHttpResponse denied) {
        return CheckResponse.newBuilder().setStatus(com.google.rpc.Status.newBuilder().setCode(DENIED)).setDeniedResponse(denied)
                .build();
    }

    static HeaderValueOption option(String name, String value, HeaderAppendAction action) {
        return HeaderValueOption.newBuilder().setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                .setAppendAction(action).build();
    }

    @SuppressWarnings("deprecation") // append, which servers still set
    static HeaderValueOption append(String name, String value, boolean append) {
        return HeaderValueOption.newBuilder().setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                .setAppend(BoolValue.of(append)).build();
    }

    private PluginGateway gateway(String config, Function<CheckRequest, CheckResponse> answer) {
        server.close();
        server = AuthzServer.answering(answer);
        return gateway(config);
    }

    private PluginGateway gateway(String config) {
        return gateway(server.address(), config);
    }

    private PluginGateway gateway(InetSocketAddress address, String config) {
        // The code of the gateway and of the server runs for the first time.
        String patient = config.contains("grpc_service")
                ? config
                : config.replaceFirst("\\{", "{'grpc_service': {'timeout': '10s'}, ").replace(", }", "}");
        return PluginGateway.to(upstream.address()).cluster("server", "h2c", address).plugin(new AuthzFactory(() -> 0.5), patient)
                .start();
    }

    /// An address at which nobody listens.
    private InetSocketAddress closed() {
        InetSocketAddress address = server.address();
        server.close();
        return address;
    }

    @Test
    void theServerSeesTheRequestAndItsConnection() {
        try (PluginGateway gateway = gateway("{'check_settings': {'context_extensions': {'tenant': 'blue'}}}");
                TestClient client = TestClient.connect(gateway.port())) {
            ReceivedResponse response = client.request("GET", "/cart?id=7", "host: shop.example", "x-a: 1", "X-A: 2");
            assertThat(response.status()).isEqualTo(200);
            CheckRequest request = server.requests().getFirst();
            HttpRequest http = request.getAttributes().getRequest().getHttp();
            assertThat(http.getMethod()).isEqualTo("GET");
            assertThat(http.getPath()).isEqualTo("/cart?id=7");
            assertThat(http.getHost()).isEqualTo("shop.example");
            assertThat(http.getScheme()).isEqualTo("http");
            assertThat(http.getProtocol()).isEqualTo("HTTP/1.1");
            assertThat(http.getSize()).isZero();
            assertThat(http.getHeadersMap()).containsEntry(":method", "GET").containsEntry(":path", "/cart?id=7")
                    .containsEntry(":authority", "shop.example").containsEntry("x-a", "1,2").doesNotContainKey("host");
            assertThat(request.getAttributes().getSource().getAddress().getSocketAddress().getAddress()).isEqualTo("127.0.0.1");
            assertThat(request.getAttributes().getSource().getAddress().getSocketAddress().getPortValue())
                    .isEqualTo(client.localPort());
            assertThat(request.getAttributes().getDestination().getAddress().getSocketAddress().getPortValue())
                    .isEqualTo(gateway.port());
            assertThat(request.getAttributes().getRequest().getTime().getSeconds()).isPositive();
            assertThat(request.getAttributes().getContextExtensionsMap()).containsEntry("tenant", "blue");
        }
    }

    @Test
    void anAllowedRequestGoesOnWithTheServersChanges() {
        OkHttpResponse changes = OkHttpResponse.newBuilder()
                .addHeaders(option("x-user", "ann", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .addHeaders(append("x-list", "b", true))
                .addHeaders(append("x-absent", "b", true))
                .addHeaders(option("x-more", "2", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .addHeaders(option("x-old", "no", HeaderAppendAction.ADD_IF_ABSENT))
                .addHeaders(option("transfer-encoding", "chunked", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .addHeadersToRemove("authorization").addHeadersToRemove("host")
                .addResponseHeadersToAdd(option("x-served", "yes", HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD))
                .addQueryParametersToSet(QueryParameter.newBuilder().setKey("id").setValue("8"))
                .addQueryParametersToRemove("secret").build();
        try (PluginGateway gateway = gateway("{}", _ -> ok(changes))) {
            ReceivedResponse response = TestClient.get(gateway.port(), "/cart?id=7&secret=x&z", "x-list: a", "x-more: 1",
                    "x-old: o",
                    "authorization: t", "x-user: eve");
            ReceivedRequest request = upstream.lastRequest();
            assertThat(request.target()).isEqualTo("/cart?id=8&z");
            assertThat(request.headers().all("x-user")).containsExactly("ann");
            assertThat(request.headers().all("x-list")).containsExactly("a,b");
            assertThat(request.headers().all("x-absent")).isEmpty();
            assertThat(request.headers().all("x-more")).containsExactly("1", "2");
            assertThat(request.headers().all("x-old")).containsExactly("o");
            assertThat(request.headers().all("authorization")).isEmpty();
            assertThat(request.headers().all("host")).containsExactly("localhost");
            assertThat(request.headers().all("transfer-encoding")).isEmpty();
            assertThat(response.headers().all("x-served")).containsExactly("yes");
            assertThat(gateway.metric("jigress_filter_ext_authz_allowed_total")).isEqualTo(1);
            assertThat(gateway.metric("jigress_filter_ext_authz_rejected_mutations_total")).isEqualTo(2);
        }
    }

    @Test
    void aDeniedRequestIsAnsweredAsTheServerSays() {
        DeniedHttpResponse denial = DeniedHttpResponse.newBuilder()
                .setStatus(HttpStatus.newBuilder().setCode(StatusCode.Unauthorized))
                .addHeaders(append("www-authenticate", "Basic", false)).setBody("who are you?").build();
        try (PluginGateway gateway = gateway("{}", _ -> denied(denial))) {
            ReceivedResponse response = TestClient.get(gateway.port(), "/");
            assertThat(response.status()).isEqualTo(401);
            assertThat(response.text()).isEqualTo("who are you?");
            assertThat(response.headers().all("www-authenticate")).containsExactly("Basic");
            assertThat(response.headers().all("content-type")).containsExactly("text/plain");
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void aDenialWithoutDetailsIs403() {
        try (PluginGateway gateway = gateway("{}", _ -> denied(DeniedHttpResponse.getDefaultInstance()))) {
            ReceivedResponse response = TestClient.get(gateway.port(), "/");
            assertThat(response.status()).isEqualTo(403);
            assertThat(response.body()).isEmpty();
        }
    }

    @Test
    void theServerIsShownTheBodyWhichGoesUpstreamToo() {
        try (PluginGateway gateway = gateway("{'with_request_body': {'max_request_bytes': 8}}");
                TestClient client = TestClient.connect(gateway.port())) {
            assertThat(client.request("POST", "/", "12345678".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(200);
            HttpRequest http = server.requests().getFirst().getAttributes().getRequest().getHttp();
            assertThat(http.getBody()).isEqualTo("12345678");
            assertThat(http.getHeadersMap()).containsEntry("x-envoy-auth-partial-body", "false");
            assertThat(upstream.lastRequest().text()).isEqualTo("12345678");
            assertThat(client.request("POST", "/", "123456789".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(413);
            assertThat(server.requests()).hasSize(1);
        }
    }

    @Test
    void aLongBodyIsShownInPartWhenThatIsAllowed() {
        try (PluginGateway gateway = gateway(
                "{'withRequestBody': {'maxRequestBytes': 4, 'allowPartialMessage': true, 'packAsBytes': true}}");
                TestClient client = TestClient.connect(gateway.port())) {
            client.send(TestClient.head("POST", "/", "transfer-encoding: chunked") + "\r\n3\r\nabc\r\n");
            client.send("3\r\ndef\r\n");
            client.send("3\r\nghi\r\n0\r\n\r\n");
            assertThat(client.readResponse().status()).isEqualTo(200);
            HttpRequest http = server.requests().getFirst().getAttributes().getRequest().getHttp();
            assertThat(http.getRawBody().toStringUtf8()).isEqualTo("abcd");
            assertThat(http.getBody()).isEmpty();
            assertThat(http.getHeadersMap()).containsEntry("x-envoy-auth-partial-body", "true");
            assertThat(upstream.lastRequest().text()).isEqualTo("abcdefghi");
        }
    }

    @Test
    void theListsSelectWhichFieldsTheServerSees() {
        try (PluginGateway gateway = gateway("{'allowed_headers': {'patterns': [{'prefix': 'x-'}, {'exact': ':path'}]}, "
                + "'disallowed_headers': {'patterns': [{'exact': 'X-Secret', 'ignore_case': true}]}}")) {
            TestClient.get(gateway.port(), "/a", "x-a: 1", "x-secret: 2", "accept: *");
            assertThat(server.requests().getFirst().getAttributes().getRequest().getHttp().getHeadersMap())
                    .containsKeys(":path", "x-a", "x-request-id").doesNotContainKeys("x-secret", "accept", ":method");
        }
    }

    @Test
    void rawFieldsKeepTheirBytesAndTheirNumber() {
        try (PluginGateway gateway = gateway("{'encode_raw_headers': true}")) {
            TestClient.get(gateway.port(), "/a", "x-a: 1", "x-a: \u00e9");
            HttpRequest http = server.requests().getFirst().getAttributes().getRequest().getHttp();
            assertThat(http.getHeadersMap()).isEmpty();
            assertThat(http.getHeaderMap().getHeadersList()).filteredOn(field -> field.getKey().equals("x-a"))
                    .extracting(field -> field.getRawValue().toString(StandardCharsets.ISO_8859_1))
                    .containsExactly("1", "\u00e9");
        }
    }

    @Test
    void aServerThatDoesNotAnswerGetsTheFailMode() {
        InetSocketAddress closed = closed();
        try (PluginGateway gateway = gateway(closed, "{}")) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(403);
            assertThat(gateway.metric("jigress_filter_ext_authz_errors_total")).isEqualTo(1);
        }
        try (PluginGateway gateway = gateway(closed, "{'status_on_error': {'code': 'ServiceUnavailable'}}")) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(503);
        }
        try (PluginGateway gateway = gateway(closed, "{'failure_mode_allow': true, 'failure_mode_allow_header_add': true}")) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(upstream.lastRequest().headers().all("x-envoy-auth-failure-mode-allowed")).containsExactly("true");
            assertThat(gateway.metric("jigress_filter_ext_authz_failure_mode_allowed_total")).isEqualTo(1);
            assertThat(gateway.closeAndReadLog().getFirst()).contains("ext_authz.error");
        }
    }

    @Test
    void aServerThatAnswersTooLateGetsTheFailMode() {
        try (PluginGateway gateway = gateway("{'grpc_service': {'timeout': '0.1s'}}", _ -> {
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return ok(OkHttpResponse.getDefaultInstance());
        })) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(403);
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void aPluginThatFailsAgainAndAgainIsNotAskedForAWhile() {
        try (PluginGateway gateway = gateway(closed(), "{'failure_mode_allow': true}")) {
            for (int i = 0; i < 25; i++) {
                assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            }
            assertThat(gateway.metric("jigress_filter_ext_authz_quarantined_total")).isBetween(4.0, 5.0);
        }
    }

    @Test
    void metadataGoesToTheAccessLog() {
        Struct metadata = Struct.newBuilder().putFields("User", Value.newBuilder().setStringValue("ann").build())
                .putFields("level", Value.newBuilder().setNumberValue(3).build()).build();
        try (PluginGateway gateway = gateway("{}", _ -> CheckResponse.newBuilder().setDynamicMetadata(metadata).build())) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(gateway.closeAndReadLog().getFirst()).contains("\"ext_authz.user\":\"ann\"")
                    .contains("\"ext_authz.level\":\"3\"")
                    .contains("ext_authz.ext_authz_duration");
        }
    }

    @Test
    void theRouteIsChosenAnewAfterAChangeWhenConfigured() {
        OkHttpResponse changes = OkHttpResponse.newBuilder().addHeaders(option(":path", "/moved/x",
                HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)).build();
        try (TestUpstream other = TestUpstream.named("other")) {
            server.close();
            server = AuthzServer.answering(_ -> ok(changes));
            try (PluginGateway gateway = PluginGateway.to(upstream.address()).cluster("server", "h2c", server.address())
                    .cluster("other", "http1", other.address()).plugin(new AuthzFactory(() -> 0.5), "{'clear_route_cache': true}")
                    .start()) {
                assertThat(TestClient.get(gateway.port(), "/here").text()).isEqualTo("other");
                assertThat(other.lastRequest().target()).isEqualTo("/moved/x");
            }
        }
    }

    @Test
    void changesThatTheRulesDoNotAllowAreIgnoredOrFailTheRequest() {
        OkHttpResponse changes = OkHttpResponse.newBuilder()
                .addHeaders(option("x-internal", "1", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD))
                .addHeaders(option("x-other", "1", HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)).build();
        String rules = "{'decoder_header_mutation_rules': {'disallow_expression': {'regex': 'x-internal'}, 'disallow_is_error': %s}}";
        try (PluginGateway gateway = gateway(rules.formatted("false"), _ -> ok(changes))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(upstream.lastRequest().headers().all("x-internal")).isEmpty();
            assertThat(upstream.lastRequest().headers().all("x-other")).containsExactly("1");
        }
        try (PluginGateway gateway = gateway(rules.formatted("true"), _ -> ok(changes))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(500);
        }
    }

    @Test
    void aShareOfTheRequestsIsChecked() {
        String share = "{'filter_enabled': {'default_value': {'numerator': %d}}, 'deny_at_disable': {'default_value': %s}}";
        try (PluginGateway gateway = gateway(share.formatted(51, "true"))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(server.requests()).hasSize(1);
        }
        try (PluginGateway gateway = gateway(share.formatted(50, "false"))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(200);
            assertThat(server.requests()).hasSize(1);
        }
        try (PluginGateway gateway = gateway(share.formatted(50, "true"))) {
            assertThat(TestClient.get(gateway.port(), "/").status()).isEqualTo(403);
        }
    }

    @Test
    void metadataOfThePluginIsSentWithEachCall() {
        try (PluginGateway gateway = gateway("{'grpc_service': {'initial_metadata': [{'key': 'x-token', 'value': 't'}]}}")) {
            TestClient.get(gateway.port(), "/");
            assertThat(server.server().calls().getFirst().headers()
                    .get(io.grpc.Metadata.Key.of("x-token", io.grpc.Metadata.ASCII_STRING_MARSHALLER))).isEqualTo("t");
        }
    }

    @Test
    void metricsHaveTheNameOfTheFilter() {
        try (PluginGateway gateway = gateway("{}")) {
            TestClient.get(gateway.port(), "/");
            assertThat(List.of(gateway.metric("jigress_filter_ext_authz_allowed_total"),
                    gateway.metric("jigress_filter_ext_authz_check_seconds_count"))).containsExactly(1.0, 1.0);
        }
    }
}
