package io.jigress.waf;

import java.util.Arrays;

/// Finds values of a few bytes that a transaction has already: a request with a thousand short arguments has few that differ.
final class ShortValues {
    static final int MAX_BYTES = 7;
    private static final int SLOTS = 1024;
    /// Slots that are tried; a value that finds none of them free is not shared.
    private static final int TRIES = 4;

    private final long[] keys = new long[SLOTS];
    private final int[] values = new int[SLOTS];
    /// The transaction of the entry: entries of earlier ones count as free.
    private final int[] stamps = new int[SLOTS];
    private int stamp = 1;

    void clear() {
        if (++stamp == Integer.MAX_VALUE) {
            Arrays.fill(stamps, 0);
            stamp = 1;
        }
    }

    /// The bytes and their number in one long. Only for up to [#MAX_BYTES].
    static long key(byte[] bytes, int from, int to) {
        long key = (long) to - from;
        for (int i = from; i < to; i++) {
            key = (key << 8) | (bytes[i] & 0xff);
        }
        // The number of bytes ends up above them, so that keys of different lengths differ.
        return key;
    }

    /// The value with a key; -1 when there is none.
    int find(long key) {
        int slot = slot(key);
        for (int i = 0; i < TRIES; i++) {
            int at = (slot + i) & (SLOTS - 1);
            if (stamps[at] != stamp) {
                return -1;
            }
            if (keys[at] == key) {
                return values[at];
            }
        }
        return -1;
    }

    void put(long key, int value) {
        int slot = slot(key);
        for (int i = 0; i < TRIES; i++) {
            int at = (slot + i) & (SLOTS - 1);
            if (stamps[at] != stamp) {
                stamps[at] = stamp;
                keys[at] = key;
                values[at] = value;
                return;
            }
        }
    }

    private static int slot(long key) {
        return (int) ((key * 0x9E3779B97F4A7C15L) >>> 54);
    }
}
