package io.jigress.control.translate;

import io.jigress.config.PersistentMap;
import io.jigress.control.Problem;
import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Document;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Objects that are only validated: nothing but their problems is kept.
final class CheckProcessor implements KindProcessor {
    private final Consumer<Document> reader;
    private PersistentMap<ResourceKey, List<Problem>> problems = PersistentMap.empty();

    CheckProcessor(Consumer<Document> reader) {
        this.reader = reader;
    }

    @Override
    public void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after) {
        problems = problems.without(key);
        if (after != null) {
            Document document = Document.open(after);
            reader.accept(document);
            List<Problem> found = document.problems();
            problems = found.isEmpty() ? problems : problems.with(key, found);
        }
    }

    @Override
    public void report(ResourceKey key, Reports reports) {
        List<Problem> found = problems.get(key);
        reports.problems(key, found == null ? List.of() : found);
    }
}
