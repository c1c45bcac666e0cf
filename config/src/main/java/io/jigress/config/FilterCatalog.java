package io.jigress.config;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the translating half may know of filters: their names, their place, and whether a configuration is good. For several
/// threads.
public interface FilterCatalog {

    /// @param protects a broken configuration closes its target instead of leaving it open
    record Entry(String name, FilterPhase phase, int priority, boolean protects) {}

    /// Null when no filter has this name.
    @Nullable Entry entry(String name);

    Set<String> names();

    /// The faults of a configuration, with paths that begin with `path`; empty when it is good. The name exists.
    List<JsonReader.Issue> check(String name, String path, Json config);
}
