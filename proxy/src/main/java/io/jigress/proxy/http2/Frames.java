package io.jigress.proxy.http2;

import java.nio.charset.StandardCharsets;

/// Types, flags and settings of frames (RFC 9113, 6 and 6.5.2).
final class Frames {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 0x1;
    static final int ACK = 0x1;
    static final int END_HEADERS = 0x4;
    static final int PADDED = 0x8;
    static final int WITH_PRIORITY = 0x20;

    static final int HEADER_TABLE_SIZE = 1;
    static final int ENABLE_PUSH = 2;
    static final int MAX_CONCURRENT_STREAMS = 3;
    static final int INITIAL_WINDOW_SIZE = 4;
    static final int MAX_FRAME_SIZE = 5;
    static final int MAX_HEADER_LIST_SIZE = 6;
    /// RFC 8441.
    static final int ENABLE_CONNECT_PROTOCOL = 8;

    /// The header of a frame.
    static final int HEADER_BYTES = 9;
    /// The payload that every peer accepts, and the longest that is accepted here.
    static final int PAYLOAD_BYTES = 16_384;
    /// The initial flow-control window of streams and connections.
    static final int WINDOW_BYTES = 65_535;
    static final int MAX_WINDOW = Integer.MAX_VALUE;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    private Frames() {}

    /// How long the client's connection preface is.
    static int prefaceLength() {
        return PREFACE.length;
    }

    static byte preface(int at) {
        return PREFACE[at];
    }

    static byte[] preface() {
        return PREFACE.clone();
    }
}
