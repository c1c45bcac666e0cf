package io.jigress.sources.manifest;

import io.jigress.control.Resource;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The objects in effect before this start, used for a folder that is missing and for files that are broken at the start.
///
/// @param saved when it was in effect
/// @param bySource the objects of each file
public record LastGood(Instant saved, Map<String, List<Resource>> bySource) {
    public static final LastGood NONE = new LastGood(Instant.EPOCH, Map.of());

    public static LastGood of(Instant saved, List<Resource> resources) {
        Map<String, List<Resource>> bySource = new LinkedHashMap<>();
        resources.forEach(resource -> bySource.computeIfAbsent(resource.source(), _ -> new ArrayList<>()).add(resource));
        return new LastGood(saved, bySource);
    }

    /// `2026-11-23T07:12:00Z, 3 h old`
    public String age(Instant now) {
        Duration age = Duration.between(saved, now);
        long seconds = Math.max(0, age.toSeconds());
        String text = seconds < 120
                ? seconds + " s"
                : seconds < 7200 ? seconds / 60 + " min" : seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " days";
        return saved.truncatedTo(ChronoUnit.SECONDS) + ", " + text + " old";
    }
}
