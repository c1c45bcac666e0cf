package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Kinds;
import io.jigress.sources.kubernetes.KubernetesSource.LastGood;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With a real API server; skipped without one.
class KubernetesSourceTest {
    private static final String GATEWAY_API = "gateway.networking.k8s.io/v1";
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static final Predicate<ResourceKey> USUAL = key -> !key.group().equals(Kinds.JIGRESS)
            || List.of("Backend", "Plugin", "TrafficPolicy").contains(key.kind());

    private final String namespace = "source-" + NAMESPACES.incrementAndGet();
    private final Recorder recorder = new Recorder();
    private KubeApiServer server;
    @TempDir private Path folder;

    @BeforeEach
    void server() {
        server = KubeApiServer.shared();
        server.namespace(namespace);
    }

    private KubernetesSettings settings(Path kubeconfig, String context) {
        return KubernetesSettings.of("kubernetes", kubeconfig, context, USUAL, null);
    }

    private static KubernetesSource source(KubernetesSettings settings, LastGood lastGood) {
        return new KubernetesSource(settings, lastGood, InstantSource.fixed(Instant.parse("2026-11-26T10:00:00Z")),
                new Random(1));
    }

    private KubernetesSource source() {
        return source(settings(server.kubeconfig(), ""), LastGood.NONE);
    }

    private String path(String apiVersion, String kind, String name) {
        return KubeApiServer.path(apiVersion, kind, namespace, name);
    }

    private void service(String name, String more) {
        server.apply(path("v1", "Service", name), """
                {"apiVersion":"v1","kind":"Service","metadata":{"name":"%s"%s},"spec":{"ports":[{"port":80}]}}"""
                .formatted(name, more)).expectSuccess();
    }

    private void route(String name, String more) {
        server.apply(path(GATEWAY_API, "HTTPRoute", name), """
                {"apiVersion":"%s","kind":"HTTPRoute","metadata":{"name":"%s"},"spec":{"parentRefs":[{"name":"main"}]%s}}"""
                .formatted(GATEWAY_API, name, more)).expectSuccess();
    }

    private static ResourceKey routeKey(String namespace, String name) {
        return new ResourceKey(Kinds.GATEWAY_API, "HTTPRoute", namespace, name);
    }

    @Test
    void everythingThereIsComesInOneDeliveryAndEveryChangeAfterIt() {
        route("shop", "");
        service("cart", "");
        try (KubernetesSource source = source()) {
            source.start(recorder);
            assertThat(recorder.deliveries()).isEqualTo(1);
            assertThat(recorder.names("HTTPRoute", namespace)).containsExactly("shop");
            assertThat(recorder.names("Service", namespace)).containsExactly("cart");
            assertThat(recorder.problems()).isEmpty();

            route("blog", "");
            recorder.await("blog is added", r -> r.names("HTTPRoute", namespace).equals(List.of("blog", "shop")));
            server.delete(path(GATEWAY_API, "HTTPRoute", "shop")).expectSuccess();
            recorder.await("shop is gone", r -> r.names("HTTPRoute", namespace).equals(List.of("blog")));
            assertThat(recorder.wholeSets()).isEqualTo(1);
        }
    }

    @Test
    void anObjectIsWhatAFileWouldHoldWithTheDefaultsOfItsSchema() {
        route("shop", ",\"hostnames\":[\"shop.example\"]");
        try (KubernetesSource source = source()) {
            source.start(recorder);
            Resource shop = recorder.get(routeKey(namespace, "shop"));
            assertThat(shop.version()).isEqualTo("v1");
            assertThat(shop.created()).isPositive();
            assertThat(shop.source()).isEqualTo("kubernetes");
            assertThat(new String(shop.json(), UTF_8))
                    .startsWith("{\"apiVersion\":\"gateway.networking.k8s.io/v1\",\"kind\":\"HTTPRoute\",")
                    .contains("\"generation\":1", "\"hostnames\":[\"shop.example\"]", "\"kind\":\"Gateway\"")
                    .doesNotContain("managedFields", "resourceVersion", "\"status\"");
        }
    }

    @Test
    void listsComeInPages() {
        for (int i = 0; i < 7; i++) {
            route("r" + i, "");
        }
        try (KubernetesSource source = source(settings(server.kubeconfig(), "").withPageSize(2), LastGood.NONE)) {
            source.start(recorder);
            assertThat(recorder.names("HTTPRoute", namespace)).hasSize(7);
        }
    }

