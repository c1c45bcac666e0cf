package io.jigress.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// Formats bytes for messages, and defines how long tests wait.
final class Wire {
    /// How long anything here waits for the other side before the test fails.
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private Wire() {}

    static byte[] bytes(String latin1) {
        return latin1.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /// The bytes as text: unprintable ones escaped, a line break after each LF.
    static String show(byte[] bytes) {
        return show(latin1(bytes));
    }

    static String show(String latin1) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < latin1.length(); i++) {
            char c = latin1.charAt(i);
            switch (c) {
                case '\r' -> out.append("\\r");
                case '\n' -> out.append("\\n\n");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c < 0x20 || c > 0x7e) {
                        out.append(String.format("\\x%02x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.toString();
    }
}
