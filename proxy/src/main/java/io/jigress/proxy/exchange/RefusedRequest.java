package io.jigress.proxy.exchange;

import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import io.jigress.proxy.telemetry.AccessRecord;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Answers a head for which no exchange can begin, and records it like a request. Event loop only.
///
/// @param startNanos when its first byte came, on the loop's clock
/// @param received bytes of it so far
public record RefusedRequest(ProxyFailure failure, long startNanos, long received) {

    /// Sends an answer.
    public interface Answer {
        /// @param body to be released
        /// @return bytes that were sent for it
        long send(ResponseHead head, long bodyLength, ByteBuf body);
    }

    public void answer(ExchangeContext context, Frontend frontend, @Nullable Peer peer, Answer answer) {
        AccessRecord record = new AccessRecord(true);
        record.begin(startNanos, System.currentTimeMillis());
        if (peer != null) {
            record.client(peer.text());
        }
        record.failure(failure);
        String id = context.newRequestId();
        record.requestId(id);
        LocalReply reply = Replies.refusal(failure, frontend.errorPage(), id);
        record.status(reply.status());
        long sent = answer.send(LocalHead.of(reply, context.date()), Replies.bodyLength(reply), Replies.body(reply));
        record.bytesReceived(received);
        record.bytesSent(sent);
        record.end(context.loop().nanoTime());
        context.loop().metrics().exchange(context.loop().metrics().route("-"), record);
        context.loop().accessLog().write(record);
    }
}
