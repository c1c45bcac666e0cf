package io.jigress.control;

import io.jigress.config.GatewayConfig;
import io.jigress.config.PersistentMap;
import io.jigress.api.Json;
import java.util.List;

/// The translation of a [ResourceSet]: the configuration, and the statuses and problems for its users. Versions share unchanged parts.
///
/// @param revision of the set it was made from
/// @param statuses by object
/// @param problems by object, only for objects that have any
/// @param services by Gateway, for those that should have one, or have one that is to be removed
public record Translation(long revision, GatewayConfig config, PersistentMap<ResourceKey, Json> statuses,
        PersistentMap<ResourceKey, List<Problem>> problems, PersistentMap<ResourceKey, GatewayService> services) {

    /// One without Services.
    public Translation(long revision, GatewayConfig config, PersistentMap<ResourceKey, Json> statuses,
            PersistentMap<ResourceKey, List<Problem>> problems) {
        this(revision, config, statuses, problems, PersistentMap.empty());
    }
}
