package io.jigress.control.translate;

import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import org.jspecify.annotations.Nullable;

/// Translates objects of one kind.
interface KindProcessor {

    /// Applies an object that is new, changed or removed, and adds what depends on it to the pending work. Never both null.
    void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after);

    /// Reports status and problems of an object, after all other work. The object may have been removed.
    void report(ResourceKey key, Reports reports);
}
