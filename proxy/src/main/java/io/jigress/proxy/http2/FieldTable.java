package io.jigress.proxy.http2;

import java.util.Arrays;

/// The dynamic table of HPACK (RFC 7541, 2.3.2): the lines of fields, oldest first, in one array, with facts about each. It allocates nothing
/// before its first entry, and at most twice its capacity plus some ints per entry.
final class FieldTable {
    /// What an entry counts beside its name and value.
    static final int OVERHEAD = 32;
    /// What a line has beside name and value: `: ` and CR LF.
    static final int LINE_REST = 4;

    static final int LINE = 0;
    static final int NAME_LENGTH = 1;
    static final int VALUE_LENGTH = 2;
    static final int HASH = 3;
    static final int KIND = 4;
    /// Of the whole line; for encoders only.
    static final int LINE_HASH = 5;
    static final int STRIDE = 6;

    private static final int FIRST_BYTES = 512;
    private static final int FIRST_ENTRIES = 16;
    private static final byte[] NO_BYTES = {};
    private static final int[] NO_ENTRIES = {};

    private int capacity;
    private byte[] bytes = NO_BYTES;
    private int end;
    /// A ring of a power of two of entries.
    private int[] entries = NO_ENTRIES;
    private int mask;
    /// How many entries there ever were; the last has the index 1.
    private int added;
    private int count;
    private int size;

    FieldTable(int capacity) {
        this.capacity = capacity;
    }

    int count() {
        return count;
    }

    int capacity() {
        return capacity;
    }

    /// As RFC 7541, 4.1 counts it.
    int size() {
        return size;
    }

    byte[] bytes() {
        return bytes;
    }

    int[] entries() {
        return entries;
    }

    /// Where the facts of an entry are in [#entries].
    ///
    /// @param index from 1 for the newest to [#count]
    int at(int index) {
        return (added - index & mask) * STRIDE;
    }

    /// What the heap holds for it.
    int storage() {
        return bytes.length + Integer.BYTES * entries.length;
    }

    void capacity(int now) {
        capacity = now;
        evict(capacity);
    }

    /// Adds a line of another array. One that is longer than the table empties it.
    void add(byte[] from, int line, int nameLength, int valueLength, int hash, int kind, int lineHash) {
        int entry = nameLength + valueLength + OVERHEAD;
        if (entry > capacity) {
            evict(0);
            return;
        }
        evict(capacity - entry);
        int length = nameLength + valueLength + LINE_REST;
        room(length);
        System.arraycopy(from, line, bytes, end, length);
        if (count == entries.length / STRIDE) {
            grow();
        }
        int at = (added++ & mask) * STRIDE;
        entries[at + LINE] = end;
        entries[at + NAME_LENGTH] = nameLength;
        entries[at + VALUE_LENGTH] = valueLength;
        entries[at + HASH] = hash;
        entries[at + KIND] = kind;
        entries[at + LINE_HASH] = lineHash;
        end += length;
        count++;
        size += entry;
    }

    private void evict(int longest) {
        while (size > longest) {
            int at = at(count);
            size -= entries[at + NAME_LENGTH] + entries[at + VALUE_LENGTH] + OVERHEAD;
            count--;
        }
        if (count == 0) {
            end = 0;
        }
    }

    private void room(int length) {
        if (end + length <= bytes.length) {
            return;
        }
        int start = count == 0 ? 0 : entries[at(count) + LINE];
        int live = end - start;
        byte[] to = bytes;
        if (2 * (live + length) > bytes.length) {
            to = new byte[Math.max(FIRST_BYTES, Math.min(2 * capacity, Integer.highestOneBit(live + length) * 4))];
        }
        System.arraycopy(bytes, start, to, 0, live);
        for (int i = 1; i <= count; i++) {
            entries[at(i) + LINE] -= start;
        }
        bytes = to;
        end = live;
    }

    private void grow() {
        int places = Math.max(FIRST_ENTRIES, 2 * count);
        int[] more = new int[places * STRIDE];
        for (int i = 0; i < count; i++) {
            System.arraycopy(entries, at(count - i), more, i * STRIDE, STRIDE);
        }
        entries = more;
        mask = places - 1;
        added = count;
    }

    /// Gives back the memory that its entries do not need.
    void trim() {
        int start = count == 0 ? 0 : entries[at(count) + LINE];
        if (end - start < bytes.length / 2) {
            byte[] live = Arrays.copyOfRange(bytes, start, end);
            for (int i = 1; i <= count; i++) {
                entries[at(i) + LINE] -= start;
            }
            bytes = live;
            end = live.length;
        }
    }
}
