package io.jigress.filters.keyratelimit;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The buckets of keys that are not listed, up to a maximum. When the table is full, buckets that have refilled are removed, which changes
/// no limit; while no bucket has refilled, further keys share one bucket. For several threads; lock-free.
final class BucketTable {
    /// How many buckets a request checks to find one to remove: limits the work per request under a flood of new keys.
    private static final int LOOKS = 64;

    /// Longer keys share the common bucket, so that a table's memory is bounded by its keys.
    static final int LONGEST_KEY = 256;

    private final ConcurrentHashMap<Object, Bucket> buckets = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final ReentrantLock sweeping = new ReentrantLock();
    private final Bucket common = new Bucket();
    private final int limit;
    private @Nullable Iterator<Map.Entry<Object, Bucket>> hand;

    BucketTable(int limit) {
        this.limit = limit;
    }

    Bucket bucket(Object key, long now) {
        Bucket known = buckets.get(key);
        if (known != null) {
            return known;
        }
        if (key instanceof String text && text.length() > LONGEST_KEY) {
            return common;
        }
        if (size.incrementAndGet() > limit && !makeRoom(now)) {
            size.decrementAndGet();
            return common;
        }
        Bucket fresh = new Bucket();
        Bucket raced = buckets.putIfAbsent(key, fresh);
        if (raced != null) {
            size.decrementAndGet();
            return raced;
        }
        return fresh;
    }

    int size() {
        return buckets.size();
    }

    Bucket common() {
        return common;
    }

    /// Removes the refilled buckets among the next few; true when there was one. Continues where the last call stopped (CLOCK).
    private boolean makeRoom(long now) {
        if (!sweeping.tryLock()) {
            return false;
        }
        try {
            boolean found = false;
            boolean restarted = false;
            for (int looks = 0; looks < LOOKS; looks++) {
                if (hand == null || !hand.hasNext()) {
                    if (restarted) {
                        break;
                    }
                    restarted = hand != null;
                    hand = buckets.entrySet().iterator();
                    if (!hand.hasNext()) {
                        break;
                    }
                }
                Map.Entry<Object, Bucket> entry = hand.next();
                if (entry.getValue().full(now) && buckets.remove(entry.getKey(), entry.getValue())) {
                    size.decrementAndGet();
                    found = true;
                }
            }
            return found;
        } finally {
            sweeping.unlock();
        }
    }
}
