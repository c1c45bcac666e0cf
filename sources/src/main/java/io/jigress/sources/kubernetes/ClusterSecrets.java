package io.jigress.sources.kubernetes;

import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.sources.kubernetes.KindWatch.Failure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The clusters that Secrets of one namespace describe by a kubeconfig each (decision 19), followed by a watch of these Secrets.
///
/// A Secret that cannot be used is a problem and describes no cluster; one that could be used before its last change keeps describing the
/// cluster as it did then. While the Secrets cannot be read, the clusters stay as they are.
public final class ClusterSecrets implements AutoCloseable {
    private static final int LIMIT = 100;
    /// The fields of Secrets that hold a kubeconfig whatever the cluster is called.
    private static final List<String> USUAL_FIELDS = List.of("kubeconfig", "value", "config");
    private static final String SUFFIX = "-kubeconfig";
    private static final Comparator<Resource> AGE = Comparator.comparingLong(Resource::created).thenComparing(Resource::key);

    /// Receives what the Secrets say, on the thread of the watch.
    public interface Listener {
        /// @param clusters all clusters by name; null while the Secrets could not be read yet
        /// @param problems replace the earlier ones under these keys
        void changed(@Nullable Map<String, Kubeconfig> clusters, Map<ResourceKey, List<Problem>> problems);
    }

    /// Where the Secrets are.
    ///
    /// @param namespace empty for that of the pod, or of the kubeconfig's context
    /// @param labels a label selector
    /// @param taken the names of clusters that the settings name, with what reads them
    /// @param saved when the last good state was in effect from which clusters are served until the Secrets can be read; null without one
    public record Selection(String namespace, String labels, Map<String, String> taken, @Nullable Instant saved) {
        public Selection {
            taken = Map.copyOf(taken);
        }
    }

    /// @param kubeconfig null where the Secret cannot be used
    private record Read(Resource secret, String cluster, @Nullable Kubeconfig kubeconfig, List<Problem> problems) {}

    private record Usable(String cluster, Kubeconfig kubeconfig) {}

    private final Selection selection;
    private final String namespace;
    private final ResourceKey place;
    private final ClusterApi api;
    private final InstantSource clock;
    private final Listener listener;
    private final Thread thread;

    // The following fields are guarded by this, which also serialises the calls of the listener.
    private final Map<ResourceKey, Read> secrets = new HashMap<>();
    /// The last kubeconfig of each Secret that could be used.
    private final Map<ResourceKey, Usable> usable = new HashMap<>();
    private Set<ResourceKey> reported = Set.of();
    private @Nullable Instant failingSince;
    private @Nullable Problem failure;
    private boolean known;
    private boolean closed;

    /// @param settings of the cluster that holds the Secrets
    /// @throws IllegalArgumentException when that cluster or the credentials cannot be found; the message says why
    public ClusterSecrets(KubernetesSettings settings, Selection selection, InstantSource clock, RandomGenerator random,
            Listener listener) {
        this.selection = selection;
        this.clock = clock;
        this.listener = listener;
        place = new ResourceKey("", "Cluster", "", settings.place());
        api = ClusterApi.of(settings.kubeconfig(), settings.context(), settings.quiet());
        namespace = selection.namespace.isEmpty() ? api.namespace() : selection.namespace;
        KindWatch watch = new KindWatch(WatchedKind.secrets(namespace, selection.labels), settings, api, new WatchListener(),
                random);
        thread = Thread.ofVirtual().name("kubernetes-cluster-secrets").unstarted(watch);
    }

    public void start() {
        thread.start();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        api.close();
    }

    private final class WatchListener implements KindWatch.Listener {
        @Override
        public void listed(KindWatch watch, List<Resource> all) {
            ClusterSecrets.this.listed(all);
        }

        @Override
        public void changed(KindWatch watch, Map<ResourceKey, @Nullable Resource> changes) {
            ClusterSecrets.this.changed(changes);
        }

