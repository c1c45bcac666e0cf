package io.jigress.proxy.http;

/// Limits of a message head; a head that exceeds one is refused as soon as the limit is passed.
///
/// @param targetBytes the request target
/// @param headBytes the whole head, start line and empty line included
/// @param fieldBytes one field line, without its line end
/// @param fields the number of field lines
public record HeadLimits(int targetBytes, int headBytes, int fieldBytes, int fields) {

    /// Limits that browsers and common servers do not reach.
    public static final HeadLimits STANDARD = new HeadLimits(8 * 1024, 64 * 1024, 16 * 1024, 100);

    public HeadLimits {
        atLeastOne("targetBytes", targetBytes);
        atLeastOne("headBytes", headBytes);
        atLeastOne("fieldBytes", fieldBytes);
        atLeastOne("fields", fields);
        if (headBytes > 1 << 20) {
            throw new IllegalArgumentException("headBytes: " + headBytes + " (expected: at most 1 MiB)");
        }
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 1)");
        }
    }
}
