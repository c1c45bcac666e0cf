package io.jigress.waf;

import io.jigress.waf.model.FieldName;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Names that rules create from values, such as `tx.header_name_920450_accept`. They are kept between transactions, so that a known
/// name allocates nothing.
final class FieldNames {
    /// The number of names that are kept; when it is exceeded, all are dropped.
    static final int MAX_NAMES = 512;
    /// A longer name is not kept.
    static final int MAX_LENGTH = 128;

    private final @Nullable FieldName[] slots = new FieldName[MAX_NAMES * 2];
    private int size;

    /// The name for bytes in lower case.
    FieldName of(byte[] bytes, int from, int to) {
        if (to - from > MAX_LENGTH) {
            return FieldName.copyOf(bytes, from, to);
        }
        int mask = slots.length - 1;
        int slot = FieldName.hash(bytes, from, to) & mask;
        FieldName held = slots[slot];
        while (held != null) {
            if (held.equals(bytes, from, to)) {
                return held;
            }
            slot = slot + 1 & mask;
            held = slots[slot];
        }
        FieldName name = FieldName.copyOf(bytes, from, to);
        if (size == MAX_NAMES) {
            Arrays.fill(slots, null);
            size = 0;
            slot = name.hashCode() & mask;
        }
        slots[slot] = name;
        size++;
        return name;
    }
}
