package io.jigress.control;

import io.jigress.config.GatewayConfig;
import io.jigress.config.PersistentMap;
import io.jigress.api.Json;
import java.util.List;

/// What a [ResourceSet] means: the configuration, and what is to be said to the users who wrote it. Versions share what did
/// not change.
///
/// @param revision of the set it was made from
/// @param statuses by object
/// @param problems by object, only for objects that have any
public record Translation(long revision, GatewayConfig config, PersistentMap<ResourceKey, Json> statuses,
        PersistentMap<ResourceKey, List<Problem>> problems) {}
