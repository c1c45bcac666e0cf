package io.jigress.sources.folder;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.ResourceSource;
import io.jigress.sources.manifest.LastGood;
import io.jigress.sources.manifest.Manifest;
import io.jigress.sources.manifest.ManifestReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The objects of each file of the folder, and the changes of a new version: only objects that differ are delivered, and objects that may
/// be in a broken part of the file are kept. For one thread.
final class FolderFiles {

    /// @param stamp of the version that was read
    /// @param doubtful whether it was read so soon after it was written that a later write may have the same stamp
    /// @param resources its objects, including those of its last version that are kept for now
    /// @param leaving of these, the objects that are kept until [#expire] although the file no longer contains them
    /// @param own the other problems of the file
    private record Known(FileStamp stamp, boolean doubtful, List<Resource> resources, Set<ResourceKey> leaving, long readNanos,
            List<Problem> own) {

        boolean problems() {
            return !own.isEmpty() || !leaving.isEmpty();
        }
    }

    /// The changes to deliver.
    static final class Changes {
        final List<Resource> upserts = new ArrayList<>();
        final List<ResourceSource.Deletion> deletions = new ArrayList<>();
        final Map<ResourceKey, List<Problem>> problems = new LinkedHashMap<>();

        boolean isEmpty() { return upserts.isEmpty() && deletions.isEmpty() && problems.isEmpty(); }
    }

    /// A version of a file that has just been read.
    record Version(String source, FileStamp stamp, boolean doubtful, Manifest manifest) {}

    private final Map<String, Known> files = new TreeMap<>();
    /// Files with leaving objects, in the order of their last change.
    private final Set<String> unsettled = new LinkedHashSet<>();
    private final long objectVanishNanos;
    private Changes changes = new Changes();
    /// Released after the first scan.
    private LastGood lastGood;

    /// @param objectVanish how long an object is kept that is missing from a file rewritten in place
    FolderFiles(LastGood lastGood, Duration objectVanish) {
        this.lastGood = lastGood;
        this.objectVanishNanos = objectVanish.toNanos();
    }

    boolean isKnown(String source) {
        return files.containsKey(source);
    }

    Set<String> sources() {
        return files.keySet();
    }

    /// Whether a file must be read again.
    boolean isNews(String source, FileStamp stamp) {
        Known known = files.get(source);
        return known == null || known.doubtful || !known.stamp.equals(stamp);
    }

    /// Stores the present content of a file.
    ///
    /// @param nanos the same moment by [System#nanoTime]
    void put(Version version, Instant now, long nanos) {
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
        Set<ResourceKey> leaving = Set.of();
        if (version.manifest.complete()) {
            if (before != null && !missing.isEmpty()) {
                // A file that was replaced by renaming another one is complete; one that was rewritten in place may be half written.
                boolean inPlace = before.stamp.file().equals(version.stamp.file());
                Set<ResourceKey> elsewhere = inPlace ? elsewhere(source, missing.keySet()) : missing.keySet();
                elsewhere.forEach(key -> changes.deletions.add(new ResourceSource.Deletion(key, source)));
                leaving = new LinkedHashSet<>(missing.keySet());
                leaving.removeAll(elsewhere);
                leaving.forEach(key -> resources.add(Objects.requireNonNull(missing.get(key))));
            }
        } else if (!missing.isEmpty()) {
            resources.addAll(missing.values());
            if (before == null) {
                changes.upserts.addAll(missing.values());
            }
            problems.add(kept(source, missing.keySet(), before == null ? " (" + lastGood.age(now) + ")" : ""));
        }
        settle(source, before, new Known(version.stamp, version.doubtful, List.copyOf(resources), leaving, nanos, problems));
        version.manifest.resources().forEach(resource -> arrived(resource.key(), source));
    }

    private void settle(String source, @Nullable Known before, Known now) {
        unsettled.remove(source);
        List<Problem> problems = new ArrayList<>(now.own);
        if (!now.leaving.isEmpty()) {
            unsettled.add(source);
            problems.add(new Problem(ManifestReader.fileKey(source), source, "",
                    "no longer holds " + names(now.leaving) + ", which stay in effect until the file has not changed for "
                            + Duration.ofNanos(objectVanishNanos).toMillis() + " ms: it may be half written",
                    "", Severity.WARNING));
        }
        report(source, problems, before);
        files.put(source, now);
    }

