package io.jigress.api;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/// A header field name, ready for comparison: lower-case, with its hash and its bytes. Make them once, as constants or while
/// configuration is read; looking a header up by one of these allocates nothing.
public final class HeaderName {
    public static final HeaderName HOST = of("host");
    public static final HeaderName CONNECTION = of("connection");
    public static final HeaderName CONTENT_LENGTH = of("content-length");
    public static final HeaderName CONTENT_TYPE = of("content-type");
    public static final HeaderName TRANSFER_ENCODING = of("transfer-encoding");
    public static final HeaderName COOKIE = of("cookie");
    public static final HeaderName DATE = of("date");
    public static final HeaderName LOCATION = of("location");
    public static final HeaderName ORIGIN = of("origin");
    public static final HeaderName RETRY_AFTER = of("retry-after");
    public static final HeaderName USER_AGENT = of("user-agent");
    public static final HeaderName VARY = of("vary");
    public static final HeaderName X_FORWARDED_FOR = of("x-forwarded-for");
    public static final HeaderName X_FORWARDED_HOST = of("x-forwarded-host");
    public static final HeaderName X_FORWARDED_PORT = of("x-forwarded-port");
    public static final HeaderName X_FORWARDED_PROTO = of("x-forwarded-proto");
    public static final HeaderName X_REQUEST_ID = of("x-request-id");

    /// Names, in lower case, that no configuration may edit: these fields frame the message or name the connection, so that an edit
    /// could split messages or mislead the next hop.
    public static final Set<String> RESERVED = Set.of("connection", "content-length", "host", "keep-alive", "proxy-connection",
            "te", "trailer", "transfer-encoding", "upgrade");

    private final String text;
    private final byte[] bytes;
    private final int hash;

    private HeaderName(String lowerCase) {
        this.text = lowerCase;
        this.bytes = lowerCase.getBytes(StandardCharsets.ISO_8859_1);
        this.hash = hash(bytes, 0, bytes.length);
    }

    /// @throws IllegalArgumentException when the text is not a token (RFC 9110, 5.6.2); see [#isToken]
    public static HeaderName of(String name) {
        if (!isToken(name)) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" is no header name (expected: a token of RFC 9110, section 5.6.2)");
        }
        return new HeaderName(name.toLowerCase(Locale.ROOT));
    }

    /// Whether a text can be a header field name: one or more token characters.
    public static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!letter && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /// Whether configuration may give a field this value: Latin-1 text without control characters other than tabs.
    public static boolean isValue(String text) {
        return text.chars().allMatch(c -> (c >= 0x20 || c == '\t') && c != 0x7f && c <= 0xff);
    }

    /// The hash of a name in any case: 31-polynomial over the bytes with ASCII letters lower-cased.
    public static int hash(byte[] name, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            byte b = name[i];
            hash = 31 * hash + (b >= 'A' && b <= 'Z' ? b | 0x20 : b);
        }
        return hash;
    }

    /// The lower-case name.
    public String text() {
        return text;
    }

    public int hash() {
        return hash;
    }

    public int length() {
        return bytes.length;
    }

    /// Copies the lower-case bytes to `target`, from `at` on.
    public void copyTo(byte[] target, int at) {
        System.arraycopy(bytes, 0, target, at, bytes.length);
    }

    /// Whether `name[from..to)` is this name in any case.
    public boolean matches(byte[] name, int from, int to) {
        if (to - from != bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            byte b = name[from + i];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeaderName that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return text;
    }
}
