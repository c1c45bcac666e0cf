package io.jigress.config;

import io.jigress.api.FilterPhase;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the translation knows about filters: their names, their order, and whether a configuration is valid. For several
/// threads.
public interface FilterCatalog {

    /// @param protects whether a broken configuration closes its target instead of leaving it unprotected
    record Entry(String name, FilterPhase phase, int priority, boolean protects) {}

    /// Null when no filter has this name.
    @Nullable Entry entry(String name);

    Set<String> names();

    /// The faults of a configuration, with paths that begin with `path`; empty when it is valid. The name must exist.
    List<JsonReader.Issue> check(String name, String path, Json config);
}
