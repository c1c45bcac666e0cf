package io.jigress.proxy.listen;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.nio.charset.StandardCharsets;

/// What a connection gets that is refused before there is an engine.
final class TlsRefusal {
    static final int HANDSHAKE_FAILURE = 40;
    static final int DECODE_ERROR = 50;
    static final int INTERNAL_ERROR = 80;
    static final int UNRECOGNIZED_NAME = 112;
    static final int NO_APPLICATION_PROTOCOL = 120;

    private static final byte[] IN_THE_CLEAR = """
            HTTP/1.1 400 Bad Request\r
            Content-Type: text/plain\r
            Content-Length: 47\r
            Connection: close\r
            \r
            This port speaks HTTPS, not HTTP in the clear.
            """.getBytes(StandardCharsets.US_ASCII);

    private TlsRefusal() {}

    /// Sends a fatal alert (RFC 8446, section 6) and closes.
    static void alert(Channel channel, int description) {
        byte[] alert = {21, 3, 3, 0, 2, 2, (byte) description};
        channel.writeAndFlush(Unpooled.wrappedBuffer(alert)).addListener(ChannelFutureListener.CLOSE);
    }

    /// Tells a client that speaks HTTP/1 in the clear, and closes.
    static void inTheClear(Channel channel) {
        channel.writeAndFlush(Unpooled.wrappedBuffer(IN_THE_CLEAR)).addListener(ChannelFutureListener.CLOSE);
    }
}
