package io.jigress.control;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Assigns the objects of a source to a cluster. The source itself names them as its API server or its files do, without a cluster.
public final class ClusterSink implements ResourceSource.Sink {
    /// The kind under which the problems of the source itself are reported.
    private static final Set<String> PLACES = Set.of(Problem.FILE, "Folder", "Cluster");

    private final ResourceSource.Sink sink;
    private final String cluster;

    public ClusterSink(ResourceSource.Sink sink, String cluster) {
        this.sink = sink;
        this.cluster = cluster;
    }

    @Override
    public void changed(List<Resource> upserts, List<ResourceSource.Deletion> deletions,
            Map<ResourceKey, List<Problem>> problems) {
        sink.changed(resources(upserts),
                deletions.stream().map(gone -> new ResourceSource.Deletion(gone.key().in(cluster), gone.source())).toList(),
                problems(problems));
    }

    @Override
    public void replaced(List<ResourceSource.Scope> scopes, List<Resource> resources, Map<ResourceKey, List<Problem>> problems) {
        sink.replaced(scopes, resources(resources), problems(problems));
    }

    private List<Resource> resources(List<Resource> resources) {
        return resources.stream().map(resource -> resource.in(cluster)).toList();
    }

    private Map<ResourceKey, List<Problem>> problems(Map<ResourceKey, List<Problem>> problems) {
        Map<ResourceKey, List<Problem>> all = new HashMap<>();
        problems.forEach((key, list) -> all.put(in(key), list.stream().map(this::in).toList()));
        return all;
    }

    private Problem in(Problem problem) {
        ResourceKey missing = problem.missing();
        return new Problem(in(problem.resource()), problem.source(), problem.path(), problem.what(), problem.expected(),
                problem.severity(), missing == null ? null : in(missing));
    }

    private ResourceKey in(ResourceKey key) {
        return key.group().isEmpty() && PLACES.contains(key.kind()) ? key : key.in(cluster);
    }
}
