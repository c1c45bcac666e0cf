package io.jigress.sources.folder;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What each file of the folder holds, and what a new version of one changes: only objects that differ are told on, and objects that may
/// stand in a broken part stay. For one thread.
final class FolderFiles {

    /// @param stamp of the version that was read
    /// @param doubtful it was read so soon after it was written that a later write may look the same
    private record Known(FileStamp stamp, boolean doubtful, List<Resource> resources, boolean problems) {}

    /// What is to be delivered.
    static final class Changes {
        final List<Resource> upserts = new ArrayList<>();
        final List<ResourceSource.Deletion> deletions = new ArrayList<>();
        final Map<ResourceKey, List<Problem>> problems = new LinkedHashMap<>();

        boolean isEmpty() { return upserts.isEmpty() && deletions.isEmpty() && problems.isEmpty(); }
    }

    /// A version of a file that was just read.
    record Version(String source, FileStamp stamp, boolean doubtful, Manifest manifest) {}

    private final Map<String, Known> files = new TreeMap<>();
    private Changes changes = new Changes();
    /// Let go of after the first look.
    private LastGood lastGood;

    FolderFiles(LastGood lastGood) {
        this.lastGood = lastGood;
    }

    boolean isKnown(String source) {
        return files.containsKey(source);
    }

    Set<String> sources() {
        return files.keySet();
    }

    /// Whether a file must be read to know what it holds.
    boolean isNews(String source, FileStamp stamp) {
        Known known = files.get(source);
        return known == null || known.doubtful || !known.stamp.equals(stamp);
    }

    /// Takes in what a file holds now.
    void put(Version version, Instant now) {
        String source = version.source;
        Known before = files.get(source);
        Map<ResourceKey, Resource> missing = before == null
                ? byKey(lastGood.bySource().getOrDefault(source, List.of()))
                : byKey(before.resources);
        List<Resource> resources = new ArrayList<>();
        for (Resource resource : version.manifest.resources()) {
            Resource old = missing.remove(resource.key());
            Resource current = old != null && old.equals(resource) ? old : resource;
            resources.add(current);
            if (current != old || before == null) {
                changes.upserts.add(current);
            }
        }
        List<Problem> problems = new ArrayList<>(version.manifest.problems());
        if (version.manifest.complete()) {
            if (before != null) {
                missing.keySet().forEach(key -> changes.deletions.add(new ResourceSource.Deletion(key, source)));
            }
        } else if (!missing.isEmpty()) {
            resources.addAll(missing.values());
            if (before == null) {
                changes.upserts.addAll(missing.values());
            }
            problems.add(kept(source, missing.keySet(), before == null ? " (" + lastGood.age(now) + ")" : ""));
        }
        report(source, problems, before);
        files.put(source, new Known(version.stamp, version.doubtful, List.copyOf(resources), !problems.isEmpty()));
    }

    private static Problem kept(String source, Collection<ResourceKey> keys, String age) {
        String names = keys.stream().limit(3).map(ResourceKey::toString).collect(Collectors.joining(", "))
                + (keys.size() > 3 ? ", …" : "");
        return new Problem(ManifestReader.fileKey(source), source, "",
                "its last good version" + age + " stays in effect for " + (keys.size() == 1 ? "" : keys.size() + " objects: ")
                        + names,
                "", Severity.WARNING);
    }

    private static Map<ResourceKey, Resource> byKey(List<Resource> resources) {
        Map<ResourceKey, Resource> map = LinkedHashMap.newLinkedHashMap(resources.size());
        resources.forEach(resource -> map.put(resource.key(), resource));
        return map;
    }

    private void report(String source, List<Problem> problems, @Nullable Known before) {
        if (!problems.isEmpty() || (before != null && before.problems)) {
            changes.problems.put(ManifestReader.fileKey(source), List.copyOf(problems));
        }
    }

    /// Takes in that a file is gone.
    void remove(String source) {
        Known before = files.remove(source);
        if (before != null) {
            before.resources.forEach(resource -> changes.deletions.add(new ResourceSource.Deletion(resource.key(), source)));
            report(source, List.of(), before);
        }
    }

    /// Puts the last good state, where there is one left, in the place of files that nobody can read.
    ///
    /// @return how old it is
    Optional<String> restore(Instant now) {
        LastGood restored = lastGood;
        lastGood = LastGood.NONE;
        restored.bySource().forEach((source, resources) -> {
            files.put(source, new Known(FileStamp.NEVER, true, List.copyOf(resources), false));
            changes.upserts.addAll(resources);
        });
        return restored.bySource().isEmpty() ? Optional.empty() : Optional.of(restored.age(now));
    }

    void report(ResourceKey key, List<Problem> problems) {
        changes.problems.put(key, List.copyOf(problems));
    }

    /// Hands out what came together since the last call.
    Changes take() {
        Changes taken = changes;
        changes = new Changes();
        lastGood = LastGood.NONE;
        return taken;
    }
}
