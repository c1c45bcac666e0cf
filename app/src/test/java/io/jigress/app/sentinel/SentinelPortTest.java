package io.jigress.app.sentinel;

import static io.jigress.app.Awaited.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.ReceivedResponse;
import io.jigress.testkit.Reply;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sends the requests of a Sentinel dashboard, as they are documented.
class SentinelPortTest {
    /// As many requests passed as ended, with an error each.
    private static final Pattern METRICS = Pattern.compile("\\|HTTPRoute default/shop rule 0\\|([1-9]\\d*)\\|0\\|\\1\\|\\1\\|");

    @TempDir private Path folder;
    private int port;
    private Settings settings;

    @BeforeEach
    void write() throws Exception {
        port = WiringTest.freePort();
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Files.writeString(folder.resolve("token"), "s3cret\n");
        Files.writeString(conf.resolve("shop.yaml"), """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [{name: http, port: %d, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: shop}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{backendRefs: [{group: jigress.io, kind: Backend, name: shop}]}]
                ---
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: shop}
                spec: {endpoints: [{address: 127.0.0.1, port: 1}]}
                ---
                apiVersion: jigress.io/v1
                kind: SentinelRule
                metadata: {name: shop}
                spec:
                  targetRefs: [{kind: Gateway, name: main}]
                  dashboard: true
                  fallback: {status: 418}
                  gatewayFlowRules: [{resource: "HTTPRoute default/shop rule 0", count: 1000000}]
                """.formatted(port));
        settings = Settings.defaults(new Machine(1, 512 << 20)).with(KnownSettings.PORTS_HTTP, WiringTest.freePort(), "test")
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, ListenAddress.OFF, "test")
                .with(KnownSettings.SENTINEL_COMMAND_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test");
    }

    @Test
    void aDashboardSeesResourcesAndPushesRules() throws Exception {
        try (TestUpstream dashboard = TestUpstream.answering(Reply.ok("{\"success\":true}"))) {
            Settings beating = settings.with(KnownSettings.SENTINEL_DASHBOARDS, List.of("127.0.0.1:" + dashboard.port()), "test");
            try (Wiring wiring = Wiring.start(beating, folder)) {
                int commands = wiring.sentinelAddress().orElseThrow().getPort();
                until("a heartbeat", () -> !dashboard.requests().isEmpty());
                assertThat(dashboard.requests().getFirst().target()).isEqualTo("/registry/machine");
                assertThat(dashboard.requests().getFirst().text()).contains("app=jigress").contains("app_type=1")
                        .contains("port=" + commands);

                assertThat(TestClient.get(port, "/").status()).isEqualTo(502);
                assertThat(TestClient.get(commands, "/clusterNode").text()).contains("HTTPRoute default/shop rule 0");
                // A request may begin in one second and end in the next.
                until("the metrics of a second", () -> TestClient.get(port, "/").status() == 502
                        && TestClient.get(commands, "/metric?startTime=0").text().lines()
                                .anyMatch(line -> METRICS.matcher(line).find()));

                assertThat(TestClient.get(commands, "/getRules?type=flow").text()).isEqualTo("[]");
                assertThat(set(commands, "/setRules?type=flow", "[{\"resource\": \"HTTPRoute default/shop\", \"count\": 0}]"))
                        .isEqualTo("success");
                assertThat(TestClient.get(port, "/").status()).isEqualTo(418);
                assertThat(TestClient.get(commands, "/getRules?type=flow").text()).contains("\"count\":0");

                assertThat(set(commands, "/setRules?type=flow", "[{\"count\": -1}]")).contains("flowRules[0].count is -1");
                assertThat(TestClient.get(port, "/").status()).as("the rules before").isEqualTo(418);
                assertThat(set(commands, "/setRules?type=flow", "[]")).isEqualTo("success");
                assertThat(TestClient.get(port, "/").status()).isEqualTo(502);

                assertThat(set(commands, "/gateway/updateApiDefinitions",
                        "[{\"apiName\": \"all\", \"predicateItems\": [{\"pattern\": \"/**\", \"matchStrategy\": 1}]}]"))
                        .isEqualTo("success");
                assertThat(set(commands, "/gateway/updateRules", "[{\"resource\": \"all\", \"resourceMode\": 1, \"count\": 0}]"))
                        .isEqualTo("success");
                assertThat(TestClient.get(port, "/").status()).isEqualTo(418);
                assertThat(TestClient.get(commands, "/shutdown").status()).isEqualTo(404);
            }
        }
    }

