package io.jigress.proxy.telemetry;

/// How requests are logged.
///
/// @param path a file, reopened after a rotation, or `-` for standard output
/// @param ringBytes the buffer of each event loop while the file is slow; when it is full, records are dropped and counted.
/// Rounded up to a power of two
public record AccessLogSettings(boolean enabled, String path, Format format, int ringBytes) {
    public static final int RING_BYTES = 1 << 20;
    public static final AccessLogSettings OFF = new AccessLogSettings(false, "-", Format.JSON, RING_BYTES);

    /// The format of a line; `docs/access-log.md` describes both.
    public enum Format {
        JSON, TEXT
    }

    public AccessLogSettings {
        if (ringBytes < 4096 || ringBytes > 1 << 30) {
            throw new IllegalArgumentException("ringBytes: " + ringBytes + " (expected: 4096 to 1073741824)");
        }
    }
}
