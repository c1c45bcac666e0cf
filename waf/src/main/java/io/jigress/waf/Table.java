package io.jigress.waf;

import java.util.Arrays;

/// The members of a collection, in order; a name may occur again.
final class Table {
    int[] names = new int[16];
    int[] values = new int[16];
    int size;

    void add(int name, int value) {
        if (size == names.length) {
            names = Arrays.copyOf(names, size * 2);
            values = Arrays.copyOf(values, size * 2);
        }
        names[size] = name;
        values[size++] = value;
    }

    void clear() {
        size = 0;
        if (names.length > 4096) {
            names = new int[16];
            values = new int[16];
        }
    }

    /// The value of the first entry with a name, ignoring case; -1 when there is none.
    int first(Store store, byte[] name) {
        for (int i = 0; i < size; i++) {
            if (store.equalsIgnoreCase(names[i], name)) {
                return values[i];
            }
        }
        return -1;
    }
}
