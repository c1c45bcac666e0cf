package io.jigress.app;

import static io.jigress.app.Await.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jigress.app.run.Wiring;
import io.jigress.app.run.WiringTest;
import io.jigress.app.settings.CannotStart;
import io.jigress.app.settings.KnownSettings;
import io.jigress.app.settings.ListenAddress;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.sources.manifest.ManifestReader;
import io.jigress.testkit.TestClient;
import io.jigress.testkit.TestUpstream;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A complete gateway with a real API server; skipped without one.
@Timeout(120)
class KubernetesGatewayTest {
    private static final String GATEWAY_API = "gateway.networking.k8s.io/v1";
    private static final AtomicInteger NAMESPACES = new AtomicInteger();

    private final String namespace = "gateway-" + NAMESPACES.incrementAndGet();
    @TempDir private Path folder;
    private KubeApiServer server;
    private int port;

    @BeforeEach
    void server() throws Exception {
        server = KubeApiServer.shared();
        server.namespace(namespace);
        port = WiringTest.freePort();
    }

    private Settings settings(Path kubeconfig, String... sources) {
        return Settings.defaults(new Machine(1, 512 << 20))
                .with(KnownSettings.GATEWAY_ADDRESS, "127.0.0.1", "test")
                .with(KnownSettings.ADMIN_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.LOG_LEVEL, KnownSettings.LogLevel.WARN, "test")
                .with(KnownSettings.KUBERNETES_CONFIG, kubeconfig.toString(), "test")
                .with(KnownSettings.KUBERNETES_LEASE_NAMESPACE, namespace, "test")
                .with(KnownSettings.CONFIG_SOURCES, List.of(sources), "test");
    }

    private String path(String apiVersion, String kind, String name) {
        return KubeApiServer.path(apiVersion, kind, namespace, name);
    }

    private void apply(String apiVersion, String kind, String name, String spec) {
        server.apply(path(apiVersion, kind, name),
                "{\"apiVersion\":\"" + apiVersion + "\",\"kind\":\"" + kind + "\",\"metadata\":{\"name\":\"" + name
                        + "\"},\"spec\":" + spec
                        + "}")
                .expectSuccess();
    }

    private void gateway() {
        apply(GATEWAY_API, "Gateway", "main",
                "{\"gatewayClassName\":\"jigress\",\"listeners\":[{\"name\":\"http\",\"port\":" + port
                        + ",\"protocol\":\"HTTP\"}]}");
    }

    private void backend(TestUpstream upstream, String name) {
        String authority = upstream.authority();
        apply("jigress.io/v1", "Backend", name, "{\"endpoints\":[{\"address\":\"127.0.0.1\",\"port\":"
                + authority.substring(authority.lastIndexOf(':') + 1) + "}]}");
    }

    private void route(String prefix) {
        route(prefix, "one");
    }

    private void route(String prefix, String backend) {
        apply(GATEWAY_API, "HTTPRoute", "shop",
                "{\"parentRefs\":[{\"name\":\"main\"}],\"rules\":[{\"matches\":[{\"path\":{\"value\":\""
                        + prefix + "\"}}],\"backendRefs\":[{\"group\":\"jigress.io\",\"kind\":\"Backend\",\"name\":\""
                        + backend + "\"}]}]}");
    }

    private void clear() {
        server.delete(path(GATEWAY_API, "HTTPRoute", "shop"));
        server.delete(path(GATEWAY_API, "Gateway", "main"));
        server.delete(path("jigress.io/v1", "Backend", "one"));
        server.delete(path("jigress.io/v1", "Backend", "carts"));
    }

    private int status(String target) {
        try {
            return TestClient.get(port, target).status();
        } catch (Exception | AssertionError _) {
            return 0;
        }
    }

    private boolean says(String apiVersion, String kind, String name, String... parts) {
        String body = server.get(path(apiVersion, kind, name)).body();
        return List.of(parts).stream().allMatch(body::contains);
    }

