package io.jigress.proxy.http;

/// The flags of a field in the index of a [HeaderBlock]: bits of its [HeaderBlock#FLAGS].
public final class FieldFlags {
    /// Removed by an edit.
    public static final int REMOVED = 1;
    /// A hop-by-hop field; never forwarded.
    public static final int HOP = 2;
    /// The received Content-Length; forwarded only if the body is still framed by it.
    public static final int LENGTH = 4;
    /// The received Transfer-Encoding; forwarded only if the message is still chunked.
    public static final int CODING = 8;
    public static final int UPGRADE = 16;
    public static final int TRAILER = 32;

    private FieldFlags() {}
}
