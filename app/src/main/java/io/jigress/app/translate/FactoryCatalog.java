package io.jigress.app.translate;

import io.jigress.api.FilterFactory;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.config.FilterCatalog;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The catalog of filters for the translation, built from their factories.
public final class FactoryCatalog implements FilterCatalog {
    private final Map<String, FilterFactory<?>> factories = new TreeMap<>();

    /// @param factories of different names
    public FactoryCatalog(List<FilterFactory<?>> factories) {
        for (FilterFactory<?> factory : factories) {
            FilterFactory<?> other = this.factories.put(factory.name(), factory);
            if (other != null) {
                throw new IllegalArgumentException("two filters are called " + factory.name() + ": " + other.getClass() + " and "
                        + factory.getClass());
            }
        }
    }

    @Override
    public @Nullable Entry entry(String name) {
        FilterFactory<?> factory = factories.get(name);
        return factory == null ? null : new Entry(name, factory.phase(), factory.priority(), factory.protects());
    }

    @Override
    public Set<String> names() {
        return Set.copyOf(factories.keySet());
    }

    @Override
    public List<JsonReader.Issue> check(String name, String path, Json config) {
        FilterFactory<?> factory = factories.get(name);
        if (factory == null) {
            throw new IllegalArgumentException("no filter is called " + name + " (expected: one of " + names() + ")");
        }
        JsonReader reader = JsonReader.of(path, config);
        factory.parse(reader);
        return reader.report();
    }
}