    @Test
    void objectsOfTheClusterAreServedAndGetTheirStatuses() throws Exception {
        try (TestUpstream upstream = TestUpstream.named("one")) {
            gateway();
            backend(upstream, "one");
            route("/a");
            try (Wiring wiring = Wiring.start(settings(server.kubeconfig(), "kubernetes:"), folder)) {
                assertThat(status("/a")).isEqualTo(200);
                assertThat(status("/b")).isEqualTo(404);
                await("the Gateway is accepted and programmed",
                        () -> says(GATEWAY_API, "Gateway", "main", "\"type\":\"Accepted\"",
                                "\"type\":\"Programmed\"", "\"attachedRoutes\":1", "\"value\":\"127.0.0.1\"",
                                "\"observedGeneration\":1"));
                await("the route is accepted", () -> says(GATEWAY_API, "HTTPRoute", "shop", "\"reason\":\"ResolvedRefs\"",
                        "\"controllerName\":\"jigress.io/gateway-controller\""));
                await("the Backend is accepted",
                        () -> says("jigress.io/v1", "Backend", "one",
                                "\"message\":\"The object is valid\",\"observedGeneration\":1"));

                route("/b");
                await("the change is served", () -> status("/b") == 200 && status("/a") == 404);
                await("the route's status speaks of the change",
                        () -> says(GATEWAY_API, "HTTPRoute", "shop", "\"observedGeneration\":2"));

                server.delete(path("jigress.io/v1", "Backend", "one")).expectSuccess();
                await("the reference is not resolved", () -> status("/b") == 500
                        && says(GATEWAY_API, "HTTPRoute", "shop", "\"reason\":\"BackendNotFound\"")
                        && wiring.live().problems().stream().anyMatch(p -> p.resource().name().equals("shop")));
                await("the error is an Event",
                        () -> server.get("/api/v1/namespaces/" + namespace + "/events").body()
                                .contains("there is no Backend " + namespace));

                backend(upstream, "carts");
                await("a similar name is known",
                        () -> wiring.live().resources().resources()
                                .get(new ResourceKey("jigress.io", "Backend", namespace, "carts")) != null);
                route("/b", "cart");
                await("the Event of a wrong name tells the similar one",
                        () -> server.get("/api/v1/namespaces/" + namespace + "/events").body()
                                .contains("; did you mean \\\"carts\\\"?"));
            } finally {
                clear();
            }
        }
    }

    /// Applies `deploy/rbac.yaml` for the user `gateway` in the place of the service account.
    static void rightsOfUser(KubeApiServer server) throws Exception {
        rights(server, "{\"kind\":\"ServiceAccount\",\"name\":\"jigress\",\"namespace\":\"jigress-system\"}",
                "{\"kind\":\"User\",\"name\":\"gateway\",\"apiGroup\":\"rbac.authorization.k8s.io\"}");
    }

