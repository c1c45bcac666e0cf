package io.jigress.grpcjson.descriptor;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A message: its fields by number, and by name without making a String of the name. Immutable once its schema is made.
public final class MessageType {
    private static final Field[] NONE = {};
    /// Fields with numbers up to this one are found in an array.
    private static final int DENSE = 512;

    private final String fullName;
    private final WellKnown wellKnown;
    private final boolean mapEntry;
    private Field[] fields = NONE;
    private @Nullable Field[] dense = new Field[0];
    private int[] numbers = {};
    private int oneofs;
    /// A hash table with open addressing.
    private byte[][] names = new byte[1][];
    private @Nullable Field[] named = new Field[1];

    MessageType(String fullName, boolean mapEntry) {
        this.fullName = fullName;
        this.mapEntry = mapEntry;
        wellKnown = WellKnown.of(fullName);
    }

    void fields(List<Field> all, int oneofCount) {
        oneofs = oneofCount;
        fields = all.stream().sorted(Comparator.comparingInt(Field::number)).toArray(Field[]::new);
        numbers = Arrays.stream(fields).mapToInt(Field::number).toArray();
        dense = new Field[numbers.length == 0 ? 0 : Math.min(DENSE, numbers[numbers.length - 1]) + 1];
        int size = Math.max(4, Integer.highestOneBit(Math.max(1, fields.length * 4)) * 2);
        names = new byte[size][];
        named = new Field[size];
        for (int i = 0; i < fields.length; i++) {
            fields[i].index(i);
            if (numbers[i] < dense.length) {
                dense[numbers[i]] = fields[i];
            }
        }
        // The JSON name of one field wins over the original name of another.
        for (Field field : fields) {
            name(field.jsonName(), field);
        }
        for (Field field : fields) {
            name(field.name(), field);
        }
    }

    private void name(String name, Field field) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        int mask = names.length - 1;
        int at = hash(bytes, 0, bytes.length) & mask;
        while (names[at] != null) {
            if (Arrays.equals(names[at], bytes)) {
                return;
            }
            at = at + 1 & mask;
        }
        names[at] = bytes;
        named[at] = field;
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash ^ hash >>> 15;
    }

    public String fullName() {
        return fullName;
    }

    public WellKnown wellKnown() {
        return wellKnown;
    }

    /// Whether it stands for an entry of a map: field 1 is the key, field 2 the value.
    public boolean isMapEntry() { return mapEntry; }

    /// By ascending number. Must not be changed.
    public Field[] fields() {
        return fields;
    }

    /// How many oneofs it has, except those that only mark a field as optional.
    public int oneofs() {
        return oneofs;
    }

    /// Null when there is no such field.
    public @Nullable Field field(int number) {
        if (number >= 0 && number < dense.length) {
            return dense[number];
        }
        int at = number <= DENSE ? -1 : Arrays.binarySearch(numbers, number);
        return at < 0 ? null : fields[at];
    }

    /// A field that must exist, as those of `google.protobuf` do.
    public Field require(int number) {
        Field field = field(number);
        if (field == null) {
            throw new IllegalStateException(fullName + " has no field " + number);
        }
        return field;
    }

    /// The field with this JSON name or original name, in UTF-8; null when there is none.
    public @Nullable Field field(byte[] name, int from, int to) {
        int mask = names.length - 1;
        int at = hash(name, from, to) & mask;
        while (names[at] != null) {
            if (Arrays.equals(names[at], 0, names[at].length, name, from, to)) {
                return named[at];
            }
            at = at + 1 & mask;
        }
        return null;
    }

    public @Nullable Field field(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return field(bytes, 0, bytes.length);
    }

    @Override
    public String toString() {
        return fullName;
    }
}
