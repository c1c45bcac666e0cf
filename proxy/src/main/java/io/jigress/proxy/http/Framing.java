package io.jigress.proxy.http;

/// How a body is delimited (RFC 9112, 6), as one long: its length, or one of these constants.
public final class Framing {
    /// No body, and no header field that announces one.
    public static final long NONE = -1;
    public static final long CHUNKED = -2;
    /// Responses only: the body ends with the connection.
    public static final long UNTIL_CLOSE = -3;

    private Framing() {}
}
