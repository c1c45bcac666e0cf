package io.jigress.proxy.http;

/// How a body is delimited, as one long (RFC 9112, 6): its length, or one of these constants.
public final class Framing {
    /// No body, and no field that speaks of one.
    public static final long NONE = -1;
    public static final long CHUNKED = -2;
    /// Responses only: the end of the connection ends the body.
    public static final long UNTIL_CLOSE = -3;

    private Framing() {}
}
