package io.jigress.control.translate;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Document;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The objects of one kind that others refer to, each parsed once.
final class Table<T> {

    /// @param generation 0 when the source has none
    /// @param failed whether a field is invalid
    record Entry<T>(Resource resource, long generation, T value, boolean failed, List<Problem> problems) {
        ResourceKey key() {
            return resource.key();
        }

        boolean means(@Nullable Entry<T> other) {
            return other != null && failed == other.failed && value.equals(other.value);
        }
    }

    private final Function<Document, T> reader;
    private PersistentMap<ResourceKey, Entry<T>> entries = PersistentMap.empty();

    Table(Function<Document, T> reader) {
        this.reader = reader;
    }

    @Nullable Entry<T> entry(ResourceKey key) {
        return entries.get(key);
    }

    @Nullable T get(ResourceKey key) {
        Entry<T> entry = entries.get(key);
        return entry == null ? null : entry.value;
    }

    int size() {
        return entries.size();
    }

    void forEach(BiConsumer<ResourceKey, Entry<T>> action) {
        entries.forEach(action);
    }

    /// Stores the current version of an object.
    ///
    /// @param resource null when it was removed
    /// @return whether its content changed
    boolean put(ResourceKey key, @Nullable Resource resource) {
        Entry<T> before = entries.get(key);
        if (resource == null) {
            entries = entries.without(key);
            return before != null;
        }
        // When the parser throws, the object is treated as absent.
        entries = entries.without(key);
        Document document = Document.open(resource);
        T value = reader.apply(document);
        Entry<T> entry = new Entry<>(resource, document.generation(), value, document.failedSince(0), document.problems());
        entries = entries.with(key, entry);
        return !entry.means(before);
    }
}
