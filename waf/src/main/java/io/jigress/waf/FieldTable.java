package io.jigress.waf;

import io.jigress.waf.model.FieldName;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The members of TX or of a kept collection: names in lower case, each with one value.
///
/// Open addressing; allocates only to grow.
final class FieldTable {
    private final WafLimits limits;
    private @Nullable FieldName[] slots = new FieldName[256];
    private int[] slotIndex = new int[256];
    @Nullable FieldName[] names = new FieldName[128];
    int[] values = new int[128];
    int size;

    FieldTable(WafLimits limits) {
        this.limits = limits;
    }

    void clear() {
        Arrays.fill(slots, null);
        Arrays.fill(names, 0, size, null);
        size = 0;
        if (slots.length > 4096) {
            slots = new FieldName[256];
            slotIndex = new int[256];
            names = new FieldName[128];
            values = new int[128];
        }
    }

    /// The value of a name, or -1.
    int get(FieldName name) {
        int slot = slot(name);
        return slots[slot] == null ? -1 : values[slotIndex[slot]];
    }

    void set(FieldName name, int value) {
        int slot = slot(name);
        if (slots[slot] == null) {
            if (size >= limits.transactionFields()) {
                throw new LimitReached("transactionFields");
            }
            if (size * 2 >= slots.length) {
                grow();
                slot = slot(name);
            }
            if (size == names.length) {
                names = Arrays.copyOf(names, size * 2);
                values = Arrays.copyOf(values, size * 2);
            }
            slots[slot] = name;
            slotIndex[slot] = size;
            names[size++] = name;
        }
        values[slotIndex[slot]] = value;
    }

    /// Removes the value; the name stays in the table.
    void remove(FieldName name) {
        int slot = slot(name);
        if (slots[slot] != null) {
            values[slotIndex[slot]] = -1;
        }
    }

    private int slot(FieldName name) {
        int mask = slots.length - 1;
        int slot = name.hashCode() & mask;
        FieldName held = slots[slot];
        while (held != null && !held.equals(name)) {
            slot = slot + 1 & mask;
            held = slots[slot];
        }
        return slot;
    }

    private void grow() {
        slots = new FieldName[slots.length * 2];
        slotIndex = new int[slots.length];
        for (int i = 0; i < size; i++) {
            FieldName name = names[i];
            if (name != null) {
                int slot = slot(name);
                slots[slot] = name;
                slotIndex[slot] = i;
            }
        }
    }
}
