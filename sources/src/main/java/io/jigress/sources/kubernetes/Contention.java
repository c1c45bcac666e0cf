package io.jigress.sources.kubernetes;

import io.jigress.control.ResourceKey;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Delays writes to objects that another client changes back each time, so that they do not use up the rate limit of all writes. For one thread.
final class Contention {
    /// The number of repeated writes to an object without a pause.
    private static final int FREE = 5;
    private static final long FIRST_PAUSE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final long LAST_PAUSE_NANOS = Duration.ofMinutes(1).toNanos();
    /// An object that was not written again for this time is no longer contended.
    private static final long CALM_NANOS = 2 * LAST_PAUSE_NANOS;
    /// The number of objects whose writes are counted.
    private static final int OBJECT_LIMIT = 10_000;
    /// The number of objects that the message names.
    private static final int NAMED = 3;

    /// @param count of writes that followed each other within [#CALM_NANOS]
    private record Writes(int count, long lastNanos) {}

    /// The one written last at the end; beyond the limit the first is dropped.
    private final Map<ResourceKey, Writes> writes = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ResourceKey, Writes> eldest) {
            return size() > OBJECT_LIMIT;
        }
    };

    /// The time until an object may be written again; 0 for now.
    long pause(ResourceKey key, long nowNanos) {
        Writes before = writes.get(key);
        if (before == null || before.count < FREE) {
            return 0;
        }
        long pause = Math.min(LAST_PAUSE_NANOS, FIRST_PAUSE_NANOS << Math.min(before.count - FREE, 10));
        return Math.max(0, before.lastNanos + pause - nowNanos);
    }

    /// An object was written because its status, or its Service, was not what this process had written.
    void written(ResourceKey key, long nowNanos) {
        Writes before = writes.remove(key);
        int count = before != null && nowNanos - before.lastNanos < CALM_NANOS ? before.count : 0;
        writes.put(key, new Writes(count + 1, nowNanos));
    }

    /// The objects that another client keeps changing, as text; empty when there is none.
    String contended(long nowNanos) {
        writes.values().removeIf(each -> nowNanos - each.lastNanos >= CALM_NANOS);
        List<String> names = writes.entrySet().stream().filter(entry -> entry.getValue().count > FREE)
                .map(entry -> entry.getKey().toString()).sorted().toList();
        if (names.size() <= NAMED) {
            return String.join(", ", names);
        }
        return String.join(", ", names.subList(0, NAMED)) + " and " + (names.size() - NAMED) + " more";
    }

    void clear() {
        writes.clear();
    }
}
