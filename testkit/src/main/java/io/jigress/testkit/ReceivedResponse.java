package io.jigress.testkit;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// A response as a [TestClient] received it, whole.
///
/// @param body the content, without chunk framing
/// @param raw every byte of it, framing and informational responses included
/// @param informational the 1xx heads that came before it
@SuppressWarnings("ArrayRecordComponent") // bytes off the wire; responses are not compared
public record ReceivedResponse(String version, int status, String reason, Fields headers, byte[] body, Fields trailers,
        List<ReceivedResponse> informational, byte[] raw) {

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
