package io.jigress.proxy.telemetry;

import io.jigress.api.HeaderName;
import io.jigress.proxy.http.HeaderBlock;

/// The field `traceparent` of W3C Trace Context: `00-` and 32 hexadecimal digits of the trace id, `-`, 16 of the parent, `-`, 2 of flags.
final class TraceParent {
    static final int ID_CHARS = 32;

    private static final HeaderName NAME = HeaderName.of("traceparent");
    private static final int ID_FROM = 3;
    private static final int CHARS = 55;

    private TraceParent() {}

    /// Copies the trace id, if there is a valid one.
    static void copyId(HeaderBlock fields, ByteField to) {
        int at = fields.find(NAME);
        if (at < 0 || fields.valueTo(at) - fields.valueFrom(at) < CHARS) {
            return;
        }
        byte[] bytes = fields.bytes();
        int from = fields.valueFrom(at) + ID_FROM;
        for (int i = from; i < from + ID_CHARS; i++) {
            if (!(bytes[i] >= '0' && bytes[i] <= '9' || bytes[i] >= 'a' && bytes[i] <= 'f')) {
                return;
            }
        }
        to.set(bytes, from, from + ID_CHARS);
    }
}
