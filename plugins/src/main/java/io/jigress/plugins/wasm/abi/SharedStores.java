package io.jigress.plugins.wasm.abi;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// What instances share, by VM id: data with versions, and queues. In memory, bounded, for several threads. Kept as long as the process runs, since
/// a new configuration of a plugin goes on with the data of the old one; VM ids beyond a limit share nothing.
public final class SharedStores {
    private static final int MAX_VMS = 1024;
    private static final int MAX_KEYS = 16_384;
    private static final int MAX_BYTES = 16 * 1024 * 1024;
    private static final int MAX_QUEUES = 64;
    private static final int MAX_ITEMS = 1024;
    /// What an entry costs beside its key and value.
    private static final int ENTRY = 64;

    private final Map<String, Store> stores = new ConcurrentHashMap<>();
    private final Map<Integer, Queue> queues = new ConcurrentHashMap<>();
    private final AtomicInteger nextQueue = new AtomicInteger(1);

    /// A value and its version.
    ///
    /// @param version from 1 on
    record Value(byte[] bytes, int version) {

        @Override
        public boolean equals(Object other) {
            return other instanceof Value that && version == that.version && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(bytes) + version;
        }
    }

    /// The result of a change.
    enum Change {
        DONE, VERSION_MISMATCH, FULL
    }

    /// The store of a VM id; null when there are too many.
    @Nullable Store store(String vmId) {
        Store known = stores.get(vmId);
        return known == null && stores.size() >= MAX_VMS ? null : stores.computeIfAbsent(vmId, _ -> new Store());
    }

    /// @return null when there is no such queue
    @Nullable Queue queue(int token) {
        return queues.get(token);
    }

    /// The data of one VM id.
    final class Store {
        private final Map<String, Value> values = new HashMap<>();
        private final Map<String, Queue> named = new HashMap<>();
        private long bytes;
        private int lastVersion;

        synchronized @Nullable Value get(String key) {
            return values.get(key);
        }

        /// @param version the one that is expected; 0 for any
        synchronized Change set(String key, byte[] value, int version) {
            Value before = values.get(key);
            if (version != 0 && (before == null || before.version() != version)) {
                return Change.VERSION_MISMATCH;
            }
            long added = before == null ? key.length() + ENTRY + value.length : value.length - before.bytes().length;
            if (bytes + added > MAX_BYTES || before == null && values.size() >= MAX_KEYS) {
                return Change.FULL;
            }
            bytes += added;
            lastVersion = lastVersion == Integer.MAX_VALUE ? 1 : lastVersion + 1;
            values.put(key, new Value(value, lastVersion));
            return Change.DONE;
        }

        /// The queue of a name, made if need be; null when there are too many.
        synchronized @Nullable Queue register(String name) {
            Queue known = named.get(name);
            if (known == null && named.size() < MAX_QUEUES) {
                known = new Queue(nextQueue.getAndIncrement());
                named.put(name, known);
                queues.put(known.token, known);
            }
            return known;
        }

        synchronized @Nullable Queue resolve(String name) {
            return named.get(name);
        }
    }

    /// A queue of messages.
    static final class Queue {
        private final int token;
        private final ArrayDeque<byte[]> items = new ArrayDeque<>();
        private long bytes;
        private long added;

        Queue(int token) {
            this.token = token;
        }

        int token() {
            return token;
        }

        /// @return false when it is full
        synchronized boolean add(byte[] item) {
            if (items.size() >= MAX_ITEMS || bytes + item.length > MAX_BYTES) {
                return false;
            }
            bytes += item.length;
            added++;
            items.add(item);
            return true;
        }

        synchronized byte @Nullable [] poll() {
            byte[] item = items.poll();
            if (item != null) {
                bytes -= item.length;
            }
            return item;
        }

        /// How many messages were added so far.
        synchronized long added() {
            return added;
        }

        synchronized boolean isEmpty() { return items.isEmpty(); }
    }
}
