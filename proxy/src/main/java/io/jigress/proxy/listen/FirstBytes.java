package io.jigress.proxy.listen;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// What the first bytes of a connection begin. No two of these can begin alike, and none but [#OTHER] is the beginning of an HTTP/1
/// request.
enum FirstBytes {
    /// More bytes are needed to tell.
    UNDECIDED,
    /// A TLS record with a handshake message (RFC 8446, section 5.1), whose first one is a ClientHello.
    CLIENT_HELLO,
    /// The whole connection preface of HTTP/2 (RFC 9113, section 3.4).
    HTTP2_PREFACE,
    /// A header of the PROXY protocol, version 1 or 2.
    PROXY_HEADER,
    /// An HTTP/1 request, or something unknown.
    OTHER;

    private static final int TLS_HANDSHAKE = 22;
    private static final byte[] PREFACE = bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    private static final byte[] PROXY_1 = bytes("PROXY ");
    private static final byte[] PROXY_2 = bytes("\r\n\r\n\0\r\nQUIT\n");

    /// Looks at bytes from their reader index on, which does not move. At most 24 bytes are needed.
    static FirstBytes of(ByteBuf in) {
        if (!in.isReadable()) {
            return UNDECIDED;
        }
        if (in.getByte(in.readerIndex()) == TLS_HANDSHAKE) {
            return CLIENT_HELLO;
        }
        boolean undecided = false;
        for (Signature each : Signature.values()) {
            int alike = alike(in, each.bytes);
            if (alike == each.bytes.length) {
                return each.meaning;
            }
            undecided |= alike == in.readableBytes();
        }
        return undecided ? UNDECIDED : OTHER;
    }

    private enum Signature {
        HTTP2(PREFACE, HTTP2_PREFACE), PROXY_VERSION_1(PROXY_1, PROXY_HEADER), PROXY_VERSION_2(PROXY_2, PROXY_HEADER);

        private final byte[] bytes;
        private final FirstBytes meaning;

        Signature(byte[] bytes, FirstBytes meaning) {
            this.bytes = bytes;
            this.meaning = meaning;
        }
    }

    /// How many bytes are those of a signature.
    private static int alike(ByteBuf in, byte[] signature) {
        int most = Math.min(in.readableBytes(), signature.length);
        int alike = 0;
        while (alike < most && in.getByte(in.readerIndex() + alike) == signature[alike]) {
            alike++;
        }
        return alike;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