    /// Those of the objects that other files define as well.
    private Set<ResourceKey> elsewhere(String source, Set<ResourceKey> keys) {
        Set<ResourceKey> found = new HashSet<>();
        files.forEach((other, known) -> {
            if (!other.equals(source)) {
                known.resources.stream().map(Resource::key).filter(key -> keys.contains(key) && !known.leaving.contains(key))
                        .forEach(found::add);
            }
        });
        return found;
    }

    /// An object that was leaving one file is now in another.
    private void arrived(ResourceKey key, String source) {
        for (String other : List.copyOf(unsettled)) {
            Known known = files.get(other);
            if (known != null && !other.equals(source) && known.leaving.contains(key)) {
                let(other, known, Set.of(key));
            }
        }
    }

    /// Removes objects that are leaving.
    private void let(String source, Known known, Set<ResourceKey> gone) {
        gone.forEach(key -> changes.deletions.add(new ResourceSource.Deletion(key, source)));
        Set<ResourceKey> leaving = new LinkedHashSet<>(known.leaving);
        leaving.removeAll(gone);
        settle(source, known, new Known(known.stamp, known.doubtful,
                known.resources.stream().filter(resource -> !gone.contains(resource.key())).toList(), leaving, known.readNanos,
                known.own));
    }

    /// Removes the objects that are missing from files which have not changed for long enough.
    void expire(long nanos) {
        for (String source : List.copyOf(unsettled)) {
            Known known = files.get(source);
            if (known != null && nanos - known.readNanos >= objectVanishNanos) {
                let(source, known, known.leaving);
            }
        }
    }

    /// The time until [#expire] must be called; negative when no object is leaving.
    long expiryNanos(long nanos) {
        return unsettled.stream().map(files::get).filter(Objects::nonNull)
                .mapToLong(known -> Math.max(0, objectVanishNanos - (nanos - known.readNanos))).min().orElse(-1);
    }

    private static Problem kept(String source, Collection<ResourceKey> keys, String age) {
        return new Problem(ManifestReader.fileKey(source), source, "",
                "its last good version" + age + " stays in effect for " + (keys.size() == 1 ? "" : keys.size() + " objects: ")
                        + names(keys),
                "", Severity.WARNING);
    }

    private static String names(Collection<ResourceKey> keys) {
        return keys.stream().limit(3).map(ResourceKey::toString).collect(Collectors.joining(", "))
                + (keys.size() > 3 ? " and " + (keys.size() - 3) + " more" : "");
    }

    private static Map<ResourceKey, Resource> byKey(List<Resource> resources) {
        Map<ResourceKey, Resource> map = LinkedHashMap.newLinkedHashMap(resources.size());
        resources.forEach(resource -> map.put(resource.key(), resource));
        return map;
    }

    private void report(String source, List<Problem> problems, @Nullable Known before) {
        if (!problems.isEmpty() || (before != null && before.problems())) {
            changes.problems.put(ManifestReader.fileKey(source), List.copyOf(problems));
        }
    }

    /// Processes the removal of a file.
    void remove(String source) {
        Known before = files.remove(source);
        unsettled.remove(source);
        if (before != null) {
            before.resources.forEach(resource -> changes.deletions.add(new ResourceSource.Deletion(resource.key(), source)));
            report(source, List.of(), before);
        }
    }

    /// Uses the last good state, if there is one, for files that cannot be read.
    ///
    /// @return the age of that state
    Optional<String> restore(Instant now) {
        LastGood restored = lastGood;
        lastGood = LastGood.NONE;
        restored.bySource().forEach((source, resources) -> {
            files.put(source, new Known(FileStamp.NEVER, true, List.copyOf(resources), Set.of(), 0, List.of()));
            changes.upserts.addAll(resources);
        });
        return restored.bySource().isEmpty() ? Optional.empty() : Optional.of(restored.age(now));
    }

    void report(ResourceKey key, List<Problem> problems) {
        changes.problems.put(key, List.copyOf(problems));
    }

    /// Returns the changes since the last call.
    Changes take() {
        Changes taken = changes;
        changes = new Changes();
        lastGood = LastGood.NONE;
        return taken;
    }
}
