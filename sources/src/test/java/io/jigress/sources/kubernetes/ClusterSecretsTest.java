package io.jigress.sources.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.control.Problem;
import io.jigress.control.ResourceKey;
import io.jigress.testkit.kubernetes.KubeApiServer;
import io.jigress.testkit.kubernetes.TcpRelay;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// With a real API server; skipped without one.
@Timeout(120)
class ClusterSecretsTest {
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static final String KUBECONFIG = """
            {current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],
             clusters: [{name: c, cluster: {server: "https://10.0.0.5:6443"}}], users: [{name: u, user: {token: TOKEN}}]}""";

    private final String namespace = "secrets-" + NAMESPACES.incrementAndGet();
    private final Told told = new Told();
    @TempDir private Path folder;
    private KubeApiServer server;

    @BeforeEach
    void server() {
        server = KubeApiServer.shared();
        server.namespace(namespace);
    }

    /// What the Secrets say, for a test that waits for it.
    private static final class Told implements ClusterSecrets.Listener {
        private @Nullable Map<String, Kubeconfig> clusters;
        private final Map<ResourceKey, List<Problem>> problems = new TreeMap<>();

        @Override
        public synchronized void changed(@Nullable Map<String, Kubeconfig> now, Map<ResourceKey, List<Problem>> faults) {
            clusters = now;
            problems.putAll(faults);
            notifyAll();
        }

        /// The clusters with their tokens; null while they are unknown.
        synchronized @Nullable String clusters() {
            if (clusters == null) {
                return null;
            }
            Map<String, String> tokens = new TreeMap<>();
            clusters.forEach((name, kubeconfig) -> tokens.put(name, kubeconfig.credentials().token()));
            return tokens.toString();
        }

        synchronized List<String> problems() {
            List<String> all = new ArrayList<>();
            problems.values().forEach(list -> list.forEach(problem -> all.add(problem.toString())));
            return all;
        }

        synchronized void await(Predicate<Told> expected) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            for (long left = end - System.nanoTime(); !expected.test(this); left = end - System.nanoTime()) {
                if (left <= 0) {
                    throw new AssertionError(clusters() + " " + problems());
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }

        void await(String clusters) {
            await(it -> clusters.equals(it.clusters()));
        }
    }

    private ClusterSecrets secrets(Path kubeconfig, String context, Map<String, String> taken) {
        ClusterSecrets secrets = new ClusterSecrets(KubernetesSettings.of("kubernetes", kubeconfig, context, _ -> true, null),
                new ClusterSecrets.Selection(namespace, "jigress.io/cluster=true", taken, null),
                InstantSource.fixed(Instant.parse("2026-11-26T10:00:00Z")), new Random(1), told);
        secrets.start();
        return secrets;
    }

    private ClusterSecrets secrets() {
        return secrets(server.kubeconfig(), "", Map.of());
    }

    private void secret(String name, String field, String kubeconfig) {
        labelled(name, field, kubeconfig, "'jigress.io/cluster':'true'");
    }

    private void labelled(String name, String field, String kubeconfig, String labels) {
        server.apply(path(name), ("{'apiVersion':'v1','kind':'Secret','metadata':{'name':'" + name + "','labels':{" + labels
                + "}},'data':{'" + field + "':'" + Base64.getEncoder().encodeToString(kubeconfig.getBytes(UTF_8)) + "'}}")
                .replace('\'', '"')).expectSuccess();
    }

    private String path(String name) {
        return KubeApiServer.path("v1", "Secret", namespace, name);
    }

    private static String token(String token) {
        return KUBECONFIG.replace("TOKEN", token);
    }

    @Test
    void clustersComeChangeAndGoWithTheirSecrets() {
        secret("east-kubeconfig", "value", token("one"));
        labelled("other", "value", token("other"), "'a':'b'");
        try (ClusterSecrets _ = secrets()) {
            told.await("{east=one}");
            secret("remote", "west", token("two"));
            told.await("{east=one, west=two}");
            secret("east-kubeconfig", "value", token("three"));
            told.await("{east=three, west=two}");
            labelled("remote", "west", token("two"), "'a':'b'");
            told.await("{east=three}");
            server.delete(path("east-kubeconfig")).expectSuccess();
            told.await("{}");
            assertThat(told.problems()).isEmpty();
        }
    }

