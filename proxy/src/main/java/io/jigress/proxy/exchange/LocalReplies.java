package io.jigress.proxy.exchange;

import io.jigress.api.LocalReply;
import io.jigress.proxy.http.ReceivedRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Answers a request in place of the upstream: with an error page, a redirect, a fixed reply or a filter's. Event loop only.
final class LocalReplies {
    private final ExchangeHandler exchange;
    private final ExchangeContext context;

    LocalReplies(ExchangeHandler exchange, ExchangeContext context) {
        this.exchange = exchange;
        this.context = context;
    }

    /// A filter's reply.
    ///
    /// @param toResponse whether it was given in place of the upstream's response
    void replyOfFilter(LocalReply reply, boolean toResponse) {
        if (exchange.response.headSent()) {
            exchange.filterBroke("-", null, "replied after the response's head had gone out");
        } else if (toResponse) {
            replyPlain(reply);
        } else {
            reply(reply);
        }
    }

    /// A reply that passes the response filters of those that saw the request.
    void reply(LocalReply given) {
        LocalReply reply = whole(given);
        boolean last = begin(reply);
        exchange.respond(last);
        if (!last && exchange.isReplying()) {
            exchange.response.pass.body(content(reply), true);
        }
        exchange.flushClient();
    }

    /// A reply that no filter sees any more.
    void replyPlain(LocalReply given) {
        LocalReply reply = whole(given);
        boolean last = begin(reply);
        exchange.response.sendHead(last);
        if (!last) {
            exchange.client().body(content(reply), true);
        }
        exchange.client().flush();
        exchange.finish(true);
    }

    /// @return whether no body follows
    private boolean begin(LocalReply reply) {
        exchange.beginReply(reply.reason());
        exchange.response.take(LocalHead.of(reply, context.date()));
        return Replies.isBodiless(reply) || exchange.request().isHead();
    }

    private static ByteBuf content(LocalReply reply) {
        return Unpooled.wrappedBuffer(reply.body());
    }

    /// An error without a body of its own gets the page of the listener.
    private LocalReply whole(LocalReply reply) {
        if (reply.message() == null) {
            return reply;
        }
        ReceivedRequest head = exchange.request();
        return exchange.frontend().errorPage().whole(reply, exchange.id(), head.headers().first(ErrorPage.ACCEPT));
    }
}
