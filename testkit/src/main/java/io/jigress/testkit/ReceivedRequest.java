package io.jigress.testkit;

import java.nio.charset.StandardCharsets;

/// A request as a [TestUpstream] received it, whole.
///
/// @param connection which connection it came on, counted from 1
/// @param body the content, without chunk framing
/// @param raw every byte of it, framing included
@SuppressWarnings("ArrayRecordComponent") // bytes off the wire; requests are not compared
public record ReceivedRequest(int connection, String method, String target, String version, Fields headers, byte[] body,
        Fields trailers, byte[] raw) {

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /// Every byte of it, as Latin-1.
    public String rawText() {
        return new String(raw, StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        return Wire.show(raw);
    }
}
