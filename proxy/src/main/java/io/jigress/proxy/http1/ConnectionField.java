package io.jigress.proxy.http1;

import java.nio.charset.StandardCharsets;

/// What a written head says about its connection. The received Connection field never passes: it was for the gateway.
public enum ConnectionField {
    NONE(""), CLOSE("connection: close\r\n"), KEEP_ALIVE("connection: keep-alive\r\n"),
    /// The message's Upgrade field passes too.
    UPGRADE("connection: upgrade\r\n");

    private final byte[] line;

    ConnectionField(String line) {
        this.line = line.getBytes(StandardCharsets.ISO_8859_1);
    }

    byte[] line() {
        return line;
    }
}
