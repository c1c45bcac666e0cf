package io.jigress.proxy.exchange;

import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.config.RouteAction;
import io.jigress.proxy.compile.CompiledRoute;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.telemetry.AccessRecord;
import io.jigress.proxy.upstream.Upstream;
import io.jigress.proxy.upstream.UpstreamEndpoint;

/// Does with a request what its route says, once its head has passed the filters: forwards it, redirects it, or answers it. Event loop only.
final class RouteActions {
    private final ExchangeHandler exchange;
    private final ExchangeContext context;
    private final AccessRecord record;
    private final RouteChoice choice;

    RouteActions(ExchangeHandler exchange, ExchangeContext context, AccessRecord record, RouteChoice choice) {
        this.exchange = exchange;
        this.context = context;
        this.record = record;
        this.choice = choice;
    }

    /// The route's filters have seen the head: draws the target, whose own filters follow.
    ///
    /// @return whether there are any
    boolean draw() {
        if (!choice.draw()) {
            return false;
        }
        FilterPass pass = exchange.request.pass;
        int before = pass.size();
        exchange.filters.rematch(choice.filters(), pass);
        return pass.size() > before;
    }

    /// @param bodyLength as [MessageExit#head] tells it
    /// @param last no body follows
    void run(long bodyLength, boolean last) {
        CompiledRoute route = choice.route();
        ReceivedRequest head = exchange.request();
        ProxyFailure broken = exchange.filters.failure();
        if (route == null) {
            record.failure(Failures.NO_ROUTE);
            reply(Replies.failure(Failures.NO_ROUTE));
        } else if (broken != null) {
            exchange.fail(broken);
        } else if (exchange.request.announcesTooMuch()) { // of a route that was chosen anew
            exchange.fail(Failures.BODY_TOO_LARGE);
        } else {
            switch (route.route().action()) {
                case RouteAction.Forward _ -> forward(route, head, bodyLength, last);
                case RouteAction.Redirect redirect ->
                    reply(Replies.redirect(redirect, head, Rewrites.matchedPrefix(route, head), exchange.frontend().port(),
                            exchange.identity.peer().trusted));
                case RouteAction.Reply fixed -> {
                    ProxyFailure failure = Replies.failure(fixed);
                    if (failure != null) {
                        record.failure(failure);
                    }
                    reply(Replies.fixed(fixed));
                }
            }
        }
    }

    private void forward(CompiledRoute route, ReceivedRequest head, long bodyLength, boolean last) {
        LocalReply here = MaxForwards.answer(head);
        CompiledRoute.Target target = choice.target();
        Upstream cluster = choice.upstream();
        UpstreamEndpoint chosen = cluster == null ? null : choice.endpoint(cluster);
        if (here != null) {
            reply(here);
        } else if (target == null || cluster == null) {
            exchange.fail(Failures.NO_TARGET);
        } else if (chosen == null && choice.needsEndpoint()) {
            record.cluster(cluster.cluster().origin());
            exchange.fail(Failures.NO_ENDPOINTS);
        } else {
            record.cluster(cluster.cluster().origin());
            Rewrites.apply(route, head);
            RequestMessage.frame(head, bodyLength);
            exchange.request.mirror(context, route, head, last);
            exchange.forwarder.to(chosen);
            exchange.forwarder.start(target.stats(context.loop), cluster, head, last, route.attemptNanos(),
                    route.route().options().retry());
        }
    }

    private void reply(LocalReply reply) {
        exchange.replies.reply(reply);
    }
}
