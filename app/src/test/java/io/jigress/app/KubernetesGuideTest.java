package io.jigress.app;

import static io.jigress.app.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.Settings;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.sources.manifest.ManifestReader;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The examples of docs/kubernetes.md on a real API server; skipped without one.
@Tag("suite")
@Timeout(120)
class KubernetesGuideTest {
    private static final Pattern APPLIED = Pattern.compile("(?ms)^kubectl apply -f - <<'EOF'\n(.*?)^EOF$");
    private static final String CLASSES = "/apis/networking.k8s.io/v1/ingressclasses/";

    @TempDir private Path folder;

    private static String page() throws Exception {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/kubernetes.md"))) {
            root = root.getParent();
        }
        return Files.readString(root.resolve("docs/kubernetes.md"));
    }

    private Settings settings(KubeApiServer server, String namespace) {
        return ClusterObjects.settings(server.kubeconfig(), namespace)
                .with(KnownSettings.KUBERNETES_NAMESPACES, List.of(namespace), "test")
                .with(KnownSettings.CONFIG_SOURCES, List.of("kubernetes:"), "test");
    }

    private static int status(int port, String target, String host) {
        try {
            return TestClient.get(port, target, "Host: " + host).status();
        } catch (Exception | AssertionError _) {
            return 0;
        }
    }

    @Test
    void theFirstRouteIsServed() throws Exception {
        KubeApiServer server = KubeApiServer.shared();
        ClusterObjects cluster = ClusterObjects.in(server, "default");
        int port = WiringTest.freePort();
        Matcher applied = APPLIED.matcher(page());
        assertThat(applied.find()).isTrue();
        List<String> paths = new ArrayList<>();
        try (TestUpstream upstream = TestUpstream.named("shop");
                TcpRelay relay = new TcpRelay(cluster.address(), upstream.port())) {
            cluster.apply("v1", "Service", "shop", "},'spec':{'ports':[{'port':80}]}");
            cluster.apply("discovery.k8s.io/v1", "EndpointSlice", "shop", ",'labels':{'kubernetes.io/service-name':'shop'}},"
                    + "'addressType':'IPv4','ports':[{'name':'','port':" + relay.port() + "}],'endpoints':[{'addresses':['"
                    + cluster.address().getHostAddress() + "']}]}");
            for (Resource resource : ManifestReader.read("page", applied.group(1).getBytes(UTF_8)).resources()) {
                ResourceKey key = resource.key();
                paths.add(cluster.path(key.group() + "/" + resource.version(), key.kind(), key.name()));
                server.apply(paths.getLast(),
                        new String(resource.json(), UTF_8).replace("\"port\":80,\"protocol\"",
                                "\"port\":" + port + ",\"protocol\""))
                        .expectSuccess();
            }
            assertThat(paths).hasSize(2);
            try (Wiring wiring = Wiring.start(settings(server, "default"), folder)) {
                await("the route is served", () -> status(port, "/", "shop.example") == 200);
                assertThat(wiring.live().problems()).isEmpty();
                await("the Gateway is programmed", () -> server.get(paths.getFirst()).body().replace(" ", "")
                        .contains("\"type\":\"Programmed\""));
            }
        } finally {
            paths.forEach(server::delete);
            cluster.delete("v1", "Service", "shop");
            cluster.delete("discovery.k8s.io/v1", "EndpointSlice", "shop");
        }
    }

    /// Ingresses of a class of another controller are served, and their statuses are not written.
    @Test
    void besideAnotherIngressControllerNothingOfItsObjectsIsWritten() throws Exception {
        KubeApiServer server = KubeApiServer.shared();
        ClusterObjects cluster = ClusterObjects.in(server, "beside");
        int port = WiringTest.freePort();
        try (TestUpstream upstream = TestUpstream.named("cart");
                TcpRelay relay = new TcpRelay(cluster.address(), upstream.port())) {
            cluster.service(relay.port());
            for (List<String> each : List.of(List.of("theirs", "example.test/controller"),
                    List.of("ours", "jigress.io/ingress-controller"))) {
                server.apply(CLASSES + each.getFirst(),
                        """
                        {"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","metadata":{"name":"%s"},"spec":{"controller":"%s"}}"""
                                .formatted(each.getFirst(), each.getLast()))
                        .expectSuccess();
                ingress(cluster, each.getFirst(), each.getFirst());
            }
            try (Wiring _ = Wiring.start(settings(server, "beside").with(KnownSettings.PORTS_HTTP, port, "test"), folder)) {
                await("both are served", () -> status(port, "/", "theirs.example") == 200
                        && status(port, "/", "ours.example") == 200);
                await("the status of ours is written", () -> hasAddress(cluster, "ours"));
                assertThat(hasAddress(cluster, "theirs")).isFalse();
                ingress(cluster, "theirs", "ours");
                await("an Ingress that is moved gets a status", () -> hasAddress(cluster, "theirs"));
            }
        } finally {
            server.delete(CLASSES + "theirs");
            server.delete(CLASSES + "ours");
            cluster.delete("networking.k8s.io/v1", "Ingress", "theirs");
            cluster.delete("networking.k8s.io/v1", "Ingress", "ours");
            cluster.clear();
        }
    }

    private static void ingress(ClusterObjects cluster, String name, String ofClass) {
        cluster.apply("networking.k8s.io/v1", "Ingress", name, "},'spec':{'ingressClassName':'" + ofClass
                + "','rules':[{'host':'" + name + ".example','http':{'paths':[{'path':'/','pathType':'Prefix','backend':"
                + "{'service':{'name':'cart','port':{'number':80}}}}]}}]}");
    }

    private static boolean hasAddress(ClusterObjects cluster, String ingress) {
        return cluster.server().get(cluster.path("networking.k8s.io/v1", "Ingress", ingress)).body().contains("127.0.0.1");
    }
}
