package io.jigress.testkit;

import io.jigress.api.HeaderName;
import io.jigress.api.Headers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// [Headers] as a plain list, for filters under test. Looking up and editing allocate nothing while the list does not grow, so
/// that a test measures only what the filter allocates.
public final class HeaderList implements Headers {
    private HeaderName[] names = new HeaderName[32];
    private String[] written = new String[32];
    private String[] values = new String[32];
    private int size;

    /// Fields given as whole lines: `x-a: 1`.
    public static HeaderList of(String... lines) {
        HeaderList headers = new HeaderList();
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException("\"" + line + "\" (expected: name: value)");
            }
            String name = line.substring(0, colon);
            headers.append(HeaderName.of(name), name, line.substring(colon + 1).strip());
        }
        return headers;
    }

    /// All fields as lines, with names as they were written.
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            lines.add(written[i] + ": " + values[i]);
        }
        return lines;
    }

    /// All values of a field, in order.
    public List<String> all(String name) {
        HeaderName wanted = HeaderName.of(name);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            if (names[i].equals(wanted)) {
                all.add(values[i]);
            }
        }
        return all;
    }

    @Override
    public @Nullable String first(HeaderName name) {
        int i = index(name);
        return i < 0 ? null : values[i];
    }

    @Override
    public boolean contains(HeaderName name) {
        return index(name) >= 0;
    }

    @Override
    public boolean equal(HeaderName name, String value) {
        int i = index(name);
        return i >= 0 && values[i].equals(value);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String nameAt(int i) {
        return written[i];
    }

    @Override
    public String valueAt(int i) {
        return values[i];
    }

    @Override
    public boolean isAt(int i, HeaderName name) {
        return names[i].equals(name);
    }

    @Override
    public void set(HeaderName name, String value) {
        check(name, value);
        remove(name);
        append(name, name.text(), value);
    }

    @Override
    public void add(HeaderName name, String value) {
        check(name, value);
        append(name, name.text(), value);
    }

    @Override
    public boolean remove(HeaderName name) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (!names[i].equals(name)) {
                names[kept] = names[i];
                written[kept] = written[i];
                values[kept] = values[i];
                kept++;
            }
        }
        boolean removed = kept < size;
        size = kept;
        return removed;
    }

    @Override
    public String toString() {
        return lines().toString();
    }

    private int index(HeaderName name) {
        for (int i = 0; i < size; i++) {
            if (names[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private void append(HeaderName name, String asWritten, String value) {
        if (size == names.length) {
            names = Arrays.copyOf(names, size * 2);
            written = Arrays.copyOf(written, size * 2);
            values = Arrays.copyOf(values, size * 2);
        }
        names[size] = name;
        written[size] = asWritten;
        values[size] = value;
        size++;
    }

    private static void check(HeaderName name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\r' || c == '\n' || c == 0 || c > 0xff) {
                throw new IllegalArgumentException(
                        name + ": a value must be Latin-1 without CR, LF and NUL: " + Wire.show(value));
            }
        }
    }
}
