package io.jigress.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jigress.api.Json;
import io.jigress.app.settings.Setting.Machine;
import io.jigress.app.settings.Settings;
import io.jigress.app.translate.Translators;
import io.jigress.control.JsonParser;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.control.ResourceStore;
import io.jigress.control.Translation;
import io.jigress.sources.manifest.ManifestReader;
import io.jigress.sources.kubernetes.KubernetesSettings;
import io.jigress.sources.kubernetes.KubernetesSource;
import io.jigress.testkit.kubernetes.KubeApiServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/// A folder and an API server give the same translation for the same objects: the golden cases of `control` through both. Objects that the API
/// server refuses with strict validation, as kubectl requests it, are left out on both sides. Skipped where there is no API server.
@Tag("suite")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FolderAndClusterTest {
    private static final String PLACE = "in.yaml";
    private static final Settings SETTINGS = Settings.defaults(new Machine(1, 512 << 20));

    /// Cases whose objects are not the same on both sides, and why.
    private static final Map<String, String> DIFFERENT = Map.of(
            "http-route/no-rules", "the schema makes a rule where there is none",
            "other/near-misses", "an API server turns old versions into the one that is asked for");

    private final Store store = new Store();
    private KubeApiServer server;
    private @Nullable KubernetesSource source;

    private static final class Store implements ResourceSource.Sink {
        private final ResourceStore resources = new ResourceStore();

        @Override
        public synchronized void changed(List<Resource> upserts, List<ResourceSource.Deletion> deletions,
                Map<ResourceKey, List<Problem>> problems) {
            resources.change("cluster", upserts, deletions, problems);
            notifyAll();
        }

        @Override
        public synchronized void replaced(List<ResourceSource.Scope> scopes, List<Resource> set,
                Map<ResourceKey, List<Problem>> problems) {
            resources.replace("cluster", scopes, set, problems);
            notifyAll();
        }

        synchronized @Nullable Resource get(ResourceKey key) {
            return resources.current().resources().get(key);
        }

        synchronized void await(String what, Predicate<Store> expected) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (!expected.test(this)) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new AssertionError(what);
                }
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        }
    }

    @BeforeAll
    void start() {
        server = KubeApiServer.shared();
        source = new KubernetesSource(
                KubernetesSettings.of("kubernetes", server.kubeconfig(), "", Translators.of(SETTINGS)::reads, null),
                KubernetesSource.LastGood.NONE, InstantSource.system(), new Random(1));
        source.start(store);
    }

    @AfterAll
    void end() {
        if (source != null) {
            source.close();
        }
    }

    @TestFactory
    Stream<DynamicTest> theTranslationIsTheSame() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(root.resolve("control/src/test/resources/golden"))) {
            root = root.getParent();
        }
        Path golden = root.resolve("control/src/test/resources/golden");
        try (Stream<Path> files = Files.walk(golden)) {
            List<Path> inputs = files.filter(file -> file.toString().endsWith(".in.yaml")).sorted().toList();
            assertThat(inputs).hasSizeGreaterThan(50);
            return inputs.stream().filter(input -> !DIFFERENT.containsKey(name(golden, input)))
                    .map(input -> DynamicTest.dynamicTest(name(golden, input), () -> compare(input)));
        }
    }

    private static String name(Path golden, Path input) {
        return golden.relativize(input).toString().replace(".in.yaml", "");
    }

    private void compare(Path input) throws InterruptedException {
        List<Resource> written = ManifestReader.read(PLACE, read(input)).resources();
        Map<ResourceKey, Resource> accepted = new LinkedHashMap<>();
        List<String> made = new ArrayList<>();
        try {
            for (Resource resource : written) {
                String path = create(resource);
                if (!path.isEmpty()) {
                    made.add(path);
                }
                if (!path.isEmpty() && Translators.of(SETTINGS).reads(resource.key()) && isRead(resource)) {
                    accepted.put(resource.key(), resource);
                }
            }
            store.await("the API server's objects are read",
                    s -> accepted.values().stream().allMatch(resource -> isNews(s.get(resource.key()), resource)));
            List<Resource> read = new ArrayList<>();
            accepted.forEach((key, resource) -> read.add(asWritten(store.get(key), resource)));
            same(translate(List.copyOf(accepted.values())), translate(read));
        } finally {
            made.forEach(server::delete);
            store.await("the case is gone", s -> accepted.keySet().stream()
                    .allMatch(key -> key.kind().equals("Namespace") || s.get(key) == null));
        }
    }

    /// Whether a cluster's source reads the object: of the Secrets, only those with certificates.
    private static boolean isRead(Resource resource) {
        return !resource.key().kind().equals("Secret")
                || Json.of("kubernetes.io/tls").equals(json(resource).members().get("type"));
    }

    /// A Namespace is kept between cases: it counts as arrived when its labels have arrived.
    private static boolean isNews(@Nullable Resource read, Resource written) {
        return read != null
                && (!written.key().kind().equals("Namespace") || labels(read).entrySet().containsAll(labels(written).entrySet()));
    }

    private static Map<String, Json> labels(Resource resource) {
        return metadata(resource).members().get("labels") instanceof Json.Obj(Map<String, Json> labels) ? labels : Map.of();
    }

    private static Json.Obj metadata(Resource resource) {
        return json(resource).members().get("metadata") instanceof Json.Obj metadata ? metadata : Json.Obj.EMPTY;
    }

    private static Json.Obj json(Resource resource) {
        return JsonParser.parse(resource.json()) instanceof JsonParser.Result.Parsed(Json.Obj object) ? object : Json.Obj.EMPTY;
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @return the path of the object; empty when it was refused
    private String create(Resource resource) {
        ResourceKey key = resource.key();
        String apiVersion = key.group().isEmpty() ? resource.version() : key.group() + "/" + resource.version();
        String path = KubeApiServer.path(apiVersion, key.kind(), key.namespace(), key.name());
        if (!key.namespace().isEmpty()) {
            server.namespace(key.namespace());
        }
        Json.Obj object = json(resource);
        Map<String, Json> metadata = new LinkedHashMap<>(metadata(resource).members());
        metadata.keySet().removeAll(Set.of("generation", "creationTimestamp"));
        Map<String, Json> members = new LinkedHashMap<>(object.members());
        members.put("metadata", new Json.Obj(metadata));
        String body = new Json.Obj(members).toString();
        KubeApiServer.Answer answer = key.kind().equals("Namespace")
                ? server.apply(path, body)
                : server.create(path.substring(0, path.lastIndexOf('/')) + "?fieldValidation=Strict", body);
        return !answer.isSuccess() ? "" : key.kind().equals("Namespace") ? path + "?dryRun=All" : path;
    }

    /// The objects read, with creation times and generations of the file, since a cluster sets its own.
    private static Resource asWritten(@Nullable Resource read, Resource written) {
        if (read == null) {
            throw new AssertionError(written.key());
        }
        Map<String, Json> metadata = new HashMap<>(metadata(read).members());
        Set.of("generation", "creationTimestamp", "uid").forEach(field -> {
            metadata.remove(field);
            Json original = metadata(written).members().get(field);
            if (original != null) {
                metadata.put(field, original);
            }
        });
        Map<String, Json> members = new LinkedHashMap<>(json(read).members());
        members.put("metadata", new Json.Obj(metadata));
        return new Resource(read.key(), read.version(), written.created(), PLACE,
                new Json.Obj(members).toString().getBytes(UTF_8));
    }

    private static Translation translate(List<Resource> resources) {
        ResourceStore all = new ResourceStore();
        all.change("x", resources, List.of(), Map.of());
        return Translators.of(SETTINGS).translate(all.current());
    }

    /// The API server sorts the annotations that problems mention.
    private static List<Problem> sorted(Translation translation) {
        List<Problem> all = new ArrayList<>();
        translation.problems().forEach((_, problems) -> all.addAll(problems));
        all.sort(Problem.ORDER);
        return all;
    }

    private static void same(Translation folder, Translation cluster) {
        assertThat(sorted(cluster)).isEqualTo(sorted(folder));
        assertThat(cluster.statuses()).isEqualTo(folder.statuses());
        assertThat(cluster.config()).isEqualTo(folder.config());
    }
}
