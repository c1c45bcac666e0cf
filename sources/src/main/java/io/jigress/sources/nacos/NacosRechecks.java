package io.jigress.sources.nacos;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// The data ids about which a message of the server and a read disagreed: a server sends messages about created and deleted data ids a moment before its
/// reads return the same. They are read again after a short time, and then after twice that time each, until both agree. For one thread.
final class NacosRechecks {
    private static final Duration FIRST = Duration.ofMillis(50);
    /// Later the comparison with the server's versions takes over.
    private static final int TIMES = 9;
    private static final int MOST = 100;

    private final Map<String, Recheck> pending = new HashMap<>();

    private record Recheck(int times, long atNanos) {}

    /// A read disagreed.
    void disagreed(String dataId, long now) {
        Recheck before = pending.get(dataId);
        int times = before == null ? 0 : before.times;
        if (times < TIMES && (before != null || pending.size() < MOST)) {
            pending.put(dataId, new Recheck(times + 1, now + (FIRST.toNanos() << times)));
        } else {
            pending.remove(dataId);
        }
    }

    void agreed(String dataId) {
        pending.remove(dataId);
    }

    /// Those to read now.
    Set<String> due(long now) {
        Set<String> due = new HashSet<>();
        pending.forEach((dataId, recheck) -> {
            if (now - recheck.atNanos >= 0) {
                due.add(dataId);
            }
        });
        return due;
    }

    /// When the next one is due; the given time when none is.
    long next(long otherwise) {
        long next = otherwise;
        for (Recheck recheck : pending.values()) {
            if (recheck.atNanos - next < 0) {
                next = recheck.atNanos;
            }
        }
        return next;
    }
}
