package io.jigress.sources.kubernetes;

import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.control.ResourceStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Stores a source's deliveries as a gateway does, and lets a test wait for them.
final class Recorder implements ResourceSource.Sink {
    private static final long PATIENCE_SECONDS = 30;

    private final ResourceStore store = new ResourceStore();
    private int deliveries;
    private int wholeSets;
    private int problemChanges;

    @Override
    public synchronized void changed(List<Resource> upserts, List<ResourceSource.Deletion> deletions,
            Map<ResourceKey, List<Problem>> problems) {
        store.change("cluster", upserts, deletions, problems);
        deliveries++;
        problemChanges += problems.size();
        notifyAll();
    }

    @Override
    public synchronized void replaced(List<ResourceSource.Scope> scopes, List<Resource> resources,
            Map<ResourceKey, List<Problem>> problems) {
        store.replace("cluster", scopes, resources, problems);
        deliveries++;
        problemChanges += problems.size();
        wholeSets++;
        notifyAll();
    }

    synchronized int deliveries() {
        return deliveries;
    }

    /// How often the problems of an object, or of the cluster, were replaced.
    synchronized int problemChanges() {
        return problemChanges;
    }

    synchronized int wholeSets() {
        return wholeSets;
    }

    synchronized @Nullable Resource get(ResourceKey key) {
        return store.current().resources().get(key);
    }

    /// The names of the objects of a kind in a namespace.
    synchronized List<String> names(String kind, String namespace) {
        List<String> names = new ArrayList<>();
        store.current().resources().forEach((key, _) -> {
            if (key.kind().equals(kind) && key.namespace().equals(namespace)) {
                names.add(key.name());
            }
        });
        names.sort(null);
        return names;
    }

    synchronized List<String> problems() {
        List<String> all = new ArrayList<>();
        store.problems().forEach((_, list) -> list.forEach(problem -> all.add(problem.toString())));
        all.sort(null);
        return all;
    }

    /// Waits until what was delivered is as expected.
    synchronized void await(String what, Predicate<Recorder> expected) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!expected.test(this)) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError(what + " (problems: " + problems() + ")");
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }
}
