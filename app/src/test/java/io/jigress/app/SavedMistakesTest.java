package io.jigress.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.jigress.app.run.ProblemLog;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.Poll;
import io.jigress.testkit.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What a running gateway reports when a mistake is saved: in its log, in its problems, in the statuses of the objects.
class SavedMistakesTest {
    @TempDir private Path folder;
    private final Told told = new Told();
    private int port;
    private Wiring wiring;

    /// The lines of the log of problems.
    private static final class Told extends AppenderBase<ILoggingEvent> {
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getFormattedMessage());
        }

        String next() throws InterruptedException {
            return String.valueOf(lines.poll(20, TimeUnit.SECONDS));
        }
    }

    @BeforeEach
    void start() throws Exception {
        told.start();
        ((Logger) LoggerFactory.getLogger(ProblemLog.class)).addAppender(told);
        port = WiringTest.freePort();
        listeners("{name: http, port: %d, protocol: HTTP}".formatted(port));
        wiring = Wiring.start(Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.CONFIG_FOLDER, ".", "test")
                .with(KnownSettings.CONFIG_FOLDER_VANISH, Duration.ofMillis(300), "test")
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test"), folder);
    }

    @AfterEach
    void stop() {
        wiring.close();
        ((Logger) LoggerFactory.getLogger(ProblemLog.class)).detachAppender(told);
    }

    private void save(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private void listeners(String listeners) throws IOException {
        save("gateway.yaml", """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: main}
                spec:
                  gatewayClassName: jigress
                  listeners: [%s]
                """.formatted(listeners));
    }

    private static String route(String name, String backend) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: %s}
                spec:
                  parentRefs: [{name: main}]
                  rules: [{matches: [{path: {value: /%s}}], backendRefs: [{group: jigress.io, kind: Backend, name: %s}]}]
                """.formatted(name, name, backend);
    }

    @Test
    void theLogSaysWhatIsNewlyWrong() throws Exception {
        save("shop.yaml", route("shop", "gone"));
        assertThat(told.next())
                .isEqualTo("shop.yaml:6: error: HTTPRoute default/shop: spec.rules[0].backendRefs[0].name is \"gone\","
                        + " and there is no Backend default/gone, so that its share of the requests gets 500 (expected: the name of a Backend)");

        save("broken.yaml", "a: b\nkind: [\n");
        assertThat(told.next()).as("and not again what was said").startsWith("broken.yaml:3: error: ");
    }

    @Test
    void metricsTellWhetherTheConfigurationIsInOrder() throws Exception {
        try (TestClient admin = TestClient.connect(wiring.adminAddress().orElseThrow())) {
            assertThat(admin.request("GET", "/metrics").text()).contains("\njigress_config_problems{severity=\"error\"} 0\n")
                    .doesNotContain("\njigress_config_last_success_timestamp_seconds 0.000\n");
            save("shop.yaml", route("shop", "gone"));
            told.next();
            assertThat(admin.request("GET", "/metrics").text()).contains("\njigress_config_problems{severity=\"error\"} 1\n");
        }
    }

    @Test
    void aGatewayWhoseLastListenerWentSaysSo() throws Exception {
        save("gateway.yaml", "");
        assertThat(told.next())
                .startsWith("gateway.yaml: warning: no longer holds Gateway default/main, which stay in effect until");
        assertThat(TestClient.get(port, "/").status()).as("still open").isEqualTo(404);
        assertThat(told.next()).isEqualTo("error: Process jigress: has no listener of a Gateway any more: 127.0.0.1:" + port
                + " was closed by a change of the configuration (expected: a Gateway with a valid listener)");
        assertThat(wiring.live().problems()).hasSize(1);

        listeners("{name: http, port: %d, protocol: HTTP}".formatted(port));
        while (!wiring.live().problems().isEmpty()) {
            Poll.pause();
        }
    }

    @Test
    void theLogDoesNotListThousands() throws Exception {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < ProblemLog.LINES + 5; i++) {
            many.append("---\n").append(route("shop-" + i, "gone"));
        }
        save("shop.yaml", many.toString());

        for (int i = 0; i < ProblemLog.LINES; i++) {
            assertThat(told.next()).matches("shop.yaml:\\d+: error: HTTPRoute default/shop-.*");
        }
        assertThat(told.next()).startsWith("and 5 more");
    }

    @Test
    void anAddressThatTheMachineDoesNotHaveIsSaidAtItsGateway() throws Exception {
        try (TestClient admin = TestClient.connect(wiring.adminAddress().orElseThrow())) {
            // 198.51.100.0/24 is reserved for documentation: no machine has an address in it.
            save("gateway.yaml", """
                    apiVersion: gateway.networking.k8s.io/v1
                    kind: Gateway
                    metadata: {name: main}
                    spec:
                      gatewayClassName: jigress
                      addresses: [{value: 127.0.0.1}, {value: 198.51.100.77}]
                      listeners: [{name: http, port: %d, protocol: HTTP}]
                    """.formatted(port));
            assertThat(told.next()).startsWith("gateway.yaml:6: error: Gateway default/main: spec.addresses has 198.51.100.77")
                    .contains("no network interface", "(expected: an address of this machine)");

            String status = admin.request("GET", "/config/statuses?kind=Gateway").text().replaceAll("\\s+", "");
            assertThat(status).contains("\"type\":\"Accepted\",\"status\":\"True\",\"reason\":\"Accepted\"",
                    "\"type\":\"Programmed\",\"status\":\"False\",\"reason\":\"AddressNotUsable\"", "\"value\":\"127.0.0.1\"")
                    .doesNotContain("\"value\":\"198.51.100.77\"");
            assertThat(TestClient.get(port, "/").status()).isEqualTo(404);
        }
    }

    @Test
    void aPortThatIsTakenIsSaidAtTheGatewayThatAsksForIt() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TestClient admin = TestClient.connect(wiring.adminAddress().orElseThrow())) {
            listeners("{name: http, port: %d, protocol: HTTP}, {name: side, port: %d, protocol: HTTP}".formatted(port,
                    taken.getLocalPort()));
            assertThat(told.next()).startsWith("gateway.yaml:6: error: Gateway default/main: spec.listeners[1].port is not open:")
                    .contains(Integer.toString(taken.getLocalPort()), "taken", "(expected: a free port)");

            assertThat(admin.request("GET", "/config/problems").text()).contains("\"line\": 6", "spec.listeners[1].port");
            String status = admin.request("GET", "/config/statuses?kind=Gateway").text().replaceAll("\\s+", "");
            List<String> listeners = List.of(status.split("\"name\":\"side\"", -1));
            assertThat(listeners).hasSize(2);
            assertThat(listeners.getFirst()).as("the Gateway and its other listener")
                    .contains("\"type\":\"Accepted\",\"status\":\"True\",\"reason\":\"ListenersNotValid\"",
                            "\"type\":\"Programmed\",\"status\":\"True\"");
            assertThat(listeners.getLast()).contains("\"type\":\"Accepted\",\"status\":\"False\",\"reason\":\"PortUnavailable\"",
                    "\"type\":\"Programmed\",\"status\":\"False\"");
            assertThat(TestClient.get(port, "/").status()).isEqualTo(404);
        }
    }

    @Test
    void aTcpPortThatIsTakenIsSaidAtItsGatewayToo() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            listeners("{name: http, port: %d, protocol: HTTP}, {name: redis, port: %d, protocol: TCP}".formatted(port,
                    taken.getLocalPort()));
            assertThat(told.next()).startsWith("gateway.yaml:6: error: Gateway default/main: spec.listeners[1].port is not open:")
                    .contains(Integer.toString(taken.getLocalPort()), "taken", "(expected: a free port)");
            assertThat(TestClient.get(port, "/").status()).isEqualTo(404);
        }
    }
}
