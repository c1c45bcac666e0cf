package io.jigress.proxy.http1;

import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.proxy.exchange.ExchangeContext;
import io.jigress.proxy.exchange.Frontend;
import io.jigress.proxy.exchange.LocalHead;
import io.jigress.proxy.exchange.Peer;
import io.jigress.proxy.exchange.Replies;
import io.jigress.proxy.telemetry.AccessRecord;
import org.jspecify.annotations.Nullable;

/// Answers a head for which no exchange can begin, and records it like a request. Event loop only.
///
/// @param startNanos when its first byte came, on the loop's clock
/// @param received bytes of it so far
record RefusedHead(ProxyFailure failure, long startNanos, long received) {

    void answer(ExchangeContext context, Frontend frontend, @Nullable Peer peer, Http1ResponseWriter writer) {
        AccessRecord record = new AccessRecord();
        record.begin(startNanos, System.currentTimeMillis());
        if (peer != null) {
            record.client(peer.text());
        }
        record.failure(failure);
        String id = context.newRequestId();
        record.requestId(id);
        LocalReply reply = Replies.refusal(failure, frontend.errorPage(), id);
        record.status(reply.status());
        writer.head(LocalHead.of(reply, context.date()), Replies.bodyLength(reply), ConnectionField.CLOSE, false);
        writer.body(Replies.body(reply), true);
        record.bytesReceived(received);
        record.bytesSent(writer.sent());
        record.end(context.loop().nanoTime());
        context.loop().metrics().exchange(context.loop().metrics().route("-"), record);
        context.loop().accessLog().write(record);
    }
}