    @Test
    void aChangeThatCannotBeUsedLeavesTheClusterAsItWas() {
        secret("east", "kubeconfig", token("one"));
        try (ClusterSecrets _ = secrets()) {
            told.await("{east=one}");
            secret("east", "kubeconfig", token("'', exec: {command: sh}"));
            told.await(it -> !it.problems().isEmpty());
            assertThat(told.clusters()).isEqualTo("{east=one}");
            assertThat(told.problems()).singleElement().asString().startsWith("Secret " + namespace
                    + "/east: data.kubeconfig.users[0].user.exec names a program that the gateway would have to run, which a kubeconfig of a"
                    + " Secret must not; the kubeconfig that it had before stays in effect (expected: token,");
            secret("east", "kubeconfig", token("two"));
            told.await("{east=two}");
            assertThat(told.problems()).isEmpty();
        }
    }

    @Test
    void aSecretThatIsNotClearIsRefusedByName() {
        server.apply(path("two"),
                ("{'apiVersion':'v1','kind':'Secret','metadata':{'name':'two','labels':{'jigress.io/cluster':'true'}},"
                        + "'data':{'a':'','b':''}}").replace('\'', '"'))
                .expectSuccess();
        secret("text", "kubeconfig", "no kubeconfig");
        secret("key", "kubeconfig",
                KUBECONFIG.replace("token: TOKEN", "client-certificate-data: eA==, client-key-data: aGlkZGVu"));
        secret("name", "_north_", token("one"));
        try (ClusterSecrets _ = secrets()) {
            told.await(it -> it.clusters() != null);
            assertThat(told.clusters()).isEqualTo("{}");
            assertThat(told.problems()).satisfiesExactlyInAnyOrder(
                    problem -> assertThat(problem)
                            .contains("/two: data has the fields a, b (expected: one field with a kubeconfig"),
                    problem -> assertThat(problem).contains("/text: data.kubeconfig is of type"),
                    problem -> assertThat(problem).contains("/key: data.kubeconfig has a certificate or key that cannot be read")
                            .doesNotContain("aGlkZGVu", "hidden"),
                    problem -> assertThat(problem).contains("/name: data._north_ cannot be the name of a cluster"));
        }
    }

    @Test
    void twoOfOneNameAreAProblemOfTheYoungerAndOneOfTheSettingsWins() {
        secret("a-east", "east", token("one"));
        try (ClusterSecrets _ = secrets(server.kubeconfig(), "", Map.of("north", "north=kubernetes:x"))) {
            told.await("{east=one}");
            secret("north", "kubeconfig", token("three"));
            secret("b-east", "east", token("two"));
            told.await(it -> it.problems().size() == 2);
            assertThat(told.clusters()).isEqualTo("{east=one}");
            assertThat(told.problems().toString()).contains(
                    "/north: describes the cluster north, which the source north=kubernetes:x of the settings reads",
                    "/b-east: describes the cluster east as the older Secret " + namespace + "/a-east does");
            server.delete(path("a-east")).expectSuccess();
            told.await("{east=two}");
        }
    }

    @Test
    void whileTheSecretsCannotBeReadTheClustersStay() throws Exception {
        secret("east", "kubeconfig", token("one"));
        secret("west", "kubeconfig", token("two"));
        try (TcpRelay relay = new TcpRelay(server.port());
                ClusterSecrets _ = secrets(server.kubeconfig(folder, relay.port()), "", Map.of())) {
            told.await("{east=one, west=two}");
            relay.down();
            told.await(it -> !it.problems().isEmpty());
            assertThat(told.clusters()).isEqualTo("{east=one, west=two}");
            assertThat(told.problems()).singleElement().asString().contains(
                    "Cluster kubernetes: cannot be read from https://127.0.0.1:",
                    " since 2026-11-26T10:00:00Z: ",
                    "so that no cluster is added or removed by its Secrets; the clusters that are known stay");
            server.delete(path("west")).expectSuccess();
            relay.up();
            told.await("{east=one}");
            told.await(it -> it.problems().isEmpty());
        }
    }

    @Test
    void aMissingRightIsNamed() {
        try (ClusterSecrets _ = secrets(server.kubeconfig(), "nobody", Map.of())) {
            told.await(it -> !it.problems().isEmpty());
            assertThat(told.clusters()).isNull();
            assertThat(told.problems()).containsExactly("Cluster kubernetes: does not let this gateway list secrets in namespace "
                    + namespace
                    + ", which describe further clusters; no cluster of them is known (expected: a Role there with the verbs"
                    + " list and watch for secrets)");
        }
    }
}
