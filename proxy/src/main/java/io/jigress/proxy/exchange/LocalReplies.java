package io.jigress.proxy.exchange;

import io.jigress.api.ListHeaders;
import io.jigress.api.LocalReply;
import io.jigress.api.ReplyBody;
import io.jigress.proxy.http.ReceivedRequest;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers a request in place of the upstream: with an error page, a redirect, a fixed reply or a filter's. Event loop only.
final class LocalReplies {
    private static final Logger LOG = LoggerFactory.getLogger(LocalReplies.class);

    private final ExchangeHandler exchange;
    private final ExchangeContext context;
    /// Makes the body of the reply that is under way; null when there is none.
    private ReplyBody.@Nullable Source streaming;

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
        send(reply, last);
    }

    /// A reply that no filter sees any more.
    void replyPlain(LocalReply given) {
        LocalReply reply = whole(given);
        boolean last = begin(reply);
        exchange.response.respondPlain(last);
        send(reply, last);
    }

    /// @return whether no body follows
    private boolean begin(LocalReply reply) {
        exchange.beginReply(reply.reason());
        exchange.response.take(LocalHead.of(reply, context.date()));
        return Replies.isBodiless(reply) || exchange.request().isHead();
    }

    private void send(LocalReply reply, boolean last) {
        if (!last && exchange.isReplying()) {
            FilterPass pass = exchange.response.pass;
            switch (reply.body()) {
                case ReplyBody.Whole(byte[] bytes) -> {
                    boolean trailers = !reply.trailers().isEmpty();
                    pass.body(Unpooled.wrappedBuffer(bytes), !trailers);
                    if (trailers) {
                        pass.trailers(ListHeaders.of(reply.trailers()));
                    }
                }
                case ReplyBody.Streamed(ReplyBody.Source source) -> {
                    streaming = source;
                    source.start(pass.source());
                }
                case ReplyBody.Message _ -> throw new IllegalStateException("a message without its page");
            }
        }
        exchange.flushClient();
    }

    /// The body of a reply is not needed any more; the source of an incomplete one is told.
    void end() {
        ReplyBody.Source source = streaming;
        if (source != null) {
            streaming = null;
            if (!exchange.response.pass.isSourceOver()) {
                try {
                    source.cancelled();
                } catch (Throwable e) {
                    LOG.error("a reply of request {} on route {} threw in cancelled", exchange.id(), exchange.routeName(), e);
                }
            }
        }
    }

    /// An error without a body of its own gets the page of the listener; a gRPC call gets a status.
    private LocalReply whole(LocalReply given) {
        ReceivedRequest head = exchange.request();
        LocalReply reply = Grpc.is(head.fields()) ? Grpc.reply(given, exchange.id()) : given;
        if (!(reply.body() instanceof ReplyBody.Message)) {
            return reply;
        }
        return exchange.frontend().errorPage().whole(reply, exchange.id(), head.headers().first(ErrorPage.ACCEPT));
    }
}
