package io.jigress.proxy.upstream;

import io.jigress.api.ProxyFailure;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// Reads the response of an HTTP proxy to CONNECT, up to the end of its head (RFC 9110, section 9.3.6). Header fields are skipped: those that describe a body mean nothing in
/// a response that opens a tunnel. Not for several threads.
final class ConnectAnswer {
    /// Of the head, and those of informational responses before it, together.
    static final int MAX_BYTES = 8 * 1024;
    private static final byte[] VERSION = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);
    private static final int AFTER_MINOR = VERSION.length + 1;
    private static final int STATUS_END = AFTER_MINOR + 4;

    private int bytes;
    /// How much of the present line was read.
    private int line;
    private boolean inStatusLine = true;
    private boolean afterCr;
    private int status;

    enum Verdict {
        MORE, OPEN, REFUSED, MALFORMED
    }

    /// Why an HTTP proxy opened no connection.
    enum Fault {
        /// Its status is not 2xx.
        REFUSED(ConnectFault.PROXY_REFUSED),
        /// It closed the connection before the end of its response.
        CLOSED(ConnectFault.PROXY_CLOSED),
        /// It did not respond in time.
        TIMEOUT(ConnectFault.PROXY_TIMEOUT),
        /// What it sent is no response, or its head is longer than [#MAX_BYTES].
        MALFORMED(ConnectFault.PROXY_ANSWER);

        final ProxyFailure failure;

        Fault(ProxyFailure failure) {
            this.failure = failure;
        }
    }

    /// The status of the response; 0 before it is known.
    int status() {
        return status;
    }

    /// Reads on. After OPEN, what is left belongs to the tunnel.
    Verdict read(ByteBuf part) {
        while (part.isReadable()) {
            Verdict verdict = ++bytes > MAX_BYTES ? Verdict.MALFORMED : read(part.readByte());
            if (verdict != Verdict.MORE) {
                return verdict;
            }
        }
        return Verdict.MORE;
    }

    private Verdict read(byte next) {
        if (next == '\n') {
            afterCr = false;
            return lineEnded();
        }
        if (afterCr) {
            return Verdict.MALFORMED;
        }
        if (next == '\r') {
            afterCr = true;
            return Verdict.MORE;
        }
        if (inStatusLine && !readStatus(next)) {
            return Verdict.MALFORMED;
        }
        line++;
        return Verdict.MORE;
    }

    /// `HTTP/1.1 200 OK`
    private boolean readStatus(byte next) {
        if (line < VERSION.length) {
            return next == VERSION[line];
        }
        if (line == VERSION.length) {
            return isDigit(next);
        }
        if (line == AFTER_MINOR || line == STATUS_END) {
            return next == ' ';
        }
        if (line > STATUS_END) {
            return true;
        }
        if (!isDigit(next)) {
            return false;
        }
        status = status * 10 + next - '0';
        return true;
    }

    private static boolean isDigit(byte next) {
        return next >= '0' && next <= '9';
    }

    private Verdict lineEnded() {
        boolean empty = line == 0;
        boolean complete = line >= STATUS_END;
        line = 0;
        if (inStatusLine) {
            inStatusLine = false;
            if (!complete || status < 100 || status > 599 || status == 101) {
                return Verdict.MALFORMED;
            }
            return status < 300 ? Verdict.MORE : Verdict.REFUSED;
        }
        if (!empty) {
            return Verdict.MORE;
        }
        if (status >= 200) {
            return Verdict.OPEN;
        }
        // An informational response: another one follows.
        status = 0;
        inStatusLine = true;
        return Verdict.MORE;
    }
}
