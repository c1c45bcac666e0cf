package io.jigress.proxy.http;

import io.jigress.api.HeaderName;

/// The fields that apply to one connection and not to the message (RFC 9110, 7.6.1); none is forwarded as received.
public final class HopByHop {
    public static final HeaderName KEEP_ALIVE = HeaderName.of("keep-alive");
    public static final HeaderName PROXY_CONNECTION = HeaderName.of("proxy-connection");
    public static final HeaderName TE = HeaderName.of("te");
    public static final HeaderName TRAILER = HeaderName.of("trailer");
    public static final HeaderName UPGRADE = HeaderName.of("upgrade");

    /// The hashes of these names, as constants for a switch (`HeaderName.hash`; a test compares them).
    public static final int CONNECTION_HASH = -775651618;
    public static final int CONTENT_LENGTH_HASH = -1132779846;
    public static final int TRANSFER_ENCODING_HASH = 1274458357;
    public static final int KEEP_ALIVE_HASH = 211181701;
    public static final int PROXY_CONNECTION_HASH = 285929373;
    public static final int TE_HASH = 3697;
    public static final int TRAILER_HASH = -1067215565;
    public static final int UPGRADE_HASH = -231171556;

    private HopByHop() {}

    /// The flags ([HeaderBlock]) of a field that an edit adds: framing and connection fields are written by the gateway alone.
    static int flagsOfAdded(HeaderName name) {
        return switch (name.hash()) {
            case CONNECTION_HASH -> name.equals(HeaderName.CONNECTION) ? FieldFlags.HOP : 0;
            case CONTENT_LENGTH_HASH -> name.equals(HeaderName.CONTENT_LENGTH) ? FieldFlags.HOP : 0;
            case TRANSFER_ENCODING_HASH -> name.equals(HeaderName.TRANSFER_ENCODING) ? FieldFlags.HOP : 0;
            case KEEP_ALIVE_HASH -> name.equals(KEEP_ALIVE) ? FieldFlags.HOP : 0;
            case PROXY_CONNECTION_HASH -> name.equals(PROXY_CONNECTION) ? FieldFlags.HOP : 0;
            case TE_HASH -> name.equals(TE) ? FieldFlags.HOP : 0;
            case UPGRADE_HASH -> name.equals(UPGRADE) ? FieldFlags.UPGRADE : 0;
            case TRAILER_HASH -> name.equals(TRAILER) ? FieldFlags.TRAILER : 0;
            default -> 0;
        };
    }
}
