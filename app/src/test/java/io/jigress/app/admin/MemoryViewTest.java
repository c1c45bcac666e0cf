package io.jigress.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.control.JsonParser;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `/memory` of a gateway with two event loops, a folder and a last good state.
class MemoryViewTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-zA-Z.\\[\\]]+)` \\|");

    @TempDir private Path folder;

    private final TestUpstream upstream = TestUpstream.named("up");
    private Wiring wiring;
    private int port;

    @BeforeEach
    void start() throws Exception {
        port = WiringTest.freePort();
        Files.createDirectory(folder.resolve("conf"));
        Files.writeString(folder.resolve("conf/all.yaml"), """
                apiVersion: jigress.io/v1
                kind: Backend
                metadata: {name: shop}
                spec: {endpoints: [{address: 127.0.0.1, port: %d}]}
                ---
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
                  hostnames: [a.example, b.example]
                  rules:
                    - matches: [{path: {value: /one}}, {path: {value: /two}}]
                      filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-a, value: b}]}}]
                      backendRefs: [{group: jigress.io, kind: Backend, name: shop}]
                """.formatted(upstream.port(), port));
        wiring = Wiring.start(Settings.defaults(new Machine(2, 512 << 20))
                .with(KnownSettings.CONFIG_FOLDER, "conf", "test")
                .with(KnownSettings.STATE_FOLDER, "state", "test")
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ACCESS_LOG_ENABLED, true, "test")
                .with(KnownSettings.ACCESS_LOG_PATH, "access.log", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test"), folder);
    }

    @AfterEach
    void stop() {
        wiring.close();
        upstream.close();
    }

    /// Figures by path; for lists the sum.
    private Map<String, Long> memory() {
        String body = TestClient.get(wiring.adminAddress().orElseThrow().getPort(), "/memory").text();
        JsonParser.Result result = JsonParser.parse(body.getBytes(StandardCharsets.UTF_8));
        Map<String, Long> figures = new TreeMap<>();
        add("", ((JsonParser.Result.Parsed) result).json(), figures);
        return figures;
    }

    private static void add(String path, Json json, Map<String, Long> figures) {
        switch (json) {
            case Json.Obj(var members) ->
                members.forEach((name, value) -> add(path.isEmpty() ? name : path + "." + name, value, figures));
            case Json.Arr(var items) -> items.forEach(item -> add(path + "[]", item, figures));
            case Json.Num(var literal) -> figures.merge(path, Long.parseLong(literal), Long::sum);
            case Json.Str _,Json.Bool _,Json.Null _ -> figures.merge(path, 0L, Long::sum);
        }
    }

    @Test
    void theManualTellsEveryFigure() throws IOException {
        Path page = Path.of("").toAbsolutePath();
        while (!Files.exists(page.resolve("docs/admin.md"))) {
            page = page.getParent();
        }
        String text = Files.readString(page.resolve("docs/admin.md"));
        List<String> documented = ROW.matcher(text.substring(text.indexOf("## Memory"))).results()
                .map(MatchResult::group).map(row -> row.replaceAll("[| `]", "")).toList();
        assertThat(documented).containsAll(memory().keySet());
        // Available on Linux only.
        assertThat(memory().keySet()).containsAll(
                documented.stream().filter(figure -> !figure.contains("esident") && !figure.contains("ileBytes")).toList());
    }

    @Test
    void theConfigurationIsCounted() {
        // Two hosts of the route, and that of all others.
        assertThat(memory()).containsEntry("configuration.resources", 3L).containsEntry("configuration.listeners", 1L)
                .containsEntry("configuration.hosts", 3L).containsEntry("configuration.routes", 4L)
                .containsEntry("configuration.clusters", 1L).containsEntry("configuration.problems", 0L);
        assertThat(memory().get("configuration.filters")).isPositive();
        assertThat(memory().get("configuration.resourceBytes")).isBetween(500L, 5_000L);
    }

    @Test
    void whatEventLoopsHoldIsCounted() {
        List<TestClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 5; i++) {
                TestClient client = TestClient.connect(port);
                clients.add(client);
                assertThat(client.request("GET", "/one", "host: a.example").status()).isEqualTo(200);
            }
            Map<String, Long> now = memory();
            // A client may have a response before the loop has counted it as sent.
            while (now.get("clients.unsentBytes") > 0) {
                now = memory();
            }
            assertThat(now).containsEntry("clients.connections", 5L).containsEntry("loops[].connections", 5L)
                    .containsEntry("clients.unsentBytes", 0L)
                    .containsEntry("loops[].accessLog.capacityBytes", 2L << 20);
            assertThat(now.get("loops[].upstream.open")).isPositive().isEqualTo(now.get("loops[].upstream.idle"));
            assertThat(now.get("loops[].pooledHeads")).isPositive();
            assertThat(now.get("loops[].pooledHeadBytes")).isGreaterThanOrEqualTo(4096 * now.get("loops[].pooledHeads"));
            assertThat(now.get("loops[].pooledExchanges")).isPositive();
            assertThat(now.get("loops[].timers")).isGreaterThanOrEqualTo(5);
        } finally {
            clients.forEach(TestClient::close);
        }
    }

    @Test
    void theProcessIsMeasured() {
        Map<String, Long> now = memory();
        assertThat(now.get("heap.usedBytes")).isPositive().isLessThanOrEqualTo(now.get("heap.committedBytes"));
        assertThat(now.get("heap.committedBytes")).isLessThanOrEqualTo(now.get("heap.maxBytes"));
        assertThat(now.get("direct.usedBytes")).isPositive().isLessThanOrEqualTo(now.get("direct.limitBytes"));
        assertThat(now.get("direct.arenas.pinnedBytes")).isLessThanOrEqualTo(now.get("direct.arenas.reservedBytes"));
        assertThat(now.get("code.metaspaceBytes")).isGreaterThan(1 << 20);
        assertThat(now.get("code.codeCacheBytes")).isGreaterThan(1 << 20);
        if (Files.exists(Path.of("/proc/self/status"))) {
            assertThat(now.get("process.residentBytes")).isGreaterThan(now.get("code.metaspaceBytes"))
                    .isLessThanOrEqualTo(now.get("process.peakResidentBytes"));
        }
    }

    @Test
    void theLastGoodStateHasItsSize() throws IOException {
        Path state = folder.resolve("state/last-good.state");
        Map<String, Long> now = memory();
        while (now.get("lastGoodState.fileBytes") == 0) {
            now = memory();
        }
        assertThat(now).containsEntry("lastGoodState.fileBytes", Files.size(state));
    }
}
