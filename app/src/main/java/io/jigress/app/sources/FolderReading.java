package io.jigress.app.sources;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ReferenceHints;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSet;
import io.jigress.control.ResourceStore;
import io.jigress.control.ServiceDirectory;
import io.jigress.control.Translation;
import io.jigress.control.Translator;
import io.jigress.sources.folder.FolderSettings;
import io.jigress.sources.folder.FolderSource;
import io.jigress.sources.manifest.LastGood;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// A folder that was read once, without a gateway: its objects, their translation and their problems.
///
/// @param problems sorted by file
public record FolderReading(ResourceSet resources, Translation translation, List<Problem> problems, Places places) {

    /// Reads a readable folder ([FolderSource#obstacle]) as a running gateway does.
    public static FolderReading of(Path folder, Translator translator) {
        ResourceStore store = new ResourceStore();
        try (FolderSource source = new FolderSource(folder, FolderSettings.DEFAULT, LastGood.NONE, InstantSource.system())) {
            source.start((upserts, deletions, problems) -> {
                synchronized (store) {
                    store.change("folder", upserts, deletions, problems);
                }
            });
        }
        synchronized (store) {
            ResourceSet resources = store.current();
            Translation translation = translator.translate(resources);
            List<Problem> problems = problems(store.problems(), translation.problems(), resources);
            return new FolderReading(resources, translation,
                    problems.isEmpty() && resources.resources().size() == 0 ? List.of(empty(folder)) : problems,
                    Places.in(folder));
        }
    }

    private static List<Problem> problems(PersistentMap<ResourceKey, List<Problem>> ofSource,
            PersistentMap<ResourceKey, List<Problem>> ofTranslation, ResourceSet resources) {
        List<Problem> all = new ArrayList<>();
        ofSource.forEach((_, list) -> all.addAll(list));
        ofTranslation.forEach((_, list) -> all.addAll(list));
        all.sort(Problem.ORDER);
        return ReferenceHints.complete(all, resources.resources());
    }

    private static Problem empty(Path folder) {
        return new Problem(new ResourceKey("", "Folder", "", folder.normalize().toString()), "", "", "holds no object",
                "files named .yaml, .yml or .json, with Kubernetes objects", Severity.WARNING);
    }

    /// The endpoints of the folder's Services.
    public ServiceDirectory directory() {
        ServiceDirectory directory = new ServiceDirectory();
        Map<ResourceKey, Resource> concerned = new HashMap<>();
        resources.resources().forEach((key, resource) -> {
            if (directory.concerns(key)) {
                concerned.put(key, resource);
            }
        });
        directory.changed(concerned);
        return directory;
    }

    public int files() {
        TreeSet<String> sources = new TreeSet<>();
        resources.resources().forEach((_, resource) -> sources.add(resource.source()));
        problems.stream().map(Problem::source).filter(source -> !source.isEmpty()).forEach(sources::add);
        return sources.size();
    }

    public int count(Severity severity) {
        return (int) problems.stream().filter(problem -> problem.severity() == severity).count();
    }

    public int objects() {
        return resources.resources().size();
    }
}
