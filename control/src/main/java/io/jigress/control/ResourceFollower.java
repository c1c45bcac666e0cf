package io.jigress.control;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Is notified of changed objects of its kinds before they are translated, so that the dependencies of upstreams are known before a route
/// goes live. Called on the reconciler's thread; must not block.
public interface ResourceFollower {

    /// Whether changes of this object are to be reported.
    boolean concerns(ResourceKey key);

    /// @param changes the objects that are new or changed; null for a removed one
    void changed(Map<ResourceKey, ? extends @Nullable Resource> changes);
}
