package io.jigress.control.translate;

import io.jigress.control.ResourceKey;
import io.jigress.control.kinds.Service;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The Services that were made for Gateways, by Gateway: found without a search through all Services.
final class MadeServices {
    /// @param label of the Gateway's name
    private record Owner(String cluster, String namespace, String label) {}

    private final Map<Owner, SortedMap<ResourceKey, String>> byOwner = new HashMap<>();
    private final Map<ResourceKey, Owner> owners = new HashMap<>();

    /// Takes the current version of a Service.
    ///
    /// @param service null when it was removed
    /// @return whether a Gateway has other Services than before
    boolean changed(ResourceKey key, @Nullable Service service) {
        Owner before = owners.remove(key);
        Owner now = service == null || service.gateway().isEmpty()
                ? null
                : new Owner(key.cluster(), key.namespace(), service.gateway());
        String was = before == null ? null : of(before).remove(key);
        if (before != null && of(before).isEmpty()) {
            byOwner.remove(before);
        }
        if (now == null || service == null) {
            return before != null;
        }
        owners.put(key, now);
        byOwner.computeIfAbsent(now, _ -> new TreeMap<>()).put(key, service.gatewayClass());
        return !now.equals(before) || !service.gatewayClass().equals(was);
    }

    private SortedMap<ResourceKey, String> of(Owner owner) {
        SortedMap<ResourceKey, String> services = byOwner.get(owner);
        return services == null ? new TreeMap<>() : services;
    }

    /// The Services of a Gateway, each with the value of its label for the class.
    ///
    /// @param label of the Gateway's name
    SortedMap<ResourceKey, String> of(ResourceKey gateway, String label) {
        return of(new Owner(gateway.cluster(), gateway.namespace(), label));
    }
}
