package io.jigress.control.translate;

import io.jigress.control.Resource;
import io.jigress.control.ResourceKey;
import org.jspecify.annotations.Nullable;

/// Translates objects of one kind.
interface KindProcessor {

    /// Takes in an object that is new, differs or is gone, and puts on the pendingWork what this touches. Never both null.
    void changed(ResourceKey key, @Nullable Resource before, @Nullable Resource after);

    /// Says what is to be said about an object, once everything else is done. The object may be gone.
    void report(ResourceKey key, Reports reports);
}
