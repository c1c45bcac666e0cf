package io.jigress.sources.folder;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.control.ResourceStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// Records a source's deliveries and lets a test wait for expected ones.
final class Recorder implements ResourceSource.Sink {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final ResourceStore store = new ResourceStore();
    private final List<String> history = new ArrayList<>();
    private int deliveries;

    @Override
    public synchronized void changed(List<Resource> upserts, List<ResourceSource.Deletion> deletions,
            Map<ResourceKey, List<Problem>> problems) {
        upserts.forEach(r -> history.add("+" + r.key().name()));
        deletions.forEach(d -> history.add("-" + d.key().name()));
        deliveries++;
        store.change("folder", upserts, deletions, problems);
        notifyAll();
    }

    /// All changes, object by object: `+shop`, `-shop`.
    synchronized List<String> history() {
        return List.copyOf(history);
    }

    synchronized void forget() {
        history.clear();
    }

    synchronized int deliveries() {
        return deliveries;
    }

    /// JSON by name of the object.
    synchronized Map<String, String> objects() {
        Map<String, String> objects = new TreeMap<>();
        store.current().resources().forEach((key, resource) -> objects.put(key.name(), new String(resource.json(), UTF_8)));
        return objects;
    }

    synchronized List<Resource> resources() {
        List<Resource> resources = new ArrayList<>();
        store.current().resources().forEach((_, resource) -> resources.add(resource));
        return resources;
    }

    synchronized List<String> problems() {
        List<Problem> problems = new ArrayList<>();
        store.problems().forEach((_, list) -> problems.addAll(list));
        problems.sort(Problem.ORDER);
        return problems.stream().map(Problem::toString).toList();
    }

    synchronized void await(String what, Predicate<Recorder> condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.test(this)) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError(
                        "never: " + what + "\nobjects: " + objects() + "\nproblems: " + problems() + "\nhistory: " + history);
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    void awaitObjects(String... names) throws InterruptedException {
        await("objects " + List.of(names), r -> List.copyOf(r.objects().keySet()).equals(List.of(names)));
    }

    void awaitText(String name, String part) throws InterruptedException {
        await(name + " with " + part, r -> r.objects().getOrDefault(name, "").contains(part));
    }

    void awaitProblem(String part) throws InterruptedException {
        await("a problem with " + part, r -> r.problems().stream().anyMatch(p -> p.contains(part)));
    }

    void awaitNoProblem() throws InterruptedException {
        await("no problem", r -> r.problems().isEmpty());
    }
}
