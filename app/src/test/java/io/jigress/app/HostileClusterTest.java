package io.jigress.app;

import static io.jigress.app.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.control.Problem;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Objects and rights of a real API server that are meant to harm others: only what is wrong suffers, traffic goes on, and the problem is said in words.
/// Skipped without an API server.
@Tag("suite")
@Timeout(180)
class HostileClusterTest {
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static final String PLUGIN = "jigress.io/v1";
    private static final String ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles/";

    private final String namespace = "hostile-" + NAMESPACES.incrementAndGet();
    @TempDir private Path folder;
    private ClusterObjects cluster;
    private TestUpstream upstream;
    private TcpRelay relay;
    private int port;

    @BeforeEach
    void objects() throws Exception {
        cluster = ClusterObjects.in(KubeApiServer.shared(), namespace);
        upstream = TestUpstream.named("shop");
        relay = new TcpRelay(cluster.address(), upstream.port());
        port = WiringTest.freePort();
        cluster.gateway(port);
        cluster.service(relay.port());
        cluster.route("shop", "/shop");
    }

    @AfterEach
    void clear() {
        if (relay != null) {
            relay.close();
            upstream.close();
            cluster.clear("shop", "other");
        }
    }

    private Settings settings(int apiPort, String context) {
        return ClusterObjects.settings(cluster.server().kubeconfig(folder, apiPort), namespace)
                .with(KnownSettings.KUBERNETES_NAMESPACES, List.of(namespace), "test")
                .with(KnownSettings.CONFIG_SOURCES, List.of("kubernetes:" + context), "test");
    }

    private Wiring start() throws Exception {
        return Wiring.start(settings(cluster.server().port(), ""), folder);
    }

    private int status(String target) {
        try {
            return TestClient.get(port, target).status();
        } catch (Exception | AssertionError _) {
            return 0;
        }
    }

    private static List<String> problems(Wiring wiring) {
        return wiring.live().problems().stream().map(Problem::toString).toList();
    }

    private static boolean hasProblem(Wiring wiring, String... parts) {
        return problems(wiring).stream().anyMatch(problem -> List.of(parts).stream().allMatch(problem::contains));
    }

    /// Not by server-side apply, which reads it as YAML.
    private void plugin(String name, String config) {
        cluster.server().create(cluster.path(PLUGIN, "Plugin", ""), ("{'apiVersion':'" + PLUGIN
                + "','kind':'Plugin','metadata':{'name':'" + name + "'},'spec':{'name':'cors','config':" + config + "}}")
                .replace('\'', '"')).expectSuccess();
    }

    @Test
    void aPluginThatIsNestedDeeplyIsAProblemOfThisPluginOnly() throws Exception {
        plugin("deep", "{'a':" + "[".repeat(700) + "]".repeat(700) + "}");
        plugin("long", "{'" + "n".repeat(60_000) + "':1}");
        try (Wiring wiring = start()) {
            assertThat(status("/shop")).isEqualTo(200);
            assertThat(problems(wiring)).allMatch(problem -> problem.startsWith("Plugin " + namespace + "/"))
                    .anyMatch(problem -> problem.startsWith("Plugin " + namespace + "/deep: is not JSON: Document nesting depth"))
                    .anyMatch(problem -> problem.startsWith("Plugin " + namespace + "/long: is not JSON: Name length"));
            plugin("wrong", "{'unknown':1}");
            await("Plugins are followed", () -> hasProblem(wiring, "Plugin " + namespace + "/wrong", "unknown"));
            plugin("deeper", "{'a':" + "[".repeat(5_000) + "]".repeat(5_000) + "}");
            await("one that comes later is a problem", () -> hasProblem(wiring, "Plugin " + namespace + "/deeper"));
            for (String name : List.of("deep", "long", "wrong", "deeper")) {
                cluster.delete(PLUGIN, "Plugin", name);
            }
            await("no problem is left", () -> problems(wiring).isEmpty());
            assertThat(status("/shop")).isEqualTo(200);
        }
    }

    /// Rights of the user `nobody` in all namespaces.
    private void rights(String rules) {
        cluster.server().apply(ROLES + namespace,
                "{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"ClusterRole\",\"metadata\":{\"name\":\"" + namespace
                        + "\"},\"rules\":[" + rules.replace('\'', '"') + "]}")
                .expectSuccess();
    }

    private static String rule(String groups, String resources, String verbs) {
        return "{'apiGroups':[" + groups + "],'resources':[" + resources + "],'verbs':[" + verbs + "]}";
    }

    @Test
    void aRightThatIsTakenAwayIsNamedAndTrafficGoesOn() throws Exception {
        String all = "'','discovery.k8s.io','networking.k8s.io','gateway.networking.k8s.io','jigress.io',"
                + "'networking.higress.io','extensions.higress.io','multicluster.x-k8s.io'";
        String reads = rule(all, "'*'", "'list','watch'");
        String lease = rule("'coordination.k8s.io'", "'leases'", "'get','create','update'");
        String statuses = rule(all, "'*'", "'patch'");
        String events = rule("''", "'events'", "'create'");
        rights(reads + "," + lease + "," + statuses + "," + events);
        cluster.server().apply("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/" + namespace, """
                {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"%s"},
                "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"%s"},
                "subjects":[{"kind":"User","name":"nobody","apiGroup":"rbac.authorization.k8s.io"}]}"""
                .formatted(namespace, namespace)).expectSuccess();
        try (TcpRelay api = new TcpRelay(cluster.server().port());
                Wiring wiring = Wiring.start(settings(api.port(), "nobody"), folder)) {
            await("all rights are there", () -> status("/shop") == 200 && cluster.isAccepted("shop"));
            assertThat(problems(wiring)).isEmpty();

            rights(reads + "," + lease + "," + statuses);
            cluster.apply(ClusterObjects.GATEWAY_API, "HTTPRoute", "other", "},'spec':{'parentRefs':[{'name':'main'}],'rules':["
                    + "{'matches':[{'path':{'value':'/other'}}],'backendRefs':[{'name':'missing','port':80}]}]}");
            await("the Event is missing", () -> hasProblem(wiring, "does not let this gateway create events"));

            rights(reads + "," + lease + "," + events);
            cluster.route("other", "/other");
            await("the status is missing", () -> hasProblem(wiring,
                    "does not let this gateway patch httproutes.gateway.networking.k8s.io/status"));
            // The problem may be one of the object before.
            await("the changed route serves", () -> status("/other") == 200);

            rights(reads + "," + rule("'coordination.k8s.io'", "'leases'", "'get','create'") + "," + statuses + "," + events);
            await("the Lease is missing",
                    () -> hasProblem(wiring, "does not let this gateway update leases.coordination.k8s.io"));

            rights(reads.replace(",'watch'", "") + "," + lease + "," + statuses + "," + events);
            api.cut();
            await("watches are missing", () -> hasProblem(wiring, "does not let this gateway watch ", " services"));
            assertThat(status("/other")).isEqualTo(200);

            rights(lease + "," + statuses + "," + events);
            await("lists are missing", () -> hasProblem(wiring, "does not let this gateway list ", " services"));
            assertThat(status("/shop")).isEqualTo(200);
            assertThat(status("/other")).isEqualTo(200);

            rights(reads + "," + lease + "," + statuses + "," + events);
            cluster.route("other", "/new");
            await("it is followed again", () -> status("/new") == 200);
            await("reading is no problem", () -> !hasProblem(wiring, " list ") && !hasProblem(wiring, " watch "));
        } finally {
            cluster.server().delete("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/" + namespace);
            cluster.server().delete(ROLES + namespace);
        }
    }
}
