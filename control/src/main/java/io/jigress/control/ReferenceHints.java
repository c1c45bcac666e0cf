package io.jigress.control;

import io.jigress.api.NearestName;
import io.jigress.config.PersistentMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Finds what an unresolved reference probably meant: a similar name, an object of another kind or in
/// another namespace. Computed when problems are shown, since it depends on all other objects. For one thread.
public final class ReferenceHints {
    /// Kinds that are confused in references, and how a reference to each is written.
    private static final Map<String, List<String>> OTHER_KINDS = Map.of("Service", List.of("Backend", "DubboService"),
            "Backend", List.of("Service", "DubboService"), "DubboService", List.of("Backend", "Service"));
    private static final Map<String, String> GROUP = Map.of("Service", "", "Backend", "jigress.io", "DubboService", "jigress.io");
    /// After this many comparisons only exact names are looked up, since a folder may have thousands of unresolved references.
    private static final int COMPARISONS = 200_000;

    private final PersistentMap<ResourceKey, Resource> resources;
    /// The namespaces by cluster, kind and name; computed when first needed.
    private final Map<Kind, Map<String, TreeSet<String>>> namespaces = new HashMap<>();
    private final Map<ResourceKey, String> known = new HashMap<>();
    private int comparisons;

    private record Kind(String cluster, String group, String kind) {}

    private ReferenceHints(PersistentMap<ResourceKey, Resource> resources) {
        this.resources = resources;
    }

    /// The same problems; unresolved references name the likely target.
    public static List<Problem> complete(List<Problem> problems, PersistentMap<ResourceKey, Resource> resources) {
        if (problems.stream().allMatch(problem -> problem.missing() == null)) {
            return problems;
        }
        ReferenceHints hints = new ReferenceHints(resources);
        List<Problem> complete = new ArrayList<>(problems.size());
        problems.forEach(problem -> complete.add(hints.complete(problem)));
        return List.copyOf(complete);
    }

    private Problem complete(Problem problem) {
        ResourceKey missing = problem.missing();
        String hint = missing == null ? "" : known.computeIfAbsent(missing, this::hint);
        return missing == null || hint.isEmpty() || problem.what().endsWith(hint)
                ? problem
                : new Problem(problem.resource(), problem.source(), problem.path(), problem.what() + hint, problem.expected(),
                        problem.severity(), missing);
    }

    private String hint(ResourceKey missing) {
        if (namespaces.isEmpty()) {
            resources.forEach(
                    (key, _) -> namespaces.computeIfAbsent(new Kind(key.cluster(), key.group(), key.kind()), _ -> new HashMap<>())
                            .computeIfAbsent(key.name(), _ -> new TreeSet<>()).add(key.namespace()));
        }
        for (String other : OTHER_KINDS.getOrDefault(missing.kind(), List.of())) {
            String group = GROUP.getOrDefault(other, "");
            if (resources.get(missing.beside(group, other, missing.namespace(), missing.name())) != null) {
                return "; there is a " + other + " of this name, for which the reference needs "
                        + (group.isEmpty() ? "" : "group: " + group + ", ") + "kind: " + other;
            }
        }
        Map<String, TreeSet<String>> alike = namespaces.getOrDefault(new Kind(missing.cluster(), missing.group(), missing.kind()),
                Map.of());
        TreeSet<String> elsewhere = alike.get(missing.name());
        if (elsewhere != null) {
            return "; there is " + missing.beside(missing.group(), missing.kind(), elsewhere.first(), missing.name());
        }
        comparisons += alike.size();
        if (comparisons > COMPARISONS) {
            return "";
        }
        List<String> here = alike.entrySet().stream().filter(entry -> entry.getValue().contains(missing.namespace()))
                .map(Map.Entry::getKey).toList();
        return NearestName.hint(missing.name(), here);
    }
}