    @Test
    void aStatusIsNoChange() {
        route("shop", "");
        try (KubernetesSource source = source()) {
            source.start(recorder);
            server.request("PATCH", path(GATEWAY_API, "HTTPRoute", "shop") + "/status", "application/merge-patch+json",
                    """
                    {"status":{"parents":[{"parentRef":{"name":"x"},"controllerName":"example.test/other","conditions":[
                    {"type":"Accepted","status":"True","reason":"A","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}]}}""")
                    .expectSuccess();
            route("last", "");
            recorder.await("last is added", r -> r.names("HTTPRoute", namespace).contains("last"));
            assertThat(recorder.deliveries()).isEqualTo(2);
        }
    }

    @Test
    void ofSecretsOnlyCertificatesAreRead() {
        server.apply(path("v1", "Secret", "password"),
                "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"password\"},\"stringData\":{\"a\":\"b\"}}")
                .expectSuccess();
        server.apply(path("v1", "Secret", "cert"), "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"cert\"},"
                + "\"type\":\"kubernetes.io/tls\",\"data\":{\"tls.crt\":\"YQ==\",\"tls.key\":\"YQ==\"}}").expectSuccess();
        try (KubernetesSource source = source()) {
            source.start(recorder);
            assertThat(recorder.names("Secret", namespace)).containsExactly("cert");
        }
    }

    private void secret(String name, String value) {
        server.apply(path("v1", "Secret", name), "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"" + name
                + "\"},\"stringData\":{\"password\":\"" + value + "\"}}").expectSuccess();
    }

    @Test
    void secretsThatObjectsReferToAreReadToo() {
        secret("login", "one");
        secret("other", "one");
        ResourceKey login = new ResourceKey("", "Secret", namespace, "login");
        ResourceKey later = new ResourceKey("", "Secret", namespace, "later");
        try (KubernetesSource source = source()) {
            source.references(Set.of(login));
            source.start(recorder);
            recorder.await("the login is read", r -> r.names("Secret", namespace).equals(List.of("login")));

            secret("login", "two");
            String two = Base64.getEncoder().encodeToString("two".getBytes(UTF_8));
            recorder.await("the login has changed",
                    r -> r.get(login) != null && new String(r.get(login).json(), UTF_8).contains(two));

            source.references(Set.of(login, later));
            secret("later", "one");
            recorder.await("the other is read when it is there",
                    r -> r.names("Secret", namespace).equals(List.of("later", "login")));
            server.delete(path("v1", "Secret", "login")).expectSuccess();
            recorder.await("the login is gone", r -> r.names("Secret", namespace).equals(List.of("later")));
            source.references(Set.of());
            recorder.await("nobody refers to any", r -> r.names("Secret", namespace).isEmpty());
        }
    }

    @Test
    void aCertificateThatIsReferredToStaysWhenItIsNoMore() {
        server.apply(path("v1", "Secret", "cert"), "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"cert\"},"
                + "\"type\":\"kubernetes.io/tls\",\"data\":{\"tls.crt\":\"YQ==\",\"tls.key\":\"YQ==\"}}").expectSuccess();
        secret("login", "one");
        ResourceKey cert = new ResourceKey("", "Secret", namespace, "cert");
        ResourceKey login = new ResourceKey("", "Secret", namespace, "login");
        try (KubernetesSource source = source()) {
            source.start(recorder);
            source.references(Set.of(cert, login));
            recorder.await("both are read", r -> r.names("Secret", namespace).equals(List.of("cert", "login")));
            source.references(Set.of());
            recorder.await("the login is not", r -> r.names("Secret", namespace).equals(List.of("cert")));
            assertThat(recorder.names("Secret", namespace)).containsExactly("cert");
        }
    }

