package io.jigress.sources.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.config.GatewayConfig;
import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Reconciler.Live;
import io.jigress.control.Reconciler.Timing;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.control.ResourceStore;
import io.jigress.control.StatusFlow;
import io.jigress.control.Translation;
import io.jigress.control.kinds.Kinds;
import io.jigress.sources.kubernetes.KubernetesSource.LastGood;
import io.jigress.testkit.kubernetes.KubeApiServer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Statuses on a real API server; skipped without one.
@Timeout(120)
class StatusWriterTest {
    private static final String GATEWAY_API = "gateway.networking.k8s.io/v1";
    private static final AtomicInteger NAMESPACES = new AtomicInteger();

    private final String namespace = "status-" + NAMESPACES.incrementAndGet();
    private final List<TestGateway> gateways = new ArrayList<>();
    private KubeApiServer server;

    /// A source with a store for its deliveries and statuses for its objects, as in the gateway.
    private final class TestGateway implements ResourceSource.Sink, AutoCloseable {
        private final ResourceStore store = new ResourceStore();
        private final StatusFlow flow = new StatusFlow("cluster");
        private final KubernetesSource source;
        private PersistentMap<ResourceKey, Json> statuses = PersistentMap.empty();

        TestGateway(String identity, String context, int perSecond) {
            this(identity, context, perSecond, namespace);
        }

        TestGateway(String identity, String context, int perSecond, String leaseNamespace) {
            source = new KubernetesSource(KubernetesSettings.of("kubernetes", server.kubeconfig(), context,
                    key -> List.of("Gateway", "HTTPRoute", "Service").contains(key.kind()),
                    KubernetesSettings.Statuses.of(identity).withLeaseNamespace(leaseNamespace)
                            .withLease("writer", Duration.ofSeconds(2))
                            .withPerSecond(perSecond)),
                    LastGood.NONE, InstantSource.system(), new Random(1));
            source.statuses(flow);
            gateways.add(this);
            source.start(this);
        }

        @Override
        public synchronized void changed(List<Resource> upserts, List<ResourceSource.Deletion> deletions,
                Map<ResourceKey, List<Problem>> problems) {
            store.change("cluster", upserts, deletions, problems);
            live();
        }

        @Override
        public synchronized void replaced(List<ResourceSource.Scope> scopes, List<Resource> resources,
                Map<ResourceKey, List<Problem>> problems) {
            store.replace("cluster", scopes, resources, problems);
            live();
        }

        private void live() {
            flow.changed(new Live(store.current(),
                    new Translation(store.current().revision(), GatewayConfig.EMPTY, statuses, PersistentMap.empty()),
                    PersistentMap.empty(), List.of(), new Timing(0, 0, 0, 0, 0)));
        }

        /// Requests a status for a route: whether it is accepted, and why.
        synchronized void want(String name, boolean accepted, String message) {
            Json condition = Json.object().put("type", "Accepted").put("status", accepted ? "True" : "False")
                    .put("reason", "Test")
                    .put("message", message).put("observedGeneration", 1).build();
            Json ref = Json.object().put("group", Kinds.GATEWAY_API).put("kind", "Gateway").put("namespace", namespace)
                    .put("name", "main")
                    .build();
            Json parent = Json.object().put("parentRef", ref).put("controllerName", Kinds.GATEWAY_CONTROLLER)
                    .put("conditions", Json.array(List.of(condition))).build();
            statuses = statuses.with(key(name), Json.object().put("parents", Json.array(List.of(parent))).build());
            live();
        }

        /// Requests a status for a Gateway.
        synchronized void wantGateway(String name) {
            Json condition = Json.object().put("type", "Accepted").put("status", "True").put("reason", "Test")
                    .put("message", "ours").put("observedGeneration", 1).build();
            statuses = statuses.with(new ResourceKey(Kinds.GATEWAY_API, "Gateway", namespace, name),
                    Json.object().put("conditions", Json.array(List.of(condition))).build());
            live();
        }

        synchronized List<String> problems() {
            List<String> all = new ArrayList<>();
            store.problems().forEach((_, list) -> list.forEach(problem -> all.add(problem.toString())));
            return all;
        }

