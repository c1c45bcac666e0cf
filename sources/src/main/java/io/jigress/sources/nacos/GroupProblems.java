package io.jigress.sources.nacos;

import io.jigress.control.Problem;
import io.jigress.control.Problem.Severity;
import io.jigress.control.ResourceKey;
import io.jigress.sources.manifest.ManifestReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The problems of a group as a whole and of its index; those of data ids are in [NacosDocuments]. For one thread.
final class GroupProblems {
    private final String prefix;
    private final NacosDocuments documents;
    private Map<ResourceKey, List<Problem>> reported = Map.of();

    /// @param prefix of the places of the group's data ids
    GroupProblems(String prefix, NacosDocuments documents) {
        this.prefix = prefix;
        this.documents = documents;
    }

    /// The place of problems of the group as a whole.
    String whole() {
        return prefix.substring(0, prefix.length() - 1);
    }

    static Problem error(String place, String what, String expected) {
        return new Problem(ManifestReader.fileKey(place), place, "", what, expected, Severity.ERROR);
    }

    /// Replaces all problems of the group.
    void report(List<Problem> now) {
        Map<ResourceKey, List<Problem>> byPlace = new HashMap<>();
        now.forEach(problem -> byPlace.computeIfAbsent(problem.resource(), _ -> new ArrayList<>()).add(problem));
        reported.keySet().stream().filter(key -> !byPlace.containsKey(key)).forEach(key -> documents.report(key, List.of()));
        byPlace.forEach((key, problems) -> {
            if (!problems.equals(reported.get(key))) {
                documents.report(key, problems);
            }
        });
        reported = byPlace;
    }
}