    @Test
    void objectsOfOtherNamespacesAreNotRead() {
        String other = namespace + "-other";
        String third = namespace + "-third";
        server.namespace(other);
        server.namespace(third);
        for (String each : List.of(namespace, other, third)) {
            server.apply(KubeApiServer.path(GATEWAY_API, "HTTPRoute", each, "shop"), """
                    {"apiVersion":"%s","kind":"HTTPRoute","metadata":{"name":"shop"},"spec":{"parentRefs":[{"name":"main"}]}}"""
                    .formatted(GATEWAY_API)).expectSuccess();
        }
        try (KubernetesSource source = source(
                settings(server.kubeconfig(), "").withSelection(List.of(namespace, other), ""), LastGood.NONE)) {
            source.start(recorder);
            assertThat(recorder.names("HTTPRoute", namespace)).containsExactly("shop");
            assertThat(recorder.names("HTTPRoute", other)).containsExactly("shop");
            assertThat(recorder.names("HTTPRoute", third)).isEmpty();
            assertThat(recorder.names("Namespace", "")).containsExactlyInAnyOrder(namespace, other);
            route("blog", "");
            recorder.await("blog is added", r -> r.names("HTTPRoute", namespace).equals(List.of("blog", "shop")));
            assertThat(recorder.names("HTTPRoute", other)).containsExactly("shop");
        }
    }

    @Test
    void routesWithoutTheLabelsAreNotReadAndServicesAre() {
        service("cart", "");
        labelled("shop", "{\"team\":\"a\"}");
        labelled("blog", "{\"team\":\"b\"}");
        try (KubernetesSource source = source(settings(server.kubeconfig(), "").withSelection(List.of(), "team=a"),
                LastGood.NONE)) {
            source.start(recorder);
            assertThat(recorder.names("HTTPRoute", namespace)).containsExactly("shop");
            assertThat(recorder.names("Service", namespace)).containsExactly("cart");
            labelled("blog", "{\"team\":\"a\"}");
            recorder.await("blog has the label", r -> r.names("HTTPRoute", namespace).equals(List.of("blog", "shop")));
            labelled("shop", "{\"team\":\"b\"}");
            recorder.await("shop has it no more", r -> r.names("HTTPRoute", namespace).equals(List.of("blog")));
        }
    }

    private void labelled(String name, String labels) {
        server.apply(path(GATEWAY_API, "HTTPRoute", name),
                """
                {"apiVersion":"%s","kind":"HTTPRoute","metadata":{"name":"%s","labels":%s},"spec":{"parentRefs":[{"name":"main"}]}}"""
                        .formatted(GATEWAY_API, name, labels))
                .expectSuccess();
    }

    @Test
    @Tag("suite")
    void aConnectionThatBreaksLosesNothing() throws Exception {
        route("stays", "");
        route("goes", "");
        try (TcpRelay relay = new TcpRelay(server.port());
                KubernetesSource source = source(settings(server.kubeconfig(folder, relay.port()), ""), LastGood.NONE)) {
            source.start(recorder);
            for (int i = 0; i < 8; i++) {
                relay.cut();
                String name = "r" + i;
                route(name, "");
                recorder.await(name + " is added", r -> r.names("HTTPRoute", namespace).contains(name));
            }
            server.delete(path(GATEWAY_API, "HTTPRoute", "goes")).expectSuccess();
            recorder.await("goes is gone", r -> !r.names("HTTPRoute", namespace).contains("goes"));
            recorder.await("no problem is left", r -> r.problems().isEmpty());
        }
    }

    @Test
    void whileTheServerIsDownWhatItSaidLastStaysAndAfterwardsNothingStaleIsLeft() throws Exception {
        route("stays", "");
        route("goes", "");
        try (TcpRelay relay = new TcpRelay(server.port());
                KubernetesSource source = source(settings(server.kubeconfig(folder, relay.port()), ""), LastGood.NONE)) {
            source.start(recorder);
            relay.down();
            recorder.await("the problem is told", r -> !r.problems().isEmpty());
            assertThat(recorder.problems()).singleElement().asString()
                    .contains("Cluster kubernetes: cannot be read from https://127.0.0.1:")
                    .contains(" since 2026-11-26T10:00:00Z: ", "the objects read last stay in effect");
            server.delete(path(GATEWAY_API, "HTTPRoute", "goes")).expectSuccess();
            route("comes", "");
            assertThat(recorder.names("HTTPRoute", namespace)).containsExactly("goes", "stays");

            relay.up();
            recorder.await("it has caught up", r -> r.names("HTTPRoute", namespace).equals(List.of("comes", "stays")));
            recorder.await("no problem is left", r -> r.problems().isEmpty());
        }
    }

