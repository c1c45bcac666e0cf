package io.jigress.control;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Holds the objects of all sources, and decides which definition of an object is in effect when there are several: of two sources the one named
/// first, within a source the place that sorts first, so that the order of arrival does not matter. The other definitions get a [Problem], and
/// take effect when the first is removed.
///
/// For one writer thread; the returned sets are immutable.
public final class ResourceStore {
    private ResourceSet current = ResourceSet.EMPTY;
    private PersistentMap<ResourceKey, List<Problem>> problems = PersistentMap.empty();

    /// By source, then by the key of the report.
    private final Map<String, Map<ResourceKey, List<Problem>>> reported = new HashMap<>();
    /// Objects with several definitions: all definitions by place.
    private final Map<ResourceKey, TreeMap<Place, Resource>> contested = new HashMap<>();
    private final List<String> precedence;

    /// The place of a definition of an object.
    ///
    /// @param rank of the source
    private record Place(int rank, String origin, String source) implements Comparable<Place> {
        private static final Comparator<Place> ORDER = Comparator.comparingInt(Place::rank).thenComparing(Place::origin)
                .thenComparing(Place::source);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    /// A store of sources that are ordered by their names.
    public ResourceStore() {
        this(List.of());
    }

    /// @param precedence names of sources, the first wins; other sources come after them, ordered by name
    public ResourceStore(List<String> precedence) {
        this.precedence = List.copyOf(precedence);
    }

    public ResourceSet current() {
        return current;
    }

    /// The problems that sources reported, and those of objects with several definitions; only keys that have any.
    public PersistentMap<ResourceKey, List<Problem>> problems() {
        return problems;
    }

    /// Applies one delivery of one source. The revision is incremented when this changes any resource.
    public void change(String source, List<Resource> upserts, List<ResourceSource.Deletion> deletions,
            Map<ResourceKey, List<Problem>> newProblems) {
        PersistentMap<ResourceKey, Resource> resources = current.resources();
        for (ResourceSource.Deletion deletion : deletions) {
            resources = without(resources, deletion.key(), place(source, deletion.source()));
        }
        for (Resource upsert : upserts) {
            resources = with(resources, upsert.from(source));
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

    /// Applies the complete set of some kinds of one source: its objects of these kinds that are not in the set are deleted.
    public void replace(String source, List<ResourceSource.Scope> scopes, List<Resource> set,
            Map<ResourceKey, List<Problem>> newProblems) {
        Set<ResourceSource.Deletion> gone = new HashSet<>();
        current.resources().forEach((key, owner) -> {
            if (scopes.stream().anyMatch(scope -> scope.covers(key))) {
                TreeMap<Place, Resource> rivals = contested.get(key);
                for (Resource resource : rivals == null ? List.of(owner) : rivals.values()) {
                    if (resource.origin().equals(source)) {
                        gone.add(new ResourceSource.Deletion(key, resource.source()));
                    }
                }
            }
        });
        set.forEach(resource -> gone.remove(new ResourceSource.Deletion(resource.key(), resource.source())));
        change(source, set, List.copyOf(gone), newProblems);
    }

    /// Removes a source: all its objects and problems.
    public void remove(String source) {
        Map<ResourceKey, List<Problem>> none = new HashMap<>();
        reported.getOrDefault(source, Map.of()).keySet().forEach(key -> none.put(key, List.of()));
        replace(source, List.of(ResourceSource.Scope.EVERYTHING), List.of(), none);
        reported.remove(source);
    }

    private Place place(String origin, String source) {
        int rank = precedence.indexOf(origin);
        return new Place(rank < 0 ? precedence.size() : rank, origin, source);
    }

    private Place place(Resource resource) {
        return place(resource.origin(), resource.source());
    }

    private PersistentMap<ResourceKey, Resource> with(PersistentMap<ResourceKey, Resource> resources, Resource resource) {
        ResourceKey key = resource.key();
        TreeMap<Place, Resource> rivals = contested.get(key);
        if (rivals == null) {
            Resource owner = resources.get(key);
            if (owner == null || (owner.source().equals(resource.source()) && owner.origin().equals(resource.origin()))) {
                return resources.with(key, resource);
            }
            rivals = new TreeMap<>(Map.of(place(owner), owner));
            contested.put(key, rivals);
        }
        rivals.put(place(resource), resource);
        gather(key);
        return resources.with(key, rivals.firstEntry().getValue());
    }

    private PersistentMap<ResourceKey, Resource> without(PersistentMap<ResourceKey, Resource> resources, ResourceKey key,
            Place place) {
        TreeMap<Place, Resource> rivals = contested.get(key);
        if (rivals == null) {
            Resource owner = resources.get(key);
            return owner != null && place(owner).equals(place) ? resources.without(key) : resources;
        }
        rivals.remove(place);
        if (rivals.size() == 1) {
            contested.remove(key);
        }
        gather(key);
        return resources.with(key, rivals.firstEntry().getValue());
    }

    /// Merges the problems of one key.
    private void gather(ResourceKey key) {
        List<Problem> all = new ArrayList<>();
        for (Map<ResourceKey, List<Problem>> source : reported.values()) {
            all.addAll(source.getOrDefault(key, List.of()));
        }
        TreeMap<Place, Resource> rivals = contested.get(key);
        if (rivals != null) {
            Place owner = rivals.firstKey();
            rivals.tailMap(owner, false).keySet()
                    .forEach(loser -> all.add(new Problem(key, loser.source, "", "is defined twice, also in " + owner.source
                            + "; this one has no effect", "one definition", Severity.ERROR)));
        }
        all.sort(Problem.ORDER);
        problems = all.isEmpty() ? problems.without(key) : problems.with(key, List.copyOf(all));
    }
}
