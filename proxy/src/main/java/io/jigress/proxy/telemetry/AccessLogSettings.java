package io.jigress.proxy.telemetry;

/// How requests are logged.
///
/// @param path a file, opened again when it was rotated, or `-` for standard output
/// @param ringBytes what each event loop holds back while the file is slow; beyond it records are dropped and counted.
/// Rounded up to a power of two
public record AccessLogSettings(boolean enabled, String path, Format format, int ringBytes) {
    public static final int RING_BYTES = 1 << 20;
    public static final AccessLogSettings OFF = new AccessLogSettings(false, "-", Format.JSON, RING_BYTES);

    /// The shape of a line; `docs/access-log.md` describes both.
    public enum Format {
        JSON, TEXT
    }

    public AccessLogSettings {
        if (ringBytes < 4096 || ringBytes > 1 << 30) {
            throw new IllegalArgumentException("ringBytes: " + ringBytes + " (expected: 4096 to 1073741824)");
        }
    }
}
