package io.jigress.control;

import io.jigress.api.Json;
import java.util.List;

/// The Service that a Gateway should have in its cluster.
///
/// @param key of the Service
/// @param object what it should be, without what binds it to its Gateway
/// @param addresses where the Gateway listens; empty where each pod does, on the target ports
public record GatewayService(ResourceKey key, Json.Obj object, List<String> addresses) {
    public GatewayService {
        addresses = List.copyOf(addresses);
    }
}
