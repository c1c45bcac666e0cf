package io.jigress.control;

import io.jigress.config.PersistentMap;

/// All objects that users wrote, at one moment. Versions share unchanged parts and are compared in time proportional to the difference
/// ([PersistentMap#diff]).
///
/// @param revision is incremented with every change
public record ResourceSet(long revision, PersistentMap<ResourceKey, Resource> resources) {
    public static final ResourceSet EMPTY = new ResourceSet(0, PersistentMap.empty());
}
