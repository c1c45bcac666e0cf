package io.jigress.control.translate;

import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import org.jspecify.annotations.Nullable;

/// Translates objects of one kind.
interface KindProcessor {

    /// Processes an object that is new, changed or gone, and adds what depends on it to the pending work. Never both null.
    void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after);

    /// Reports problems and status of an object after all other work of the translation. The object may be gone.
    void report(ResourceKey key, Reports reports);
}
