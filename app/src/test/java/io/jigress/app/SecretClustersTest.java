package io.jigress.app;

import static io.jigress.app.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.app.sources.Reading;
import io.jigress.app.translate.Translators;
import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A gateway in one cluster whose Secrets describe another; two real API servers, skipped without them.
@Tag("suite")
@Timeout(180)
class SecretClustersTest {
    private static final String NAMESPACE = "members";

    @TempDir private Path folder;
    private ClusterObjects hub;
    private ClusterObjects member;
    private TestUpstream upstream;
    private TcpRelay relay;
    private int port;

    @BeforeEach
    void objects() throws Exception {
        hub = ClusterObjects.in(KubeApiServer.shared(), NAMESPACE);
        member = ClusterObjects.in(KubeApiServer.second(), NAMESPACE);
        upstream = TestUpstream.named("member");
        relay = new TcpRelay(member.address(), upstream.port());
        port = WiringTest.freePort();
        member.gateway(port);
        member.service(relay.port());
        member.route("shop", "/shop");
    }

    @AfterEach
    void clear() {
        if (relay == null) {
            return;
        }
        relay.close();
        upstream.close();
        member.clear("shop", "blog");
        hub.delete("v1", "Secret", "east");
    }

    /// The Secret of the cluster.
    ///
    /// @param port by which the cluster is reached
    private void secret(int port) {
        secret(member.server().portableKubeconfig(port));
    }

    private void secret(String kubeconfig) {
        hub.apply("v1", "Secret", "east", ",'labels':{'jigress.io/cluster':'true'}},'data':{'kubeconfig':'"
                + Base64.getEncoder().encodeToString(kubeconfig.getBytes(UTF_8)) + "'}");
    }

    private Wiring start(int hubPort) throws Exception {
        return Wiring.start(settings(hubPort), folder);
    }

    private Settings settings(int hubPort) {
        return ClusterObjects.settings(hub.server().kubeconfig(folder, hubPort), NAMESPACE)
                .with(KnownSettings.KUBERNETES_NAMESPACES, List.of(NAMESPACE), "test")
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

    private static boolean hasProblem(Wiring wiring, String text) {
        return wiring.live().problems().stream().map(Problem::toString).anyMatch(problem -> problem.contains(text));
    }

    @Test
    void aSecretAddsAClusterWhileTheGatewayRunsAndRemovesItAgain() throws Exception {
        try (Wiring wiring = start(hub.server().port())) {
            assertThat(serves("/shop")).isFalse();
            secret(member.server().port());
            await("the routes of the cluster are served", () -> serves("/shop"));
            assertThat(wiring.live().problems()).isEmpty();
            await("its objects get statuses", () -> member.isAccepted("shop"));
            member.route("blog", "/blog");
            await("it is followed", () -> serves("/blog"));

            hub.delete("v1", "Secret", "east");
            await("its objects go", () -> !serves("/shop"));
            await("nothing of it is left", () -> count(wiring, "east") == 0 && !hasProblem(wiring, "east"));
            secret(member.server().port());
            await("it is there again", () -> serves("/shop") && serves("/blog"));
        }
    }

    /// Watches and connections would be left at the API server, threads and objects here.
    @Test
    void aClusterThatIsAddedAndRemovedAgainAndAgainLeavesNothingBehind() throws Exception {
        try (Wiring wiring = start(hub.server().port())) {
            addAndRemove(wiring);
            int watches = watches();
            int clients = clients(Integer.MAX_VALUE);
            for (int i = 0; i < 12; i++) {
                addAndRemove(wiring);
            }
            await("no watch is left", () -> watches() <= watches);
            assertThat(clients(clients)).as("threads of HTTP clients").isLessThanOrEqualTo(clients);
        }
    }

    private void addAndRemove(Wiring wiring) {
        secret(member.server().portableKubeconfig(member.server().port()));
        await("the routes of the cluster are served", () -> serves("/shop"));
        hub.delete("v1", "Secret", "east");
        await("nothing of it is left", () -> count(wiring, "east") == 0 && !hasProblem(wiring, "east"));
    }

    /// The number of watches at the API server of the member.
    private int watches() {
        return member.server().get("/metrics").body().lines()
                .filter(line -> line.startsWith("apiserver_longrunning_requests{") && line.contains("verb=\"WATCH\""))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).sum();
    }

    /// The number of HTTP clients of this JVM; a client that nobody uses ends when it is collected.
    private static int clients(int atMost) {
        int clients = Integer.MAX_VALUE;
        for (int i = 0; i < 100 && (clients > atMost || i < 5); i++) {
            System.gc();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            clients = (int) Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().matches("HttpClient-\\d+-SelectorManager")).count();
        }
        return clients;
    }

    private static long count(Wiring wiring, String cluster) {
        long[] count = new long[1];
        wiring.live().resources().resources().forEach((key, _) -> count[0] += key.cluster().equals(cluster) ? 1 : 0);
        return count[0];
    }

    @Test
    void commandsThatReadOnceReadTheseClustersToo() throws Exception {
        secret(member.server().port());
        Settings settings = settings(hub.server().port());
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
        secret(member.server().port());
        try (TcpRelay other = new TcpRelay(member.server().port()); Wiring wiring = start(hub.server().port())) {
            await("the routes are served", () -> serves("/shop"));
            other.down();
            secret(other.port());
            await("the outage is told", () -> hasProblem(wiring, "Cluster kubernetes:east: cannot be read from https://127.0.0.1:"
                    + other.port()) && hasProblem(wiring, "serving the last good state of "));
            assertThat(serves("/shop")).as("the objects read last stay").isTrue();
            other.up();
            await("it is read again", () -> wiring.live().problems().isEmpty());
            member.route("blog", "/blog");
            await("by its new way", () -> serves("/blog"));

            secret(member.server().portableKubeconfig(other.port()).replace("{token: ", "{exec: {command: sh}, token: "));
            await("the refusal is told", () -> hasProblem(wiring,
                    "Secret members/east: data.kubeconfig.users[0].user.exec names a program"));
            member.delete(ClusterObjects.GATEWAY_API, "HTTPRoute", "blog");
            await("it is followed as before", () -> !serves("/blog") && serves("/shop"));
        }
    }

    @Test
    void theLastGoodStateCoversClustersOfSecretsThatCannotBeRead() throws Exception {
        secret(member.server().port());
        try (TcpRelay toHub = new TcpRelay(hub.server().port())) {
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
                member.route("blog", "/blog");
                toHub.up();
                await("it has caught up", () -> serves("/blog") && wiring.live().problems().isEmpty());
            }
            hub.delete("v1", "Secret", "east");
            try (Wiring wiring = start(toHub.port())) {
                assertThat(count(wiring, "east")).as("a cluster that was removed meanwhile").isZero();
            }
        }
    }
}
