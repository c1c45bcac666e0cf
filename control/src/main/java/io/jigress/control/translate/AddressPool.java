package io.jigress.control.translate;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Assigns the addresses of the setting `gateway.addresses` to Gateways. A Gateway keeps its address (or the shared one, which it got when no other was
/// free) until it is deleted, since clients know it. Assignments from before this start are kept for Gateways that have not been read yet, as long as
/// there are other free addresses.
final class AddressPool {
    /// Stands for the shared address.
    static final String SHARED = "shared";

    private final List<String> pool;
    private final String shared;
    /// By the Gateway's `namespace/name`: namesakes in several clusters are one Gateway.
    private final Map<String, String> held = new TreeMap<>();
    /// The assignments of the last plan.
    private Set<String> seen = new HashSet<>();

    AddressPool(List<String> pool, String shared) {
        this.pool = pool;
        this.shared = shared;
    }

    /// The assignments from before this start. Addresses that are no longer in the pool are left out.
    void restore(Map<String, String> before) {
        before.forEach((gateway, address) -> {
            if (address.equals(SHARED) || pool.contains(address)) {
                held.put(gateway, address);
            }
        });
    }

    Map<String, String> held() {
        return Map.copyOf(held);
    }

    /// The address of each Gateway.
    ///
    /// @param gateways those without addresses in their spec, the older first
    Map<String, String> assign(List<String> gateways) {
        Set<String> now = new HashSet<>(gateways);
        held.keySet().removeIf(gateway -> seen.contains(gateway) && !now.contains(gateway));
        seen = now;
        Map<String, String> addresses = new TreeMap<>();
        for (String gateway : gateways) {
            String address = held.get(gateway);
            if (address == null) {
                address = free(now);
                held.put(gateway, address);
            }
            addresses.put(gateway, address.equals(SHARED) ? shared : address);
        }
        return addresses;
    }

    private String free(Set<String> now) {
        for (String address : pool) {
            if (!held.containsValue(address)) {
                return address;
            }
        }
        String absent = absent(now);
        return absent == null ? SHARED : String.valueOf(held.remove(absent));
    }

    /// The first Gateway that holds an address of the pool from before this start and has not been seen since.
    private @Nullable String absent(Set<String> now) {
        return held.keySet().stream().filter(gateway -> !now.contains(gateway) && pool.contains(held.get(gateway)))
                .findFirst().orElse(null);
    }
}
