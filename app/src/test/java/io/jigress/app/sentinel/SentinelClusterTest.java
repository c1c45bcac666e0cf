package io.jigress.app.sentinel;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.testkit.Poll;
import io.jigress.testkit.TestClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two whole gateways with one limit, which one of them has.
class SentinelClusterTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int COUNT = 6;

    @TempDir private Path folder;

    @Test
    void twoGatewaysShareOneLimitAndTheSecondGoesOnAloneWithoutTheFirst() throws Exception {
        int first = WiringTest.freePort();
        int second = WiringTest.freePort();
        int tokens = WiringTest.freePort();
        try (Wiring client = Wiring.start(settings("two", second)
                .with(KnownSettings.SENTINEL_CLUSTER_SERVER, "localhost:" + tokens, "test")
                .with(KnownSettings.SENTINEL_CLUSTER_TIMEOUT, Duration.ofSeconds(20), "test"), folder)) {
            try (Wiring server = Wiring.start(settings("one", first).with(KnownSettings.SENTINEL_CLUSTER_ADDRESS,
                    new ListenAddress("127.0.0.1", tokens), "test"), folder)) {
                assertThat(server.sentinelCluster().address().orElseThrow().getPort()).isEqualTo(tokens);
                await(client, true);
                for (int i = 0; i < COUNT / 2; i++) {
                    assertThat(status(first)).isEqualTo(302);
                    assertThat(status(second)).isEqualTo(302);
                }
                assertThat(status(first)).isEqualTo(429);
                assertThat(status(second)).isEqualTo(429);
            }
            await(client, false);
            for (int i = 0; i < COUNT; i++) {
                assertThat(status(second)).as("the rule, applied to the second alone").isEqualTo(302);
            }
            assertThat(status(second)).isEqualTo(429);
        }
    }

    private static int status(int port) {
        return TestClient.get(port, "/").status();
    }

    private static void await(Wiring client, boolean ready) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (client.sentinelCluster().isReady() != ready) {
            assertThat(System.nanoTime() - end).isNegative();
            Poll.pause();
        }
    }

    private Settings settings(String name, int port) throws Exception {
        Path conf = Files.createDirectories(folder.resolve(name));
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
                  rules: [{filters: [{type: RequestRedirect, requestRedirect: {hostname: other.example}}]}]
                ---
                apiVersion: jigress.io/v1
                kind: SentinelRule
                metadata: {name: shop}
                spec:
                  targetRefs: [{kind: HTTPRoute, name: shop}]
                  gatewayFlowRules:
                    - {count: %d, intervalSec: 3600, clusterMode: true, clusterConfig: {flowId: 17, thresholdType: global}}
                """.formatted(port, COUNT));
        return Settings.defaults(new Machine(1, 512 << 20)).with(KnownSettings.PORTS_HTTP, WiringTest.freePort(), "test")
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, ListenAddress.OFF, "test")
                .with(KnownSettings.CONFIG_FOLDER, conf.toString(), "test");
    }
}
