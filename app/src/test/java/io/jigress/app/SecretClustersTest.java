package io.jigress.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Reading;
import io.jigress.app.translate.Translators;
import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A gateway in one cluster whose Secrets describe another; two real API servers, skipped without them.
@Timeout(180)
class SecretClustersTest {
    private static final String GATEWAY_API = "gateway.networking.k8s.io/v1";
    private static final String NAMESPACE = "members";

    @TempDir private Path folder;
    private KubeApiServer hub;
    private KubeApiServer member;
    private TestUpstream upstream;
    /// API servers refuse endpoints with loopback addresses.
    private TcpRelay relay;
    private int port;

    @BeforeEach
    void objects() throws Exception {
        hub = KubeApiServer.shared();
        member = KubeApiServer.second();
        upstream = TestUpstream.named("member");
        InetAddress own = TcpRelay.ownAddress();
        relay = new TcpRelay(own, upstream.port());
        port = WiringTest.freePort();
        hub.namespace(NAMESPACE);
        member.namespace(NAMESPACE);
        apply(member, GATEWAY_API, "Gateway", "main",
                "},'spec':{'gatewayClassName':'jigress','listeners':[{'name':'http','port':" + port + ",'protocol':'HTTP'}]}");
        apply(member, "v1", "Service", "cart", "},'spec':{'ports':[{'port':80}]}");
        apply(member, "discovery.k8s.io/v1", "EndpointSlice", "cart", ",'labels':{'kubernetes.io/service-name':'cart'}},"
                + "'addressType':'IPv4','ports':[{'name':'','port':" + relay.port() + "}],'endpoints':[{'addresses':['"
                + own.getHostAddress() + "']}]}");
        route("shop", "/shop");
    }

    @AfterEach
    void clear() {
        if (relay == null) {
            return;
        }
        relay.close();
        upstream.close();
        for (String name : List.of("shop", "blog")) {
            member.delete(path(GATEWAY_API, "HTTPRoute", name));
        }
        member.delete(path(GATEWAY_API, "Gateway", "main"));
        member.delete(path("v1", "Service", "cart"));
        member.delete(path("discovery.k8s.io/v1", "EndpointSlice", "cart"));
        hub.delete(path("v1", "Secret", "east"));
    }

    private static String path(String apiVersion, String kind, String name) {
        return KubeApiServer.path(apiVersion, kind, NAMESPACE, name);
    }

    private static void apply(KubeApiServer server, String apiVersion, String kind, String name, String rest) {
        server.apply(path(apiVersion, kind, name), "{\"apiVersion\":\"" + apiVersion + "\",\"kind\":\"" + kind
                + "\",\"metadata\":{\"name\":\"" + name + "\"" + rest.replace('\'', '"') + "}").expectSuccess();
    }

    private void route(String name, String prefix) {
        apply(member, GATEWAY_API, "HTTPRoute", name, "},'spec':{'parentRefs':[{'name':'main'}],'rules':[{'matches':[{'path':"
                + "{'value':'" + prefix + "'}}],'backendRefs':[{'name':'cart','port':80}]}]}");
    }

    private void secret(String kubeconfig) {
        apply(hub, "v1", "Secret", "east", ",'labels':{'jigress.io/cluster':'true'}},'data':{'kubeconfig':'"
                + Base64.getEncoder().encodeToString(kubeconfig.getBytes(UTF_8)) + "'}");
    }

    private Wiring start(int hubPort) throws Exception {
        return Wiring.start(settings(hubPort), folder);
    }

