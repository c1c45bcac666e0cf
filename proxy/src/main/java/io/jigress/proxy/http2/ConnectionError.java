package io.jigress.proxy.http2;

/// A connection error (RFC 9113, 5.4.1) that a peer has caused.
///
/// @param reason what was wrong, for the log and for the debug data of GOAWAY
record ConnectionError(ErrorCode code, String reason) {
    static final ConnectionError PREFACE = protocol("the connection does not start with the HTTP/2 preface and SETTINGS");
    static final ConnectionError FRAME_SIZE = size(
            "a frame that is longer than 16,384 bytes or has the wrong length for its type");
    static final ConnectionError PADDING = protocol("padding that is as long as the frame or longer");
    static final ConnectionError STREAM_ID = protocol("a frame on a stream that its type is not for");
    static final ConnectionError IDLE_STREAM = protocol("a frame on a stream that was not opened");
    static final ConnectionError CLOSED_STREAM = new ConnectionError(ErrorCode.STREAM_CLOSED,
            "a frame on a stream that has ended");
    static final ConnectionError CONTINUATION = protocol("a header block that is interrupted, or a CONTINUATION without one");
    static final ConnectionError COMPRESSION = new ConnectionError(ErrorCode.COMPRESSION_ERROR,
            "a header block that is not HPACK");
    static final ConnectionError PUSH = protocol("PUSH_PROMISE, which is not allowed here");
    static final ConnectionError SETTING = protocol("a setting with a value that is not allowed");
    static final ConnectionError WINDOW = new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR,
            "a flow-control window beyond 2^31-1, or more data than the window allows");
    static final ConnectionError WINDOW_INCREMENT = protocol("WINDOW_UPDATE of 0 on the connection");

    private static ConnectionError protocol(String reason) {
        return new ConnectionError(ErrorCode.PROTOCOL_ERROR, reason);
    }

    private static ConnectionError size(String reason) {
        return new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, reason);
    }
}
