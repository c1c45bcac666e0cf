package io.jigress.proxy.telemetry;

/// The fields that filters add to the line of one exchange, in the order in which they came.
final class LogFields {
    static final int MAX_FIELDS = 16;
    static final int MAX_NAME = 64;
    static final int MAX_VALUE_BYTES = 256;

    private final String[] names = new String[MAX_FIELDS];
    private final String[] values = new String[MAX_FIELDS];
    private int size;

    /// @return false when there is no place for another name
    boolean set(String name, String value) {
        int at = 0;
        while (at < size && !names[at].equals(name)) {
            at++;
        }
        if (at == MAX_FIELDS) {
            return false;
        }
        if (at == size) {
            requireName(name);
            names[size++] = name;
        }
        values[at] = cut(value);
        return true;
    }

    private static void requireName(String name) {
        boolean valid = !name.isEmpty() && name.length() <= MAX_NAME;
        for (int i = 0; i < name.length() && valid; i++) {
            char c = name.charAt(i);
            valid = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.';
        }
        if (!valid) {
            throw new IllegalArgumentException(
                    "log field: \"" + name + "\" (expected: a-z, 0-9, _ and ., at most " + MAX_NAME + ")");
        }
    }

    /// As much of a text as takes 256 bytes in UTF-8; no character is cut in two.
    private static String cut(String value) {
        if (value.length() <= MAX_VALUE_BYTES / 3) {
            return value;
        }
        int bytes = 0;
        int i = 0;
        while (i < value.length()) {
            int character = value.codePointAt(i);
            bytes += character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
            if (bytes > MAX_VALUE_BYTES) {
                return value.substring(0, i);
            }
            i += Character.charCount(character);
        }
        return value;
    }

    int size() {
        return size;
    }

    String name(int i) {
        return names[i];
    }

    String value(int i) {
        return values[i];
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            values[i] = "";
        }
        size = 0;
    }
}
