package io.jigress.control;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem.Severity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Keeps what all sources delivered, and settles who owns an object that is defined in two places: the place whose name is least, so
/// that the order of arrival never matters. The others get a [Problem], and take over when the owner goes.
///
/// [Resource#source] names a place uniquely over all sources. One writer thread; what it hands out is immutable.
public final class ResourceStore {
    private ResourceSet current = ResourceSet.EMPTY;
    private PersistentMap<ResourceKey, List<Problem>> problems = PersistentMap.empty();

    /// By source, then by the key that a problem was reported under.
    private final Map<String, Map<ResourceKey, List<Problem>>> reported = new HashMap<>();
    /// Objects with more than one definition: all of them by place.
    private final Map<ResourceKey, TreeMap<String, Resource>> contested = new HashMap<>();

    public ResourceSet current() {
        return current;
    }

    /// What the sources reported, and objects that are defined twice; only keys that have any.
    public PersistentMap<ResourceKey, List<Problem>> problems() {
        return problems;
    }

    /// Takes in one delivery of one source. The revision counts up when this changes any resource.
    public void change(String source, List<Resource> upserts, List<ResourceSource.Deletion> deletions,
            Map<ResourceKey, List<Problem>> newProblems) {
        PersistentMap<ResourceKey, Resource> resources = current.resources();
        for (ResourceSource.Deletion deletion : deletions) {
            resources = without(resources, deletion);
        }
        for (Resource upsert : upserts) {
            resources = with(resources, upsert);
        }
        Map<ResourceKey, List<Problem>> mine = reported.computeIfAbsent(source, _ -> new HashMap<>());
        newProblems.forEach((key, list) -> {
            if (list.isEmpty()) {
                mine.remove(key);
            } else {
                mine.put(key, List.copyOf(list));
            }
            gather(key);
        });
        if (resources != current.resources()) {
            current = new ResourceSet(current.revision() + 1, resources);
        }
    }

    private PersistentMap<ResourceKey, Resource> with(PersistentMap<ResourceKey, Resource> resources, Resource resource) {
        ResourceKey key = resource.key();
        TreeMap<String, Resource> rivals = contested.get(key);
        if (rivals == null) {
            Resource owner = resources.get(key);
            if (owner == null || owner.source().equals(resource.source())) {
                return resources.with(key, resource);
            }
            rivals = new TreeMap<>(Map.of(owner.source(), owner));
            contested.put(key, rivals);
        }
        rivals.put(resource.source(), resource);
        gather(key);
        return resources.with(key, rivals.firstEntry().getValue());
    }

    private PersistentMap<ResourceKey, Resource> without(PersistentMap<ResourceKey, Resource> resources,
            ResourceSource.Deletion deletion) {
        ResourceKey key = deletion.key();
        TreeMap<String, Resource> rivals = contested.get(key);
        if (rivals == null) {
            Resource owner = resources.get(key);
            return owner != null && owner.source().equals(deletion.source()) ? resources.without(key) : resources;
        }
        rivals.remove(deletion.source());
        if (rivals.size() == 1) {
            contested.remove(key);
        }
        gather(key);
        return resources.with(key, rivals.firstEntry().getValue());
    }

    /// Brings together what there is to say under one key.
    private void gather(ResourceKey key) {
        List<Problem> all = new ArrayList<>();
        for (Map<ResourceKey, List<Problem>> source : reported.values()) {
            all.addAll(source.getOrDefault(key, List.of()));
        }
        TreeMap<String, Resource> rivals = contested.get(key);
        if (rivals != null) {
            String owner = rivals.firstKey();
            rivals.tailMap(owner, false).keySet()
                    .forEach(loser -> all.add(new Problem(key, loser, "", "is defined twice, also in " + owner
                            + "; this one has no effect", "one definition", Severity.ERROR)));
        }
        all.sort(Problem.ORDER);
        problems = all.isEmpty() ? problems.without(key) : problems.with(key, List.copyOf(all));
    }
}
