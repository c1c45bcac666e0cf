package io.jigress.app.sources;

import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.control.StatusFlow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A folder that is one of several: the places of its files begin with the folder's name, so that files of the same name differ.
public final class PrefixedSource implements ResourceSource {
    private final ResourceSource source;
    private final String prefix;

    /// @param prefix `conf/`
    public PrefixedSource(ResourceSource source, String prefix) {
        this.source = source;
        this.prefix = prefix;
    }

    @Override
    public void statuses(StatusFlow flow) {
        source.statuses(flow);
    }

    @Override
    public void start(Sink sink) {
        source.start(new Sink() {
            @Override
            public void changed(List<Resource> upserts, List<Deletion> deletions, Map<ResourceKey, List<Problem>> problems) {
                sink.changed(upserts.stream().map(PrefixedSource.this::with).toList(),
                        deletions.stream().map(deletion -> new Deletion(deletion.key(), place(deletion.source()))).toList(),
                        with(problems));
            }

            @Override
            public void replaced(List<Scope> scopes, List<Resource> resources, Map<ResourceKey, List<Problem>> problems) {
                sink.replaced(scopes, resources.stream().map(PrefixedSource.this::with).toList(), with(problems));
            }
        });
    }

    private String place(String file) {
        // Problems of the whole folder already have its path.
        return file.isEmpty() || file.startsWith("/") ? file : prefix + file;
    }

    private Resource with(Resource resource) {
        return new Resource(resource.key(), resource.version(), resource.created(), place(resource.source()), resource.json(),
                resource.origin());
    }

    private Map<ResourceKey, List<Problem>> with(Map<ResourceKey, List<Problem>> problems) {
        Map<ResourceKey, List<Problem>> all = new LinkedHashMap<>();
        problems.forEach((key, list) -> all.put(with(key), list.stream().map(this::with).toList()));
        return all;
    }

    private ResourceKey with(ResourceKey key) {
        return key.kind().equals(Problem.FILE)
                ? new ResourceKey(key.group(), key.kind(), key.namespace(), place(key.name()))
                : key;
    }

    private Problem with(Problem problem) {
        return new Problem(with(problem.resource()), place(problem.source()), problem.path(), problem.what(), problem.expected(),
                problem.severity());
    }

    /// A resource with the place that its folder uses.
    public static Resource without(Resource resource, String prefix) {
        return prefix.isEmpty() || !resource.source().startsWith(prefix)
                ? resource.from("")
                : new Resource(resource.key(), resource.version(), resource.created(),
                        resource.source().substring(prefix.length()),
                        resource.json());
    }

    @Override
    public void close() {
        source.close();
    }
}