    @Test
    void aDashboardSeesTheRoleInACluster() throws Exception {
        try (Wiring wiring = Wiring.start(settings, folder)) {
            int commands = wiring.sentinelAddress().orElseThrow().getPort();
            assertThat(TestClient.get(commands, "/getClusterMode").text()).contains("\"mode\":-1");
            assertThat(TestClient.get(commands, "/cluster/client/fetchConfig").text()).isEqualTo("{\"clientState\":0}");
        }
        try (Wiring server = Wiring
                .start(settings.with(KnownSettings.SENTINEL_CLUSTER_ADDRESS, new ListenAddress("127.0.0.1", 0), "test"),
                        folder)) {
            int tokens = server.sentinelCluster().address().orElseThrow().getPort();
            assertThat(TestClient.get(server.sentinelAddress().orElseThrow().getPort(), "/getClusterMode").text())
                    .contains("\"mode\":1");
            try (SentinelCluster client = SentinelCluster
                    .start(settings.with(KnownSettings.SENTINEL_CLUSTER_SERVER, "127.0.0.1:" + tokens, "test"))) {
                until("a connection", client::isReady);
                assertThat(client.mode().toString()).contains("\"mode\":0");
                assertThat(client.clientState().toString()).contains("\"serverPort\":" + tokens).contains("\"clientState\":2");
            }
        }
    }

    @Test
    void aGatewayIsEitherAClientOrATokenServer() {
        Settings both = settings.with(KnownSettings.SENTINEL_CLUSTER_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.SENTINEL_CLUSTER_SERVER, "127.0.0.1:18730", "test");
        assertThatThrownBy(() -> Wiring.start(both, folder)).isInstanceOf(CannotStart.class)
                .hasMessageContaining("expected: one of them");
    }

    @Test
    void aTokenIsAskedForWhereThereIsOne() throws Exception {
        try (Wiring wiring = Wiring.start(settings.with(KnownSettings.SENTINEL_COMMAND_TOKEN_FILE, "token", "test"), folder)) {
            int commands = wiring.sentinelAddress().orElseThrow().getPort();
            assertThat(TestClient.get(commands, "/version").status()).isEqualTo(401);
            assertThat(TestClient.get(commands, "/version?token=other").status()).isEqualTo(401);
            assertThat(TestClient.get(commands, "/version?token=s3cret").status()).isEqualTo(200);
            try (TestClient client = TestClient.connect(commands)) {
                assertThat(client.request("GET", "/version", "Authorization: Bearer s3cret").text()).isEqualTo("1.8.9");
            }
        }
    }

    @Test
    void clientsThatSendHalfARequestHoldUpNobody() throws Exception {
        try (Wiring wiring = Wiring.start(settings, folder)) {
            int commands = wiring.sentinelAddress().orElseThrow().getPort();
            try (TestClient head = TestClient.connect(commands); TestClient body = TestClient.connect(commands)) {
                head.send("GET /version HT");
                body.send(TestClient.head("POST", "/setRules?type=flow", "content-length: 100") + "\r\ndata=");
                assertThat(TestClient.get(commands, "/version").text()).isEqualTo("1.8.9");
            }
        }
    }

    @Test
    void withoutATokenOnlyTheLoopbackAddressIsOpened() {
        assertThatThrownBy(
                () -> Wiring.start(settings.with(KnownSettings.SENTINEL_COMMAND_ADDRESS, new ListenAddress("", 0), "test"),
                        folder))
                .isInstanceOf(CannotStart.class);
    }

    private static String set(int commands, String target, String data) {
        String form = target + (target.contains("?") ? "&" : "?") + "data=" + URLEncoder.encode(data, StandardCharsets.UTF_8);
        ReceivedResponse response = TestClient.get(commands, form);
        return response.text();
    }
}