    private Settings settings(int hubPort) {
        return Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.KUBERNETES_CONFIG, hub.kubeconfig(folder, hubPort).toString(), "test")
                .with(KnownSettings.KUBERNETES_NAMESPACES, List.of(NAMESPACE), "test")
                .with(KnownSettings.KUBERNETES_LEASE_NAMESPACE, NAMESPACE, "test")
                .with(KnownSettings.KUBERNETES_CLUSTER_SECRETS, "jigress.io/cluster=true", "test")
                .with(KnownSettings.KUBERNETES_CLUSTER_NAMESPACE, NAMESPACE, "test")
                .with(KnownSettings.STATE_FOLDER, folder.resolve("state").toString(), "test")
                .with(KnownSettings.CONFIG_SOURCES, List.of("kubernetes:"), "test");
    }

    private boolean serves(String target) {
        try {
            return TestClient.get(port, target).status() == 200;
        } catch (Exception | AssertionError _) {
            return false;
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    private static boolean hasProblem(Wiring wiring, String text) {
        return wiring.live().problems().stream().map(Problem::toString).anyMatch(problem -> problem.contains(text));
    }

    @Test
    void aSecretAddsAClusterWhileTheGatewayRunsAndRemovesItAgain() throws Exception {
        try (Wiring wiring = start(hub.port())) {
            assertThat(serves("/shop")).isFalse();
            secret(member.portableKubeconfig(member.port()));
            await("the routes of the cluster are served", () -> serves("/shop"));
            assertThat(wiring.live().problems()).isEmpty();
            await("its objects get statuses", () -> member.get(path(GATEWAY_API, "HTTPRoute", "shop")).body()
                    .contains("jigress.io/gateway-controller"));
            route("blog", "/blog");
            await("it is followed", () -> serves("/blog"));

            hub.delete(path("v1", "Secret", "east")).expectSuccess();
            await("its objects go", () -> !serves("/shop"));
            await("nothing of it is left", () -> count(wiring, "east") == 0 && !hasProblem(wiring, "east"));
            secret(member.portableKubeconfig(member.port()));
            await("it is there again", () -> serves("/shop") && serves("/blog"));
        }
    }

    private static long count(Wiring wiring, String cluster) {
        long[] count = new long[1];
        wiring.live().resources().resources().forEach((key, _) -> count[0] += key.cluster().equals(cluster) ? 1 : 0);
        return count[0];
    }

    @Test
    void commandsThatReadOnceReadTheseClustersToo() throws Exception {
        secret(member.portableKubeconfig(member.port()));
        Settings settings = settings(hub.port());
        Reading reading = Reading.of(settings, folder, Translators.of(settings));
        assertThat(
                reading.resources().resources().get(new ResourceKey("east", "gateway.networking.k8s.io", "HTTPRoute", NAMESPACE,
                        "shop")))
                .isNotNull();
        secret("no kubeconfig");
        assertThat(Reading.of(settings, folder, Translators.of(settings)).problems().toString())
                .contains("Secret members/east: data.kubeconfig is of type");
    }

    @Test
    void aChangedSecretReplacesTheSourceWithoutAGap() throws Exception {
        secret(member.portableKubeconfig(member.port()));
        try (TcpRelay other = new TcpRelay(member.port()); Wiring wiring = start(hub.port())) {
            await("the routes are served", () -> serves("/shop"));
            other.down();
            secret(member.portableKubeconfig(other.port()));
            await("the outage is told", () -> hasProblem(wiring, "Cluster kubernetes:east: cannot be read from https://127.0.0.1:"
                    + other.port()) && hasProblem(wiring, "serving the last good state of "));
            assertThat(serves("/shop")).as("the objects read last stay").isTrue();
            other.up();
            await("it is read again", () -> wiring.live().problems().isEmpty());
            route("blog", "/blog");
            await("by its new way", () -> serves("/blog"));

            secret(member.portableKubeconfig(other.port()).replace("{token: ", "{exec: {command: sh}, token: "));
            await("the refusal is told", () -> hasProblem(wiring,
                    "Secret members/east: data.kubeconfig.users[0].user.exec names a program"));
            member.delete(path(GATEWAY_API, "HTTPRoute", "blog")).expectSuccess();
            await("it is followed as before", () -> !serves("/blog") && serves("/shop"));
        }
    }

    @Test
    void theLastGoodStateCoversClustersOfSecretsThatCannotBeRead() throws Exception {
        secret(member.portableKubeconfig(member.port()));
        try (TcpRelay toHub = new TcpRelay(hub.port())) {
            try (Wiring _ = start(toHub.port())) {
                await("the routes are served", () -> serves("/shop"));
            }
            toHub.down();
            try (Wiring wiring = start(toHub.port())) {
                await("what was known is served", () -> serves("/shop"));
                assertThat(
                        hasProblem(wiring, "so that no cluster is added or removed by its Secrets; serving those of the last good"
                                + " state of "))
                        .isTrue();
                route("blog", "/blog");
                toHub.up();
                await("it has caught up", () -> serves("/blog") && wiring.live().problems().isEmpty());
            }
            hub.delete(path("v1", "Secret", "east")).expectSuccess();
            try (Wiring wiring = start(toHub.port())) {
                assertThat(count(wiring, "east")).as("a cluster that was removed meanwhile").isZero();
            }
        }
    }
}