    /// Applies `deploy/rbac.yaml`.
    private static void rights(KubeApiServer server, String subject, String instead) throws Exception {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("deploy/rbac.yaml"))) {
            root = root.getParent();
        }
        for (Resource resource : ManifestReader.read("rbac.yaml", Files.readAllBytes(root.resolve("deploy/rbac.yaml")))
                .resources()) {
            ResourceKey key = resource.key();
            server.apply(
                    KubeApiServer.path(key.group().isEmpty() ? "v1" : key.group() + "/v1", key.kind(), key.namespace(),
                            key.name()),
                    new String(resource.json(), UTF_8).replace(subject, instead)).expectSuccess();
        }
    }

    @Test
    void theRightsThatWeAskForAreEnough() throws Exception {
        rightsOfUser(server);
        gateway();
        try (Wiring wiring = Wiring.start(
                settings(server.kubeconfig(), "kubernetes:gateway").with(KnownSettings.KUBERNETES_LEASE_NAMESPACE,
                        "jigress-system", "test"),
                folder)) {
            await("the Gateway is programmed", () -> says(GATEWAY_API, "Gateway", "main", "Listeners are in the configuration"));
            assertThat(wiring.live().problems()).isEmpty();
        } finally {
            clear();
        }
    }

    /// With the files of a pod, mounted in a mount namespace of its own.
    @Test
    @Tag("suite")
    void aPodReadsItsClusterAsItsServiceAccount() throws Exception {
        assumeTrue(mayUnshare(), "no mount namespace can be made: unshare -m is not allowed");
        rights(server, "", "");
        String answer = server.create("/api/v1/namespaces/jigress-system/serviceaccounts/jigress/token",
                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}").expectSuccess().body();
        int token = answer.indexOf("\"token\":\"") + "\"token\":\"".length();
        Path pod = Files.createDirectory(folder.resolve("pod"));
        Files.writeString(pod.resolve("token"), answer.substring(token, answer.indexOf('"', token)));
        Files.writeString(pod.resolve("namespace"), "jigress-system");
        Files.copy(server.certificates(), pod.resolve("ca.crt"));
        List<String> wrapper = List.of("unshare", "-m", "env", "-u", "KUBECONFIG", "HOME=/nonexistent",
                "KUBERNETES_SERVICE_HOST=127.0.0.1",
                "KUBERNETES_SERVICE_PORT=" + server.port(), "bash", "-c", """
                        mount -t tmpfs tmpfs /run && mkdir -p /run/secrets/kubernetes.io/serviceaccount &&
                        cp "$0"/* /run/secrets/kubernetes.io/serviceaccount/ && exec "$@"
                        """, pod.toString());
        gateway();
        try (GatewayProcess process = GatewayProcess.run(wrapper, List.of("-Duser.home=/nonexistent"), folder, "--source",
                "kubernetes:")) {
            await("the Gateway is programmed", () -> says(GATEWAY_API, "Gateway", "main", "Listeners are in the configuration"));
            assertThat(TestClient.get(process.adminPort(), "/config/problems").text()).doesNotContain("Cluster");
        } finally {
            clear();
        }
    }

    private static boolean mayUnshare() throws Exception {
        try {
            return new ProcessBuilder("unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/run").start().waitFor() == 0;
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void aRestartWhileTheApiServerIsDownServesWhatWasKnown() throws Exception {
        try (TestUpstream upstream = TestUpstream.named("one"); TcpRelay relay = new TcpRelay(server.port())) {
            gateway();
            backend(upstream, "one");
            route("/a");
            Settings settings = settings(server.kubeconfig(folder, relay.port()), "kubernetes:")
                    .with(KnownSettings.STATE_FOLDER, "state", "test").with(KnownSettings.KUBERNETES_STATUSES, false, "test");
            try (Wiring _ = Wiring.start(settings, folder)) {
                assertThat(status("/a")).isEqualTo(200);
            }
            relay.down();
            route("/b");
            try (Wiring wiring = Wiring.start(settings, folder)) {
                assertThat(status("/a")).isEqualTo(200);
                assertThat(wiring.live().problems()).singleElement().asString().contains("serving the last good state of ");
                relay.up();
                await("the cluster is read", () -> status("/b") == 200 && wiring.live().problems().isEmpty());
            } finally {
                clear();
            }
        }
    }

    @Test
    void aFolderAndAClusterAreServedTogetherAndTheFirstNamedWins() throws Exception {
        Files.createDirectory(folder.resolve("conf"));
        try (TestUpstream one = TestUpstream.named("one"); TestUpstream two = TestUpstream.named("two")) {
            gateway();
            backend(one, "one");
            route("/");
            Files.writeString(folder.resolve("conf/backend.yaml"), """
                    apiVersion: jigress.io/v1
                    kind: Backend
                    metadata: {name: one, namespace: %s}
                    spec: {endpoints: [{address: 127.0.0.1, port: %s}]}
                    """.formatted(namespace, two.authority().substring(two.authority().lastIndexOf(':') + 1)));
            try (Wiring wiring = Wiring.start(settings(server.kubeconfig(), "folder:conf", "kubernetes:"), folder)) {
                assertThat(status("/")).isEqualTo(200);
                assertThat(two.requests()).hasSize(1);
                assertThat(one.requests()).isEmpty();
                assertThat(wiring.live().problems()).singleElement().satisfies(problem -> {
                    assertThat(problem.source()).isEqualTo("kubernetes");
                    assertThat(problem.what()).isEqualTo("is defined twice, also in backend.yaml; this one has no effect");
                });
            }
            try (Wiring _ = Wiring.start(settings(server.kubeconfig(), "kubernetes:", "folder:conf"), folder)) {
                assertThat(status("/")).isEqualTo(200);
                assertThat(one.requests()).hasSize(1);
            } finally {
                clear();
            }
        }
    }

    @Test
    void checkExplainAndGetReadACluster() throws Exception {
        try (TestUpstream upstream = TestUpstream.named("one")) {
            gateway();
            route("/a");
            String[] cluster = {"--source", "kubernetes:", "--set", "kubernetes.config=" + server.kubeconfig(), "--set",
                "kubernetes.namespaces=" + namespace};
            ProcessRun check = new ProcessRun(folder);
            assertThat(check.run("check", cluster[0], cluster[1], cluster[2], cluster[3], cluster[4], cluster[5])).isEqualTo(1);
            assertThat(check.out())
                    .contains("kubernetes: error: HTTPRoute " + namespace + "/shop: spec.rules[0].backendRefs[0].name"
                            + " is \"one\", and there is no Backend " + namespace + "/one");
            backend(upstream, "one");
            ProcessRun explain = new ProcessRun(folder);
            assertThat(explain.run("explain", "GET", "http://localhost:" + port + "/a", cluster[0], cluster[1], cluster[2],
                    cluster[3],
                    cluster[4], cluster[5])).isZero();
            assertThat(explain.out()).contains("100 % to Backend " + namespace + "/one").contains(upstream.authority());
            ProcessRun get = new ProcessRun(folder);
            assertThat(get.run("get", "httproutes", cluster[0], cluster[1], cluster[2], cluster[3], cluster[4], cluster[5]))
                    .isZero();
            assertThat(get.out()).containsPattern(namespace + "/shop +Accepted, ResolvedRefs +- +kubernetes\n");
        } finally {
            clear();
        }
    }

    /// The certificates of the API server itself serve for the webhook: they are for 127.0.0.1.
    @Test
    void theApiServerAsksTheWebhookBeforeItStoresAnObject() throws Exception {
        Path certificate = server.certificates();
        Settings settings = settings(server.kubeconfig(), "kubernetes:")
                .with(KnownSettings.WEBHOOK_ADDRESS, new ListenAddress("127.0.0.1", 0), "test")
                .with(KnownSettings.WEBHOOK_CERTIFICATE, certificate.toString(), "test")
                .with(KnownSettings.WEBHOOK_KEY, certificate.resolveSibling("apiserver.key").toString(), "test");
        String configuration = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/jigress-test";
        try (Wiring wiring = Wiring.start(settings, folder)) {
            String bundle = Base64.getEncoder().encodeToString(Files.readAllBytes(certificate));
            server.apply(configuration, """
                    apiVersion: admissionregistration.k8s.io/v1
                    kind: ValidatingWebhookConfiguration
                    metadata: {name: jigress-test}
                    webhooks:
                    - name: validate.jigress.io
                      admissionReviewVersions: [v1]
                      sideEffects: None
                      failurePolicy: Fail
                      clientConfig: {url: "https://127.0.0.1:%d/validate", caBundle: %s}
                      namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %s}}
                      rules: [{apiGroups: [jigress.io], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [plugins]}]
                    """.formatted(wiring.webhookAddress().orElseThrow().getPort(), bundle, namespace)).expectSuccess();
            KubeApiServer.Answer[] refused = new KubeApiServer.Answer[1];
            await("the API server asks", () -> {
                refused[0] = plugin("cross");
                return !refused[0].isSuccess();
            });
            assertThat(refused[0].body()).contains("admission webhook")
                    .contains("spec.name is \\\"cross\\\", which is not a known filter");
            plugin("cors").expectSuccess();
        } finally {
            server.delete(configuration);
            server.delete(path("jigress.io/v1", "Plugin", "checked"));
        }
    }

    private KubeApiServer.Answer plugin(String filter) {
        return server.apply(path("jigress.io/v1", "Plugin", "checked"),
                "{\"apiVersion\":\"jigress.io/v1\",\"kind\":\"Plugin\",\"metadata\":{\"name\":\"checked\"},\"spec\":{\"name\":\""
                        + filter + "\"}}");
    }

    @Test
    @Tag("suite")
    void aClusterThatDoesNotAnswerEndsACommand() throws Exception {
        try (TcpRelay relay = new TcpRelay(server.port())) {
            relay.down();
            ProcessRun check = new ProcessRun(folder);
            assertThat(check.run("check", "--source", "kubernetes:", "--set",
                    "kubernetes.config=" + server.kubeconfig(folder, relay.port()))).isEqualTo(2);
            assertThat(check.err()).startsWith("jigress: Cluster kubernetes: cannot be read from ").hasLineCount(1);
        }
    }

    @Test
    void aStartThatWaitsForTheApiServerEndsWhenItIsToldTo() throws Exception {
        try (TcpRelay relay = new TcpRelay(server.port())) {
            relay.down();
            ProcessRun process = new ProcessRun(folder);
            CompletableFuture<Integer> status = CompletableFuture
                    .supplyAsync(() -> process.run("run", "--source", "kubernetes:test",
                            "--set", "kubernetes.config=" + server.kubeconfig(folder, relay.port()), "--admin", "off",
                            "--log-level", "off"));
            process.terminate();
            assertThat(status.get(60, TimeUnit.SECONDS)).isZero();
        }
    }

    @Test
    void aContextThatIsNotThereEndsTheStart() {
        assertThatThrownBy(() -> Wiring.start(settings(server.kubeconfig(), "kubernetes:production"), folder))
                .isInstanceOfSatisfying(CannotStart.class,
                        e -> assertThat(e.why())
                                .isEqualTo(
                                        "the kubeconfig has no context \"production\" (expected: one of gateway, nobody, test)"));
    }
}
