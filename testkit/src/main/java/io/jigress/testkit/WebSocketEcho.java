package io.jigress.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// A WebSocket server for a [TestUpstream]: sends every frame of up to 125 bytes back (RFC 6455).
public final class WebSocketEcho {

    private WebSocketEcho() {}

    /// Whether a request opens a WebSocket.
    public static boolean isOpening(ServerCall call) {
        return call.headers().first("sec-websocket-key") != null;
    }

    /// Accepts the request, and returns after the close frame of the client was sent back.
    public static void serve(ServerCall call) throws IOException {
        call.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: "
                + accept(String.valueOf(call.headers().first("sec-websocket-key"))) + "\r\n\r\n");
        for (boolean open = true; open;) {
            open = echo(call);
        }
    }

    private static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /// Sends a frame back (section 5.2); false after a close frame.
    private static boolean echo(ServerCall call) throws IOException {
        String head = call.readRaw(2);
        int length = head.charAt(1) & 0x7f;
        String mask = call.readRaw(4);
        String payload = call.readRaw(length);
        StringBuilder frame = new StringBuilder().append(head.charAt(0)).append((char) length);
        for (int i = 0; i < length; i++) {
            frame.append((char) (payload.charAt(i) ^ mask.charAt(i & 3)));
        }
        call.write(frame.toString());
        return (head.charAt(0) & 0xf) != 8;
    }
}
