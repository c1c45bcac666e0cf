package io.jigress.api;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Headers stored in arrays, for messages that do not come from a codec: heads and trailers that a protocol makes, local replies.
public final class ListHeaders implements Headers {
    private static final int MAX_FIELDS = 1000;

    private String[] names = new String[8];
    private String[] values = new String[8];
    private int size;

    /// A copy that outlives the view it was made from.
    public static ListHeaders copyOf(Headers headers) {
        ListHeaders copy = new ListHeaders();
        for (int i = 0; i < headers.size(); i++) {
            copy.append(headers.nameAt(i), headers.valueAt(i));
        }
        return copy;
    }

    /// Fields in order.
    public static ListHeaders of(List<Map.Entry<HeaderName, String>> fields) {
        ListHeaders headers = new ListHeaders();
        fields.forEach(field -> headers.add(field.getKey(), field.getValue()));
        return headers;
    }

    @Override
    public @Nullable String first(HeaderName name) {
        int i = indexOf(name);
        return i < 0 ? null : values[i];
    }

    @Override
    public boolean contains(HeaderName name) {
        return indexOf(name) >= 0;
    }

    @Override
    public boolean equal(HeaderName name, String value) {
        int i = indexOf(name);
        return i >= 0 && values[i].equals(value);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String nameAt(int i) {
        return names[Objects.checkIndex(i, size)];
    }

    @Override
    public String valueAt(int i) {
        return values[Objects.checkIndex(i, size)];
    }

    @Override
    public boolean isAt(int i, HeaderName name) {
        return nameAt(i).equalsIgnoreCase(name.text());
    }

    @Override
    public void set(HeaderName name, String value) {
        FieldValue.checked(value);
        remove(name);
        append(name.text(), value);
    }

    @Override
    public void add(HeaderName name, String value) {
        append(name.text(), value);
    }

    /// Appends a field whose name keeps its case.
    ///
    /// @throws IllegalArgumentException when the name is not a token or the value is not allowed
    public void add(String name, String value) {
        if (!HeaderName.isToken(name)) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is no header name (expected: a token of RFC 9110, section 5.6.2)");
        }
        append(name, value);
    }

    @Override
    public boolean remove(HeaderName name) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (!names[i].equalsIgnoreCase(name.text())) {
                names[kept] = names[i];
                values[kept++] = values[i];
            }
        }
        boolean removed = kept < size;
        size = kept;
        return removed;
    }

    public void clear() {
        size = 0;
    }

    private void append(String name, String value) {
        FieldValue.checked(value);
        if (size == MAX_FIELDS) {
            throw new IllegalStateException("header fields: more than " + MAX_FIELDS);
        }
        if (size == names.length) {
            names = Arrays.copyOf(names, 2 * size);
            values = Arrays.copyOf(values, 2 * size);
        }
        names[size] = name;
        values[size++] = value;
    }

    private int indexOf(HeaderName name) {
        for (int i = 0; i < size; i++) {
            if (names[i].equalsIgnoreCase(name.text())) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < size; i++) {
            text.append(names[i]).append(": ").append(values[i]).append('\n');
        }
        return text.toString();
    }
}
