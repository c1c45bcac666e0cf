package io.jigress.control;

import io.jigress.api.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The Services of a Gateway in its cluster.
///
/// @param wanted the one that it should have; null for none
/// @param surplus those that were made for it and are to be removed, since it has another class now
public record GatewayService(@Nullable Wanted wanted, List<ResourceKey> surplus) {
    public GatewayService {
        surplus = List.copyOf(surplus);
    }

    /// @param key of the Service
    /// @param object what it should be, without what binds it to its Gateway
    /// @param addresses where the Gateway listens; empty where each pod does, on the target ports
    public record Wanted(ResourceKey key, Json.Obj object, List<String> addresses) {
        public Wanted {
            addresses = List.copyOf(addresses);
        }
    }

    /// The same as its cluster names it.
    GatewayService local() {
        return new GatewayService(wanted == null ? null : new Wanted(wanted.key.in(""), wanted.object, wanted.addresses),
                surplus.stream().map(key -> key.in("")).toList());
    }
}
