package io.jigress.waf.filter;

import io.jigress.waf.RuleSet;
import io.jigress.waf.Transaction;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// The evaluation of one exchange. Reused for later ones on its event loop.
final class WafPass {
    private static final int CHUNK_BYTES = 8192;

    final RuleSet rules;
    final Transaction transaction;
    private final byte[] chunk;
    /// The bytes of the held body that the rules have inspected.
    private int seen;
    private EncodedBody encoding = EncodedBody.PLAIN;
    /// The body of the current message is held back.
    private boolean holding;

    WafPass(RuleSet rules, byte[] chunk) {
        this.rules = rules;
        transaction = rules.begin();
        this.chunk = chunk;
    }

    static byte[] chunk() {
        return new byte[CHUNK_BYTES];
    }

    void hold() {
        holding = true;
        seen = 0;
    }

    void release() {
        holding = false;
        encoding = EncodedBody.PLAIN;
    }

    /// The codings of the held body.
    void encoding(EncodedBody now) {
        encoding = now;
    }

    boolean isEncoded() { return !encoding.isPlain(); }

    /// Passes a body to the rules decoded, up to a number of decoded bytes.
    ///
    /// @param whole whether nothing follows; else the end of the coding may be missing
    void showDecoded(ByteBuf body, int limit, boolean whole) {
        int shown = 0;
        try (InputStream in = encoding.decoded(new ByteBufInputStream(body.slice()))) {
            while (shown < limit) {
                int length = in.read(chunk, 0, Math.min(chunk.length, limit - shown));
                if (length < 0) {
                    return;
                }
                shown += length;
                transaction.requestBodyBytes(chunk, 0, length);
            }
        } catch (IOException e) {
            if (!whole && e instanceof EOFException) {
                return;
            }
            transaction.requestBodyFault(
                    "the body is not " + String.join(", ", encoding.codings()) + " as its Content-Encoding says");
        }
    }

    boolean isHolding() { return holding; }

    int seen() {
        return seen;
    }

    /// Passes the new part of a growing body to the rules, up to a number of bytes in total.
    void show(ByteBuf body, int limit, boolean request) {
        int end = Math.min(body.readableBytes(), limit);
        while (seen < end) {
            int length = Math.min(chunk.length, end - seen);
            body.getBytes(body.readerIndex() + seen, chunk, 0, length);
            seen += length;
            if (request) {
                transaction.requestBodyBytes(chunk, 0, length);
            } else {
                transaction.responseBodyBytes(chunk, 0, length);
            }
        }
    }
}
