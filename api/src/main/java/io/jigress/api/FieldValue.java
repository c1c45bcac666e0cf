package io.jigress.api;

/// The check that every header value passes before it is stored, so that no edit can split a message.
public final class FieldValue {

    private FieldValue() {}

    /// @return the value
    /// @throws IllegalArgumentException when it holds CR, LF, NUL or a character beyond Latin-1
    public static String checked(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (!allowed(value.charAt(i))) {
                throw refused(value.charAt(i), i);
            }
        }
        return value;
    }

    public static boolean allowed(char c) {
        return c != '\r' && c != '\n' && c != 0 && c <= 0xff;
    }

    public static IllegalArgumentException refused(char c, int index) {
        return new IllegalArgumentException(
                "header value: character " + (int) c + " at " + index + " (expected: Latin-1 without CR, LF and NUL)");
    }
}
