package io.jigress.plugins.lua;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A dictionary that the event loops share. When it is full, the entries that were not used for the longest time are removed. For several threads.
final class SharedDict {
    private static final int ENTRY = 120;

    private final long capacity;
    private final LinkedHashMap<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long used;

    /// @param value   a String, a Double, a Boolean
    /// @param expires in nanoseconds; 0 for never
    record Entry(Object value, long expires, double flags, long bytes) {
        boolean isLive(long now) {
            return expires == 0 || now - expires < 0;
        }
    }

    SharedDict(long capacity) {
        this.capacity = capacity;
    }

    long capacity() {
        return capacity;
    }

    synchronized long free() {
        return Math.max(0, capacity - used);
    }

    static long size(String key, Object value) {
        return (long) ENTRY + key.length() + (value instanceof String text ? text.length() : 8);
    }

    synchronized @Nullable Entry get(String key, long now) {
        Entry entry = entries.get(key);
        return entry != null && entry.isLive(now) ? entry : null;
    }

    /// An entry even if it has expired.
    synchronized @Nullable Entry stale(String key) {
        return entries.get(key);
    }

    enum Mode {
        SET, ADD, REPLACE
    }

    /// @return why nothing was stored, or null
    synchronized @Nullable String put(String key, Object value, double seconds, double flags, long now, Mode mode, boolean safe) {
        Entry before = get(key, now);
        if (mode == Mode.ADD && before != null) {
            return "exists";
        }
        if (mode == Mode.REPLACE && before == null) {
            return "not found";
        }
        delete(key);
        long bytes = size(key, value);
        if (bytes > capacity || safe && used + bytes > capacity) {
            return "no memory";
        }
        Iterator<Map.Entry<String, Entry>> oldest = entries.entrySet().iterator();
        while (used + bytes > capacity && oldest.hasNext()) {
            used -= oldest.next().getValue().bytes;
            oldest.remove();
        }
        long expires = seconds <= 0 ? 0 : now + (long) Math.min(seconds * 1e9, 1e18);
        entries.put(key, new Entry(value, expires, flags, bytes));
        used += bytes;
        return null;
    }

    synchronized void delete(String key) {
        Entry removed = entries.remove(key);
        if (removed != null) {
            used -= removed.bytes;
        }
    }

    /// Adds to a number.
    ///
    /// @param initial for an absent entry; null when there must be one
    /// @return the sum, or why there is none
    synchronized Object increment(String key, double by, @Nullable Double initial, double seconds, long now) {
        Entry before = get(key, now);
        Object old = before == null ? initial : before.value;
        if (old == null) {
            return "not found";
        }
        if (!(old instanceof Double number)) {
            return "not a number";
        }
        double sum = number + by;
        double remaining = before == null ? seconds : before.expires == 0 ? 0 : (before.expires - now) / 1e9;
        String failure = put(key, sum, remaining, 0, now, Mode.SET, false);
        return failure == null ? (Object) sum : failure;
    }

    /// Seconds until an entry expires; 0 for never, -1 for an absent one.
    synchronized double remaining(String key, long now) {
        Entry entry = get(key, now);
        return entry == null ? -1 : entry.expires == 0 ? 0 : (entry.expires - now) / 1e9;
    }

    synchronized List<String> keys(int most, long now) {
        List<String> keys = new ArrayList<>();
        for (Map.Entry<String, Entry> each : entries.entrySet()) {
            if (keys.size() == most) {
                break;
            }
            if (each.getValue().isLive(now)) {
                keys.add(each.getKey());
            }
        }
        return keys;
    }

    synchronized void clear() {
        entries.clear();
        used = 0;
    }

    synchronized int removeExpired(long now) {
        int before = entries.size();
        entries.values().removeIf(entry -> {
            boolean expired = !entry.isLive(now);
            used -= expired ? entry.bytes : 0;
            return expired;
        });
        return before - entries.size();
    }
}
