package io.jigress.proxy.http1;

import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.http.Framing;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http.HeaderBlock;
import org.jspecify.annotations.Nullable;

/// A response's head as it was received from an upstream.
public final class Http1ResponseHead extends Http1Head implements ResponseHead {
    private static final int STATUS_AT = 9;

    private int status;
    private int lineEnd;
    private boolean lineAsReceived;

    Http1ResponseHead(HeadPool pool) {
        super(pool);
    }

    void begin(HeadLimits limits) {
        begin(limits, false);
        status = 0;
    }

    @Override
    @Nullable HeadFault startLine(byte[] bytes, int from, int stop) {
        if (stop - from < STATUS_AT + 3 || bytes[from + 8] != ' ') {
            return HeadFault.STATUS_LINE;
        }
        versionMinor = version(bytes, from);
        if (versionMinor < 0) {
            return HeadFault.VERSION;
        }
        status = 0;
        for (int i = from + STATUS_AT; i < from + STATUS_AT + 3; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return HeadFault.STATUS_LINE;
            }
            status = 10 * status + digit;
        }
        boolean reason = stop > from + STATUS_AT + 3;
        if (status < 100 || status > 599 || reason && bytes[from + STATUS_AT + 3] != ' ') {
            return HeadFault.STATUS_LINE;
        }
        // The gateway speaks HTTP/1.1 to both sides (RFC 9110, 2.5); with that, the line can go on as it stands.
        bytes[from + 7] = '1';
        lineEnd = stop + 2;
        lineAsReceived = reason;
        return null;
    }

    @Override
    HeadFault startLineFault() {
        return HeadFault.STATUS_LINE;
    }

    @Override
    HeadFault startLineTooLong() {
        return HeadFault.HEAD_TOO_LARGE;
    }

    @Override
    boolean emptyLine() {
        return false;
    }

    @Override
    @Nullable HeadFault finish() {
        return null;
    }

    /// Where the status line ends if it can be sent as it stands, else 0.
    int lineEnd() {
        return lineAsReceived ? lineEnd : 0;
    }

    // ---- for the connection

    /// How the body is delimited (RFC 9112, 6.3), given what the request was.
    public long framing(boolean requestWasHead, boolean requestWasConnect) {
        if (requestWasHead || bodiless() || requestWasConnect && status < 300) {
            return Framing.NONE;
        }
        if (facts.chunked()) {
            return Framing.CHUNKED;
        }
        return facts.contentLength() >= 0 ? facts.contentLength() : Framing.UNTIL_CLOSE;
    }

    /// Whether the status alone rules out a body: 1xx, 204, 304.
    public boolean bodiless() {
        return status < 200 || status == 204 || status == 304;
    }

    /// Whether the sender means to keep the connection. With [Framing#UNTIL_CLOSE] it ends all the same.
    public boolean keepAlive() {
        return facts.keepAlive(versionMinor);
    }

    /// Whether an Upgrade field agrees with Connection, as in a 101.
    public boolean upgrade() {
        return facts.upgrade(fields, versionMinor);
    }

    public HeaderBlock fields() {
        return fields;
    }

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
        return facts.contentLength();
    }

    @Override
    public void status(int status) {
        fields.checkLive();
        if (status < 100 || status > 999) {
            throw new IllegalArgumentException("status: " + status + " (expected: 100 to 999)");
        }
        lineAsReceived &= status == this.status;
        this.status = status;
    }
}
