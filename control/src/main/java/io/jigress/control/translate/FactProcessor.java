package io.jigress.control.translate;

import io.jigress.api.Json;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Objects without an effect of their own, which others look up.
final class FactProcessor<T> implements KindProcessor {
    private final Table<T> table;
    private final BiConsumer<ResourceKey, @Nullable T> touched;
    private final Function<Table.Entry<T>, @Nullable Json> status;

    /// @param touched is notified of each object whose content changed; null when it was removed
    /// @param status null for kinds without a status
    FactProcessor(Table<T> table, BiConsumer<ResourceKey, @Nullable T> touched,
            Function<Table.Entry<T>, @Nullable Json> status) {
        this.table = table;
        this.touched = touched;
        this.status = status;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        if (table.put(key, after)) {
            touched.accept(key, table.get(key));
        }
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        Table.Entry<T> entry = table.entry(key);
        reports.problems(key, entry == null ? List.of() : entry.problems());
        reports.status(key, entry == null ? null : status.apply(entry));
    }

    /// The status of our own kinds: whether the object is valid.
    static <T> Json accepted(Table.Entry<T> entry) {
        Json condition = entry.failed()
                ? Conditions.condition("Accepted", false, "Invalid", "A field is invalid", entry.generation())
                : Conditions.condition("Accepted", true, "Accepted", "The object is valid", entry.generation());
        return Json.object().put("conditions", Json.array(List.of(condition))).build();
    }
}
