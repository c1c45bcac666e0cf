package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.proxy.http.HeaderBlock;
import io.jigress.proxy.loop.Loop;
import java.nio.charset.StandardCharsets;

/// The id of a request: made here, or given by a trusted proxy and then of few characters, since logs and error pages show it.
final class RequestId {
    static final int BYTES = 32;

    private static final int MAX_GIVEN_BYTES = 128;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);

    private RequestId() {}

    static void make(Loop loop, byte[] id) {
        long high = loop.random();
        long low = loop.random();
        for (int i = 0; i < BYTES / 2; i++) {
            id[i] = HEX[(int) (high >>> 4 * i) & 15];
            id[BYTES / 2 + i] = HEX[(int) (low >>> 4 * i) & 15];
        }
    }

    /// Whether the fields hold exactly one id, of letters, digits and `-._~:/+=@`, up to 128 of them.
    static boolean given(HeaderBlock fields) {
        int at = fields.find(HeaderName.X_REQUEST_ID);
        if (at < 0 || fields.find(HeaderName.X_REQUEST_ID, at + HeaderBlock.STRIDE) >= 0) {
            return false;
        }
        int from = fields.valueFrom(at);
        int to = fields.valueTo(at);
        if (from == to || to - from > MAX_GIVEN_BYTES) {
            return false;
        }
        byte[] bytes = fields.bytes();
        for (int i = from; i < to; i++) {
            if (!usual(bytes[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean usual(byte b) {
        return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '-' && b <= ':' || b == '_' || b == '~' || b == '+'
                || b == '='
                || b == '@';
    }
}
