package io.jigress.waf;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// The members of IP, SESSION and the other persistent collections, kept between transactions in bounded memory.
///
/// When there are too many collections, or they take too many bytes, the least recently used ones are dropped. Shared by threads.
final class CollectionMemory {
    static final int MAX_COLLECTIONS = 10_000;
    static final int MAX_FIELDS = 64;
    static final int MAX_VALUE_BYTES = 1024;
    /// Of the names of collections and of members.
    static final int MAX_NAME_BYTES = 1024;
    /// Of all collections: names, values and what the tables take.
    static final long MAX_BYTES = 32 * 1024 * 1024;
    /// What the tables take for a collection or a member, estimated.
    private static final int OVERHEAD = 128;

    private final LongSupplier nowMillis;
    private final int timeoutSeconds;
    private final Map<String, Kept> collections = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    private record Field(byte[] value, long expiresAt) {
    }

    /// One collection.
    private static final class Kept {
        private final Map<String, Field> fields = new HashMap<>();
        private long bytes;
    }

    CollectionMemory(LongSupplier nowMillis, int timeoutSeconds) {
        this.nowMillis = nowMillis;
        this.timeoutSeconds = timeoutSeconds;
    }

    interface Reader {
        void field(String name, byte[] value);
    }

    synchronized void read(String collection, Reader reader) {
        Kept kept = collections.get(collection);
        if (kept == null) {
            return;
        }
        long now = nowMillis.getAsLong();
        kept.fields.entrySet().removeIf(field -> {
            boolean over = field.getValue().expiresAt <= now;
            if (over) {
                count(kept, -size(field.getKey(), field.getValue()));
            }
            return over;
        });
        kept.fields.forEach((name, field) -> reader.field(name, field.value));
    }

    synchronized void write(String collection, String name, byte[] value) {
        if (value.length > MAX_VALUE_BYTES) {
            throw new LimitReached("CollectionMemory.MAX_VALUE_BYTES");
        }
        if (name.length() > MAX_NAME_BYTES || collection.length() > MAX_NAME_BYTES) {
            throw new LimitReached("CollectionMemory.MAX_NAME_BYTES");
        }
        Kept kept = collections.computeIfAbsent(collection, _ -> new Kept());
        if (kept.bytes == 0) {
            count(kept, (long) collection.length() + OVERHEAD);
        }
        Field before = kept.fields.get(name);
        if (before == null && kept.fields.size() >= MAX_FIELDS) {
            throw new LimitReached("CollectionMemory.MAX_FIELDS");
        }
        long expiresAt = before == null ? nowMillis.getAsLong() + timeoutSeconds * 1000L : before.expiresAt;
        Field field = new Field(value, expiresAt);
        kept.fields.put(name, field);
        count(kept, size(name, field) - (before == null ? 0 : size(name, before)));
        while (collections.size() > MAX_COLLECTIONS || bytes > MAX_BYTES && collections.size() > 1) {
            Kept oldest = collections.remove(collections.keySet().iterator().next());
            bytes -= oldest == null ? 0 : oldest.bytes;
        }
    }

    private void count(Kept kept, long change) {
        kept.bytes += change;
        bytes += change;
    }

    private static long size(String name, Field field) {
        return (long) name.length() + field.value.length + OVERHEAD;
    }

    synchronized void remove(String collection, String name) {
        Kept kept = collections.get(collection);
        Field field = kept == null ? null : kept.fields.remove(name);
        if (kept != null && field != null) {
            count(kept, -size(name, field));
        }
    }

    synchronized void expire(String collection, String name, long seconds) {
        Kept kept = collections.get(collection);
        Field field = kept == null ? null : kept.fields.get(name);
        if (kept != null && field != null) {
            kept.fields.put(name, new Field(field.value, nowMillis.getAsLong() + Math.min(seconds, 31_536_000) * 1000));
        }
    }

    /// The estimated bytes of all collections.
    synchronized long bytes() {
        return bytes;
    }

    synchronized int size() {
        return collections.size();
    }
}
