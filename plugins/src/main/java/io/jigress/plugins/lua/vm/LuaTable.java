package io.jigress.plugins.lua.vm;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A table: an array for the keys 1 to n, and a hash table with open addressing for all others. A removed key stays in its slot
/// until the table grows, so that a traversal may remove keys.
///
/// Keys may come from clients. When many keys collide, the table changes to a hash function that depends on a secret.
public final class LuaTable {
    private static final Object[] NO_VALUES = {};
    private static final @Nullable Object[] NO_KEYS = {};
    /// More steps than this to find a slot lead to the secret hash function.
    private static final int MOST_PROBES = 48;
    private static final long SECRET = new java.security.SecureRandom().nextLong() | 1;
    /// Bytes of a slot in the array part, and in the hash part, with the number or the reference that it holds.
    private static final int ARRAY_SLOT = 20;
    private static final int HASH_SLOT = 40;

    private final Meter meter;
    private Object[] array = NO_VALUES;
    /// The array's keys in use; the last one is not nil, and the key after it is not in the hash part.
    private int count;
    private @Nullable Object[] keys = NO_KEYS;
    private Object[] values = NO_VALUES;
    /// Slots that hold a key, removed ones included.
    private int used;
    private boolean keyed;
    private @Nullable LuaTable metatable;

    public LuaTable(Meter meter) {
        this.meter = meter;
        meter.allocate(64);
    }

    public @Nullable LuaTable metatable() {
        return metatable;
    }

    public void metatable(@Nullable LuaTable next) {
        metatable = next;
    }

    /// The border that `#` returns.
    public int length() {
        return count;
    }

    public Object get(Object key) {
        if (key instanceof String text) {
            return get(text);
        }
        if (key instanceof Double number) {
            int i = number.intValue();
            if (i > 0 && i <= count && i == number) {
                return array[i - 1];
            }
        }
        int slot = find(key);
        return slot < 0 ? Nil.NIL : values[slot];
    }

    public Object get(int i) {
        return i > 0 && i <= count ? array[i - 1] : get((Object) (double) i);
    }

    public Object get(String key) {
        @Nullable Object[] all = keys;
        int mask = all.length - 1;
        if (mask < 0) {
            return Nil.NIL;
        }
        int i = hash(key) & mask;
        while (true) {
            Object k = all[i];
            if (k == key) {
                return values[i];
            }
            if (k == null) {
                return Nil.NIL;
            }
            if (k instanceof String text && text.equals(key)) {
                return values[i];
            }
            i = (i + 1) & mask;
        }
    }

    /// Sets a field without metamethods.
    ///
    /// @param key not nil and not NaN
    public void put(Object key, Object value) {
        if (key instanceof Double number) {
            int i = number.intValue();
            if (i > 0 && i == number) {
                put(i, value);
                return;
            }
        }
        putHash(key, value);
    }

    public void put(int i, Object value) {
        if (i > 0 && i <= count) {
            array[i - 1] = value;
            if (value == Nil.NIL && i == count) {
                shrink();
            }
        } else if (i > 0 && i == count + 1) {
            if (value != Nil.NIL) {
                append(value);
            }
        } else {
            putHash((double) i, value);
        }
    }

    public void put(String key, Object value) {
        putHash(key, value);
    }

    private void shrink() {
        int n = count;
        while (n > 0 && array[n - 1] == Nil.NIL) {
            n--;
        }
        count = n;
    }

    private void append(Object value) {
        if (count == array.length) {
            int size = Math.max(4, count * 2);
            meter.allocate((long) (size - count) * ARRAY_SLOT);
            array = Arrays.copyOf(array, size);
            Arrays.fill(array, count, size, Nil.NIL);
        }
        array[count++] = value;
        if (used > 0) {
            Object next = value;
            while (next != Nil.NIL) {
                int slot = find((double) (count + 1));
                next = slot < 0 ? Nil.NIL : values[slot];
                if (next != Nil.NIL) {
                    values[slot] = Nil.NIL;
                    appendMoved(next);
                }
            }
        }
    }

    private void appendMoved(Object value) {
        if (count == array.length) {
            int size = count * 2;
            meter.allocate((long) (size - count) * ARRAY_SLOT);
            array = Arrays.copyOf(array, size);
            Arrays.fill(array, count, size, Nil.NIL);
        }
        array[count++] = value;
    }

    /// Inserts a value at an index of 1 to n + 1 and moves those behind it.
    public void insert(int i, Object value) {
        meter.work((count - i) / 8);
        int before = count;
        append(value);
        System.arraycopy(array, i - 1, array, i, before - i + 1);
        array[i - 1] = value;
    }

    /// Removes the value at an index of 1 to n and moves those behind it.
    public Object remove(int i) {
        meter.work((count - i) / 8);
        Object removed = array[i - 1];
        System.arraycopy(array, i, array, i - 1, count - i);
        array[--count] = Nil.NIL;
        shrink();
        return removed;
    }