        @Override
        public void statusChanged(ResourceKey key) {
            // Secrets have no status.
        }

        @Override
        public void failed(KindWatch watch, Failure why) {
            ClusterSecrets.this.failed(why);
        }

        @Override
        public void recovered(KindWatch watch) {
            ClusterSecrets.this.recovered();
        }
    }

    private synchronized void listed(List<Resource> all) {
        known = true;
        failure = null;
        failingSince = null;
        Set<ResourceKey> present = new HashSet<>();
        all.forEach(secret -> present.add(secret.key()));
        secrets.keySet().retainAll(present);
        usable.keySet().retainAll(present);
        all.forEach(this::take);
        tell();
    }

    private synchronized void changed(Map<ResourceKey, @Nullable Resource> changes) {
        changes.forEach((key, secret) -> {
            if (secret == null) {
                secrets.remove(key);
                usable.remove(key);
            } else {
                take(secret);
            }
        });
        tell();
    }

    private synchronized void failed(Failure why) {
        Instant since = failingSince == null ? clock.instant().truncatedTo(ChronoUnit.SECONDS) : failingSince;
        boolean first = failingSince == null;
        failingSince = since;
        if (first) {
            String meanwhile = known
                    ? "; the clusters that are known stay"
                    : selection.saved == null
                            ? "; no cluster of them is known"
                    : "; serving those of the last good state of " + Age.of(selection.saved, clock.instant());
            failure = why.isForbidden()
                    ? problem(place, "does not let this gateway " + why.verb() + " secrets in namespace " + namespace
                            + ", which describe further clusters" + meanwhile,
                            "a Role there with the verbs list and watch for secrets")
                    : problem(place, "cannot be read from " + api.address() + " since " + since + ": " + why.message()
                            + ", so that no cluster is added or removed by its Secrets" + meanwhile,
                            "an API server that answers");
        }
        if (first) {
            tell();
        }
    }

    private synchronized void recovered() {
        if (failure != null) {
            failure = null;
            failingSince = null;
            tell();
        }
    }

    private void take(Resource secret) {
        Read before = secrets.get(secret.key());
        if (before != null && before.secret.equals(secret)) {
            return;
        }
        Read now = read(secret);
        secrets.put(secret.key(), now);
        if (now.kubeconfig != null) {
            usable.put(secret.key(), new Usable(now.cluster, now.kubeconfig));
        }
    }

    private void tell() {
        if (closed) {
            return;
        }
        Map<ResourceKey, List<Problem>> problems = new LinkedHashMap<>();
        reported.forEach(key -> problems.put(key, List.of()));
        Map<String, Kubeconfig> clusters = clusters(problems);
        if (failure != null) {
            problems.put(place, List.of(failure));
        }
        Set<ResourceKey> present = new HashSet<>(problems.keySet());
        present.removeIf(key -> problems.getOrDefault(key, List.of()).isEmpty());
        reported = present;
        listener.changed(known ? clusters : null, problems);
    }

