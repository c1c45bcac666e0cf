package io.jigress.proxy.exchange;

import io.jigress.api.Headers;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ResponseHead;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends an exchange that has failed: with an error page if nothing of a response was sent, else by closing the client's connection.
/// Event loop only.
final class ExchangeFaults {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeFaults.class);

    private final ExchangeHandler exchange;
    private final ExchangeContext context;

    ExchangeFaults(ExchangeHandler exchange, ExchangeContext context) {
        this.exchange = exchange;
        this.context = context;
    }

    /// @param plain whether the error page passes no filters: a response, or another reply, has begun its way through them
    void fail(ProxyFailure failure, boolean plain) {
        if (exchange.response.headSent()) {
            if (!endCall(failure)) {
                exchange.discard();
                abort();
            }
            return;
        }
        LocalReply page = Replies.failure(failure);
        try {
            if (plain) {
                exchange.replies.replyPlain(page);
            } else {
                exchange.replies.reply(page);
            }
        } catch (OutOfMemoryError e) {
            // No caller could answer the client: it may be the upstream's connection or a timer.
            context.loop.metrics().outOfMemory(e);
            abort();
        }
    }

    /// A gRPC call whose response has begun ends with a status, where that can be told.
    private boolean endCall(ProxyFailure failure) {
        ResponseMessage response = exchange.response;
        ResponseHead head = response.head();
        Headers trailers = Grpc.trailers(failure);
        if (head == null || trailers == null || exchange.isReplying() || exchange.isTunnel() || head.contentLength() >= 0
                || !Grpc.is(head.headers()) || !response.endsEarly()) {
            return false;
        }
        ClientStream client = exchange.client();
        exchange.forwarder.cancel();
        response.receive(trailers);
        client.flush();
        return true;
    }

    private void abort() {
        exchange.client().abort();
        exchange.finish(false);
    }

    /// A filter threw, or returned a decision that is not allowed.
    void filterBroke(String filter, @Nullable Throwable cause, String what) {
        LOG.error("filter {} {} on route {}; request {} is answered with 500", filter, what, exchange.routeName(), exchange.id(),
                cause);
        exchange.fail(Failures.FILTER_FAILED);
    }

    /// Handles every exception of an exchange, whoever the caller is. The exchange is answered with 500, or its connection is closed if the
    /// response has begun; other exchanges are not affected.
    void broke(Throwable thrown) {
        ProxyFailure failure = Failures.INTERNAL_ERROR;
        if (thrown instanceof OutOfMemoryError error) {
            context.loop.metrics().outOfMemory(error);
            failure = Failures.NO_MEMORY;
        } else {
            context.faults.tell(exchange.id(), exchange.routeName(), thrown);
        }
        if (!exchange.isLive()) {
            return;
        }
        try {
            exchange.fail(failure);
        } catch (Throwable again) {
            giveUp(again);
        }
    }

    /// The error response failed too.
    private void giveUp(Throwable thrown) {
        if (!(thrown instanceof OutOfMemoryError)) {
            context.faults.tell(exchange.id(), exchange.routeName(), thrown);
        }
        if (exchange.isLive()) {
            abort();
        }
    }
}
