package io.jigress.sources.nacos;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.manifest.Manifest;
import io.jigress.sources.manifest.ManifestReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The objects of each data id, and the changes of a new version. Objects that may be in a part that cannot be read keep their last version. For
/// one thread.
final class NacosDocuments {
    private record Known(List<Resource> resources, List<Problem> problems) {}

    /// The changes to deliver.
    ///
    /// @param whole whether the resources are the complete set
    record Delivery(boolean whole, List<Resource> resources, List<ResourceSource.Deletion> deletions,
            Map<ResourceKey, List<Problem>> problems) {

        boolean isEmpty() { return !whole && resources.isEmpty() && deletions.isEmpty() && problems.isEmpty(); }
    }

    private final Map<String, Known> documents = new TreeMap<>();
    private List<Resource> upserts = new ArrayList<>();
    private List<ResourceSource.Deletion> deletions = new ArrayList<>();
    private Map<ResourceKey, List<Problem>> problems = new LinkedHashMap<>();
    private LastGood lastGood;
    /// Whether the next delivery is the complete set.
    private boolean whole = true;

    NacosDocuments(LastGood lastGood) {
        this.lastGood = lastGood;
    }

    Set<String> places() {
        return documents.keySet();
    }

    /// Stores the present content of a data id.
    void put(String place, Manifest manifest, Instant now) {
        Known before = documents.get(place);
        Map<ResourceKey, Resource> missing = new LinkedHashMap<>();
        (before == null ? lastGood.bySource().getOrDefault(place, List.of()) : before.resources)
                .forEach(resource -> missing.put(resource.key(), resource));
        List<Resource> resources = new ArrayList<>();
        for (Resource resource : manifest.resources()) {
            Resource old = missing.remove(resource.key());
            Resource current = old != null && old.equals(resource) ? old : resource;
            resources.add(current);
            if (current != old || before == null) {
                upserts.add(current);
            }
        }
        List<Problem> found = new ArrayList<>(manifest.problems());
        if (manifest.complete()) {
            if (before != null) {
                missing.keySet().forEach(key -> deletions.add(new ResourceSource.Deletion(key, place)));
            }
        } else if (!missing.isEmpty()) {
            resources.addAll(missing.values());
            if (before == null) {
                upserts.addAll(missing.values());
            }
            found.add(kept(place, missing.keySet(), before == null ? " (" + lastGood.age(now) + ")" : ""));
        }
        documents.put(place, new Known(List.copyOf(resources), List.copyOf(found)));
        if (!found.isEmpty() || before != null && !before.problems.isEmpty()) {
            report(ManifestReader.fileKey(place), found);
        }
    }

    private static Problem kept(String place, Collection<ResourceKey> keys, String age) {
        String names = keys.stream().limit(3).map(ResourceKey::toString).collect(Collectors.joining(", "))
                + (keys.size() > 3 ? " and " + (keys.size() - 3) + " more" : "");
        return new Problem(ManifestReader.fileKey(place), place, "",
                "its last good version" + age + " stays in effect for " + (keys.size() == 1 ? "" : keys.size() + " objects: ")
                        + names,
                "", Severity.WARNING);
    }

    /// Processes the deletion of a data id.
    void remove(String place) {
        Known before = documents.remove(place);
        if (before != null) {
            before.resources.forEach(resource -> deletions.add(new ResourceSource.Deletion(resource.key(), place)));
            if (!before.problems.isEmpty()) {
                report(ManifestReader.fileKey(place), List.of());
            }
        }
    }

    void report(ResourceKey key, List<Problem> list) {
        problems.put(key, List.copyOf(list));
    }

    /// Uses the last good state, if there is one, when the server cannot be reached at the start.
    ///
    /// @return the age of that state; null when there is none
    @Nullable String restore(Instant now) {
        LastGood restored = lastGood;
        restored.bySource().forEach((place, resources) -> {
            documents.putIfAbsent(place, new Known(List.copyOf(resources), List.of()));
            upserts.addAll(resources);
        });
        return restored.bySource().isEmpty() ? null : restored.age(now);
    }

    /// Returns the changes since the last call; the first time, the complete set.
    Delivery take() {
        List<Resource> resources = whole
                ? documents.values().stream().flatMap(known -> known.resources.stream()).toList()
                : upserts;
        Delivery taken = new Delivery(whole, List.copyOf(resources), whole ? List.of() : List.copyOf(deletions),
                new LinkedHashMap<>(problems));
        whole = false;
        upserts = new ArrayList<>();
        deletions = new ArrayList<>();
        problems = new LinkedHashMap<>();
        lastGood = LastGood.NONE;
        return taken;
    }
}
