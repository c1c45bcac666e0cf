package io.jigress.proxy.telemetry;

import java.util.HashSet;
import java.util.Set;

/// Limits the number of names; further ones become `other`, on all loops alike.
final class NameCap {
    private final int limit;
    private final Set<String> names = new HashSet<>();

    NameCap(int limit) {
        this.limit = limit;
    }

    synchronized String admit(String name) {
        if (!names.contains(name)) {
            if (names.size() >= limit) {
                return Metrics.OTHER;
            }
            names.add(name);
        }
        return name;
    }
}