    /// The clusters by name; of two Secrets for one cluster the older one counts.
    private Map<String, Kubeconfig> clusters(Map<ResourceKey, List<Problem>> problems) {
        Map<String, Kubeconfig> clusters = new TreeMap<>();
        Map<String, Resource> owners = new HashMap<>();
        List<Read> ordered = new ArrayList<>(secrets.values());
        ordered.sort(Comparator.comparing(Read::secret, AGE));
        for (Read read : ordered) {
            ResourceKey key = read.secret.key();
            List<Problem> all = new ArrayList<>();
            Usable now = usable.get(key);
            read.problems
                    .forEach(problem -> all.add(now == null || read.kubeconfig != null || problem.severity() != Severity.ERROR
                            ? problem
                            : new Problem(key, problem.source(), problem.path(), problem.what()
                                    + "; the kubeconfig that it had before stays in effect", problem.expected(),
                                    problem.severity())));
            if (now != null) {
                Resource owner = owners.get(now.cluster);
                String source = selection.taken.get(now.cluster);
                if (source != null) {
                    all.add(problem(key, "describes the cluster " + now.cluster + ", which the source " + source
                            + " of the settings reads, so that it has no effect", "another name"));
                } else if (owner != null) {
                    all.add(problem(key, "describes the cluster " + now.cluster + " as the older " + owner.key()
                            + " does, so that it has no effect", "one Secret for each cluster"));
                } else if (clusters.size() == LIMIT) {
                    all.add(problem(key, "is one of more than " + LIMIT + " and has no effect",
                            "at most " + LIMIT + " clusters"));
                } else {
                    owners.put(now.cluster, read.secret);
                    clusters.put(now.cluster, now.kubeconfig);
                }
            }
            if (!all.isEmpty()) {
                problems.put(key, List.copyOf(all));
            }
        }
        return clusters;
    }

    private Problem problem(ResourceKey key, String what, String expected) {
        return new Problem(key, key.equals(place) ? "" : place.name(), "", what, expected, Severity.ERROR);
    }

    // ---- One Secret

    private Read read(Resource secret) {
        List<JsonReader.Issue> issues = new ArrayList<>();
        Map<String, Json> data = data(secret);
        String field = field(data);
        String cluster = field;
        Kubeconfig kubeconfig = null;
        if (field.isEmpty()) {
            issues.add(new JsonReader.Issue("data",
                    data.isEmpty() ? "is empty" : "has the fields " + String.join(", ", data.keySet()),
                    "one field with a kubeconfig, named kubeconfig, value, or as the cluster", true));
        } else {
            String path = "data." + field;
            if (USUAL_FIELDS.contains(field)) {
                String name = secret.key().name();
                cluster = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
            }
            if (!ResourceKey.isCluster(cluster)) {
                issues.add(new JsonReader.Issue(cluster.equals(field) ? path : "metadata.name",
                        "cannot be the name of a cluster", ResourceKey.CLUSTER_NAME, true));
            }
            kubeconfig = kubeconfig(data.get(field), path, issues);
        }
        List<Problem> problems = issues.stream()
                .map(issue -> new Problem(secret.key(), secret.source(), issue.path(), issue.what(),
                        issue.expected(), issue.error() ? Severity.ERROR : Severity.WARNING))
                .toList();
        boolean failed = issues.stream().anyMatch(JsonReader.Issue::error);
        return new Read(secret, cluster, failed ? null : kubeconfig, problems);
    }

    private static Map<String, Json> data(Resource secret) {
        return JsonParser.parse(secret.json()) instanceof JsonParser.Result.Parsed(Json.Obj object)
                && object.members().get("data") instanceof Json.Obj data ? data.members() : Map.of();
    }

    /// The field that holds the kubeconfig; empty when that is not clear.
    private static String field(Map<String, Json> data) {
        for (String usual : USUAL_FIELDS) {
            if (data.containsKey(usual)) {
                return usual;
            }
        }
        return data.size() == 1 ? data.keySet().iterator().next() : "";
    }

    private static @Nullable Kubeconfig kubeconfig(@Nullable Json value, String path, List<JsonReader.Issue> issues) {
        try {
            byte[] text = Base64.getDecoder().decode(value instanceof Json.Str(String encoded) ? encoded : "");
            Kubeconfig kubeconfig = Kubeconfig.read(text, path, issues);
            if (kubeconfig != null) {
                // Fails for credentials that cannot be used.
                ClusterApi.of(kubeconfig, Duration.ofSeconds(1)).close();
            }
            return kubeconfig;
        } catch (IllegalArgumentException e) {
            issues.add(new JsonReader.Issue(path, String.valueOf(e.getMessage()), "a kubeconfig", true));
            return null;
        }
    }
}