    private int find(Object key) {
        @Nullable Object[] all = keys;
        int mask = all.length - 1;
        if (mask < 0) {
            return -1;
        }
        int i = hash(key) & mask;
        while (true) {
            Object k = all[i];
            if (k == null) {
                return -1;
            }
            if (Values.rawEquals(k, key)) {
                return i;
            }
            i = (i + 1) & mask;
        }
    }

    private void putHash(Object key, Object value) {
        int slot = find(key);
        if (slot >= 0) {
            values[slot] = value;
        } else if (value != Nil.NIL) {
            if ((used + 1) * 4 > keys.length * 3) {
                grow();
            }
            Object kept = key instanceof Double d && d == 0 ? (Double) 0.0 : key;
            if (place(kept, value) > MOST_PROBES && !keyed) {
                keyed = true;
                rehash(keys.length);
            }
        }
    }

    private void grow() {
        int live = 0;
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != null && values[i] != Nil.NIL) {
                live++;
            }
        }
        int size = 4;
        while ((live + 1) * 2 > size) {
            size *= 2;
        }
        if (size > keys.length) {
            meter.allocate((long) (size - keys.length) * HASH_SLOT);
        }
        meter.work(keys.length / 4);
        rehash(size);
    }

    private void rehash(int size) {
        @Nullable Object[] oldKeys = keys;
        Object[] oldValues = values;
        keys = new @Nullable Object[size];
        values = new Object[size];
        Arrays.fill(values, Nil.NIL);
        used = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            Object key = oldKeys[i];
            if (key != null && oldValues[i] != Nil.NIL) {
                place(key, oldValues[i]);
            }
        }
    }

    /// @return the number of steps
    private int place(Object key, Object value) {
        int mask = keys.length - 1;
        int i = hash(key) & mask;
        int steps = 0;
        while (keys[i] != null) {
            i = (i + 1) & mask;
            steps++;
        }
        keys[i] = key;
        values[i] = value;
        used++;
        return steps;
    }

    private int hash(Object key) {
        if (keyed) {
            return keyedHash(key);
        }
        int h = (key instanceof Double d ? Double.hashCode(d + 0.0) : key.hashCode()) * 0x9E3779B9;
        return h ^ (h >>> 15);
    }

    private static int keyedHash(Object key) {
        long h = SECRET;
        if (key instanceof String text) {
            for (int i = 0; i < text.length(); i++) {
                h = (h ^ text.charAt(i)) * SECRET;
                h ^= h >>> 29;
            }
        } else if (key instanceof Double d) {
            h = (h ^ Double.doubleToLongBits(d + 0.0)) * SECRET;
        } else {
            h = (h ^ key.hashCode()) * SECRET;
        }
        h ^= h >>> 32;
        return (int) h;
    }

    /// The position of the entry after a key, for [#keyAt] and [#valueAt]; nil starts. -1 after the last entry, -2 for a key that was never
    /// in the table.
    public int after(Object key) {
        int at;
        if (key == Nil.NIL) {
            at = 0;
        } else if (key instanceof Double d && d.intValue() > 0 && d.intValue() == d && d.intValue() <= array.length) {
            at = d.intValue();
        } else {
            int slot = find(key);
            if (slot < 0) {
                return -2;
            }
            at = array.length + slot + 1;
        }
        for (; at < array.length; at++) {
            if (at >= count) {
                at = array.length;
                break;
            }
            if (array[at] != Nil.NIL) {
                return at;
            }
        }
        for (int slot = at - array.length; slot < keys.length; slot++) {
            if (keys[slot] != null && values[slot] != Nil.NIL) {
                meter.work((slot - (at - array.length)) / 4);
                return array.length + slot;
            }
        }
        return -1;
    }

    public Object keyAt(int position) {
        if (position < array.length) {
            return (double) (position + 1);
        }
        Object key = keys[position - array.length];
        return key == null ? Nil.NIL : key;
    }

    public Object valueAt(int position) {
        return position < array.length ? array[position] : values[position - array.length];
    }

    /// The bytes of the table itself.
    long size() {
        return 64 + (long) array.length * ARRAY_SLOT + (long) keys.length * HASH_SLOT;
    }

    /// Shows all keys and values.
    void visit(java.util.function.Consumer<Object> visitor) {
        for (int i = 0; i < count; i++) {
            visitor.accept(array[i]);
        }
        for (int i = 0; i < keys.length; i++) {
            Object key = keys[i];
            if (key != null && values[i] != Nil.NIL) {
                visitor.accept(key);
                visitor.accept(values[i]);
            }
        }
        if (metatable != null) {
            visitor.accept(metatable);
        }
    }
}