    @Test
    void aStartWithoutTheServerServesTheLastGoodState() throws Exception {
        Resource old = new Resource(routeKey(namespace, "old"), "v1", 0, "kubernetes", "{}".getBytes(UTF_8));
        LastGood lastGood = new LastGood(Instant.parse("2026-11-26T07:00:00Z"), List.of(old));
        route("new", "");
        try (TcpRelay relay = new TcpRelay(server.port())) {
            relay.down();
            try (KubernetesSource source = source(settings(server.kubeconfig(folder, relay.port()), ""), lastGood)) {
                source.start(recorder);
                assertThat(recorder.names("HTTPRoute", namespace)).containsExactly("old");
                assertThat(recorder.problems()).singleElement().asString()
                        .contains(": the connection is refused; serving the last good state of 2026-11-26T07:00:00Z, 3 h old");

                relay.up();
                recorder.await("it has caught up", r -> r.names("HTTPRoute", namespace).equals(List.of("new")));
                recorder.await("no problem is left", r -> r.problems().isEmpty());
            }
        }
    }

    @Test
    void aStartWithoutServerAndStateWaitsAndSaysSo() throws Exception {
        try (TcpRelay relay = new TcpRelay(server.port())) {
            relay.down();
            try (KubernetesSource source = source(settings(server.kubeconfig(folder, relay.port()), ""), LastGood.NONE)) {
                Thread start = Thread.ofVirtual().start(() -> source.start(recorder));
                recorder.await("the problem is told", r -> !r.problems().isEmpty());
                assertThat(recorder.problems()).singleElement().asString()
                        .contains("there is no last good state to serve meanwhile");
                assertThat(start.isAlive()).isTrue();

                route("shop", "");
                relay.up();
                start.join(Duration.ofSeconds(30));
                assertThat(recorder.names("HTTPRoute", namespace)).containsExactly("shop");
                recorder.await("no problem is left", r -> r.problems().isEmpty());
            }
        }
    }

    @Test
    void kindsThatAreNotInstalledAreNamedOnceAndReadWhenTheyAre() {
        String crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/consumers.jigress.io";
        KubernetesSettings all = KubernetesSettings.of("kubernetes", server.kubeconfig(), "",
                key -> USUAL.test(key) || key.kind().equals("Consumer"), null)
                .withRecheck(Duration.ofMillis(50));
        try (KubernetesSource source = source(all, LastGood.NONE)) {
            source.start(recorder);
            assertThat(recorder.problems()).singleElement().asString()
                    .contains("does not serve Consumer of jigress.io, so that such objects cannot be read");
            server.apply(crd, """
                    {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"consumers.jigress.io"},
                    "spec":{"group":"jigress.io","scope":"Namespaced","names":{"kind":"Consumer","plural":"consumers"},"versions":[
                    {"name":"v1","served":true,"storage":true,"subresources":{"status":{}},
                    "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}""")
                    .expectSuccess();
            recorder.await("none is missing", r -> r.problems().isEmpty());
            // The API server may list a new kind a moment before it takes objects of it.
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            String kim = "{\"apiVersion\":\"jigress.io/v1\",\"kind\":\"Consumer\",\"metadata\":{\"name\":\"kim\"}}";
            while (!server.apply(path("jigress.io/v1", "Consumer", "kim"), kim).isSuccess()) {
                assertThat(end - System.nanoTime()).as("nanoseconds that are left for an object to be taken").isPositive();
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
            recorder.await("it is read", r -> r.names("Consumer", namespace).equals(List.of("kim")));
            server.delete(crd).expectSuccess();
            recorder.await("it is gone with its definition", r -> r.names("Consumer", namespace).isEmpty());
            recorder.await("it is missing again",
                    r -> r.problems().stream().anyMatch(p -> p.contains("does not serve Consumer of jigress.io")));
        } finally {
            server.delete(crd);
        }
    }

    @Test
    void rightsThatAreMissingAreNamed() {
        KubernetesSettings nobody = KubernetesSettings.of("kubernetes:nobody", server.kubeconfig(), "nobody",
                key -> key.kind().equals("HTTPRoute") || key.kind().equals("Service"), null);
        try (KubernetesSource source = source(nobody, LastGood.NONE)) {
            source.start(recorder);
            assertThat(recorder.problems()).containsExactly("Cluster kubernetes:nobody: does not let this gateway list "
                    + "httproutes.gateway.networking.k8s.io, services (expected: a ClusterRole with the verbs list and watch for them)");
        }
    }

    @Test
    void aContextThatIsNotThereIsRefusedWithThoseThatAre() {
        assertThatThrownBy(() -> source(settings(server.kubeconfig(), "production"), LastGood.NONE))
                .hasMessage("the kubeconfig has no context \"production\" (expected: one of gateway, nobody, test)");
    }
}
