package io.jigress.proxy.http;

/// What the index of a [HeaderBlock] tells of a field: bits in its [HeaderBlock#FLAGS].
public final class FieldFlags {
    /// An edit took it out.
    public static final int REMOVED = 1;
    /// Was for this hop; never passes.
    public static final int HOP = 2;
    /// The received Content-Length; passes only when it still is the framing.
    public static final int LENGTH = 4;
    /// The received Transfer-Encoding; passes only when the message stays chunked.
    public static final int CODING = 8;
    public static final int UPGRADE = 16;
    public static final int TRAILER = 32;

    private FieldFlags() {}
}