        @Override
        public void close() {
            gateways.remove(this);
            source.close();
        }
    }

    @BeforeEach
    void server() {
        server = KubeApiServer.shared();
        server.namespace(namespace);
    }

    @AfterEach
    void close() {
        List.copyOf(gateways).forEach(TestGateway::close);
    }

    private ResourceKey key(String name) {
        return new ResourceKey(Kinds.GATEWAY_API, "HTTPRoute", namespace, name);
    }

    private String path(String name) {
        return KubeApiServer.path(GATEWAY_API, "HTTPRoute", namespace, name);
    }

    private void route(String name) {
        server.apply(path(name), """
                {"apiVersion":"%s","kind":"HTTPRoute","metadata":{"name":"%s"},"spec":{"parentRefs":[{"name":"main"}]}}"""
                .formatted(GATEWAY_API, name)).expectSuccess();
    }

    private String awaitStatus(String name, Predicate<String> expected) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        String body = "";
        while (System.nanoTime() < end) {
            body = server.get(path(name)).body();
            if (expected.test(body)) {
                return body;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        throw new AssertionError(body);
    }

    @Test
    void aStatusIsWrittenAndItsTimeStaysWhileItMeansTheSame() {
        route("shop");
        TestGateway gateway = new TestGateway("one", "", 100);
        gateway.want("shop", true, "first");
        String first = awaitStatus("shop", body -> body.contains("\"first\""));
        assertThat(first).contains("\"controllerName\":\"jigress.io/gateway-controller\"", "\"lastTransitionTime\":\"20");
        gateway.want("shop", true, "second");
        String second = awaitStatus("shop", body -> body.contains("\"second\""));
        String time = "\"lastTransitionTime\":\"";
        assertThat(second).contains(first.substring(first.indexOf(time), first.indexOf(time) + time.length() + 20));
    }

    @Test
    void whatAnotherControllerWroteStaysAlsoWhenItWritesMeanwhile() {
        route("shop");
        server.request("PATCH", path("shop") + "/status", "application/merge-patch+json", other("before")).expectSuccess();
        TestGateway gateway = new TestGateway("one", "", 100);
        gateway.want("shop", true, "ours");
        assertThat(awaitStatus("shop", body -> body.contains("\"ours\""))).contains("\"before\"");

        // It writes the whole list, as a controller does that assumes it is the only one.
        server.request("PATCH", path("shop") + "/status", "application/merge-patch+json", other("after")).expectSuccess();
        assertThat(awaitStatus("shop", body -> body.contains("\"ours\"") && body.contains("\"after\"")))
                .doesNotContain("\"before\"");
    }

    private static String other(String message) {
        return """
                {"status":{"parents":[{"parentRef":{"name":"theirs"},"controllerName":"example.test/other","conditions":[
                {"type":"Accepted","status":"True","reason":"A","message":"%s","lastTransitionTime":"2026-01-01T00:00:00Z"}]}]}}"""
                .formatted(message);
    }

    @Test
    void anObjectThatTheGatewayHasNoStatusForIsNotTouched() {
        route("theirs");
        route("ours");
        TestGateway gateway = new TestGateway("one", "", 100);
        gateway.want("ours", true, "ours");
        awaitStatus("ours", body -> body.contains("\"ours\""));
        assertThat(server.get(path("theirs")).body()).doesNotContain("controllerName");
    }

    @Test
    void manyChangesBecomeFewWrites() {
        route("shop");
        TestGateway gateway = new TestGateway("one", "", 10);
        gateway.want("shop", true, "start");
        String before = awaitStatus("shop", body -> body.contains("\"start\""));
        for (int i = 0; i < 2000; i++) {
            gateway.want("shop", true, "change " + i);
        }
        awaitStatus("shop", body -> body.contains("\"change 1999\""));
        // Only status writes change the version of this object, each by at least one revision of etcd.
        String writes = server.get("/apis/gateway.networking.k8s.io/v1/namespaces/" + namespace
                + "/httproutes?watch=true&timeoutSeconds=2&resourceVersion=" + version(before)).body();
        assertThat(writes.lines().count()).isBetween(1L, 30L);
    }

    private static String version(String object) {
        String name = "\"resourceVersion\":\"";
        int at = object.indexOf(name) + name.length();
        return object.substring(at, object.indexOf('"', at));
    }

    @Test
    void onlyTheHolderOfTheLeaseWritesAndAnotherTakesOver() {
        route("shop");
        TestGateway one = new TestGateway("one", "", 100);
        one.want("shop", true, "by one");
        awaitStatus("shop", body -> body.contains("\"by one\""));
        TestGateway two = new TestGateway("two", "", 100);
        two.want("shop", true, "by two");
        one.want("shop", true, "by one again");
        awaitStatus("shop", body -> body.contains("\"by one again\""));

        one.close();
        awaitStatus("shop", body -> body.contains("\"by two\""));
        assertThat(server.get("/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases/writer").body())
                .contains("\"holderIdentity\":\"two\"");
        TestGateway three = new TestGateway("three", "", 100);
        three.want("shop", true, "by three");
        two.close();
        awaitStatus("shop", body -> body.contains("\"by three\""));
        assertThat(server.get("/apis/coordination.k8s.io/v1/namespaces/" + namespace + "/leases/writer").body())
                .contains("\"holderIdentity\":\"three\"", "\"leaseTransitions\":2");
    }

    @Test
    void aLeaseThatMayNotBeUsedIsSaidInWords() {
        TestGateway gateway = new TestGateway("one", "nobody", 100);
        awaitProblem(gateway, "does not let this gateway get leases.coordination.k8s.io in namespace " + namespace
                + ", so that it writes no statuses");
    }

    @Test
    void aLeaseInANamespaceThatDoesNotExistIsSaidInWords() {
        TestGateway gateway = new TestGateway("one", "", 100, "missing");
        awaitProblem(gateway,
                "refuses the Lease missing/writer: namespaces \"missing\" not found, so that this gateway writes no "
                        + "statuses");
    }

    private void awaitProblem(TestGateway gateway, String part) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (gateway.problems().stream().noneMatch(problem -> problem.contains(part))) {
            assertThat(System.nanoTime()).as(gateway.problems().toString()).isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /// Another client removes what is written to three Gateways, each time.
    @Test
    @Tag("suite")
    void whatAnotherClientChangesBackIsWrittenWithPausesAndOthersDoNotWaitForIt() throws Exception {
        List<String> fought = List.of("fought-a", "fought-b", "fought-c");
        for (String name : fought) {
            server.apply(KubeApiServer.path(GATEWAY_API, "Gateway", namespace, name), """
                    {"apiVersion":"%s","kind":"Gateway","metadata":{"name":"%s"},"spec":{"gatewayClassName":"jigress","listeners":[
                    {"name":"http","port":80,"protocol":"HTTP"}]}}""".formatted(GATEWAY_API, name)).expectSuccess();
        }
        route("quiet");
        TestGateway gateway = new TestGateway("one", "", 20);
        AtomicInteger undone = new AtomicInteger();
        AtomicBoolean ended = new AtomicBoolean();
        Thread other = Thread.ofVirtual().start(() -> {
            while (!ended.get()) {
                for (String name : fought) {
                    String path = KubeApiServer.path(GATEWAY_API, "Gateway", namespace, name);
                    if (server.get(path).body().contains("\"ours\"")) {
                        undone.incrementAndGet();
                        server.request("PATCH", path + "/status", "application/merge-patch+json",
                                "{\"status\":{\"conditions\":[]}}").expectSuccess();
                    }
                }
            }
        });
        fought.forEach(gateway::wantGateway);
        awaitProblem(gateway, "has another client that changes back what this gateway writes to Gateway " + namespace
                + "/fought-a, Gateway " + namespace + "/fought-b, Gateway " + namespace
                + "/fought-c, so that it writes them with growing pauses");
        int before = undone.get();
        gateway.want("quiet", true, "ours");
        awaitStatus("quiet", body -> body.contains("\"ours\""));
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(3));
        assertThat(undone.get() - before).as("writes to three Gateways in about three seconds").isLessThan(10);
        ended.set(true);
        other.join();
    }
}
