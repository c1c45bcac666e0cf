package io.jigress.waf;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// The members of IP, SESSION and the other persistent collections, kept between transactions in bounded memory.
///
/// When there are too many collections, the least recently used one is dropped. Shared by threads.
final class CollectionMemory {
    static final int MAX_COLLECTIONS = 10_000;
    static final int MAX_FIELDS = 64;
    static final int MAX_VALUE_BYTES = 1024;

    private final LongSupplier nowMillis;
    private final int timeoutSeconds;
    private final Map<String, Map<String, Field>> collections = new LinkedHashMap<>(16, 0.75f, true);

    private record Field(byte[] value, long expiresAt) {
    }

    CollectionMemory(LongSupplier nowMillis, int timeoutSeconds) {
        this.nowMillis = nowMillis;
        this.timeoutSeconds = timeoutSeconds;
    }

    interface Reader {
        void field(String name, byte[] value);
    }

    synchronized void read(String collection, Reader reader) {
        Map<String, Field> fields = collections.get(collection);
        if (fields == null) {
            return;
        }
        long now = nowMillis.getAsLong();
        fields.values().removeIf(field -> field.expiresAt <= now);
        fields.forEach((name, field) -> reader.field(name, field.value));
    }

    synchronized void write(String collection, String name, byte[] value) {
        if (value.length > MAX_VALUE_BYTES) {
            throw new LimitReached("CollectionMemory.MAX_VALUE_BYTES");
        }
        Map<String, Field> fields = collections.computeIfAbsent(collection, _ -> new HashMap<>());
        Field before = fields.get(name);
        if (before == null && fields.size() >= MAX_FIELDS) {
            throw new LimitReached("CollectionMemory.MAX_FIELDS");
        }
        long expiresAt = before == null ? nowMillis.getAsLong() + timeoutSeconds * 1000L : before.expiresAt;
        fields.put(name, new Field(value, expiresAt));
        if (collections.size() > MAX_COLLECTIONS) {
            collections.remove(collections.keySet().iterator().next());
        }
    }

    synchronized void remove(String collection, String name) {
        Map<String, Field> fields = collections.get(collection);
        if (fields != null) {
            fields.remove(name);
        }
    }

    synchronized void expire(String collection, String name, long seconds) {
        Map<String, Field> fields = collections.get(collection);
        Field field = fields == null ? null : fields.get(name);
        if (fields != null && field != null) {
            fields.put(name, new Field(field.value, nowMillis.getAsLong() + Math.min(seconds, 31_536_000) * 1000));
        }
    }
}
