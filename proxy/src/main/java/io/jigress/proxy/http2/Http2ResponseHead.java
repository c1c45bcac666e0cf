package io.jigress.proxy.http2;

import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import org.jspecify.annotations.Nullable;

/// A response's head as it was received from an upstream.
final class Http2ResponseHead extends Http2Fields implements ResponseHead {
    private int status;

    Http2ResponseHead(Http2Pool pool) {
        super(pool);
    }

    @Override
    void begin(io.jigress.proxy.http.HeadLimits limits) {
        super.begin(limits);
        status = 0;
    }

    @Override
    @Nullable FieldFault pseudo(int kind, byte[] bytes, int value, int valueEnd) {
        if (kind != FieldKind.STATUS || status != 0) {
            return FieldFault.PSEUDO_FIELD;
        }
        for (int i = value; i < valueEnd; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || i - value > 2) {
                return FieldFault.STATUS;
            }
            status = 10 * status + digit;
        }
        return status < 100 || status > 599 || status == 101 ? FieldFault.STATUS : null;
    }

    @Override
    @Nullable FieldFault finish(boolean last) {
        return status == 0 ? FieldFault.STATUS : null;
    }

    /// Whether the status alone rules out a body: 1xx, 204, 304.
    boolean isBodiless() { return status < 200 || status == 204 || status == 304; }

    // ---- ResponseHead

    @Override
    public int status() {
        fields.checkLive();
        return status;
    }

    @Override
    public Headers headers() {
        fields.checkLive();
        return fields;
    }

    @Override
    public long contentLength() {
        fields.checkLive();
        return declared;
    }

    @Override
    public void status(int status) {
        fields.checkLive();
        if (status < 100 || status > 999) {
            throw new IllegalArgumentException("status: " + status + " (expected: 100 to 999)");
        }
        this.status = status;
    }
}
