package io.jigress.proxy.exchange;

import io.jigress.api.BodyWriter;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.ProxyFailure;
import io.jigress.api.Resumption;
import io.jigress.proxy.compile.FilterSet;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The filters that take part in an exchange: those that the request has passed, also if the route was changed since; they get the response too.
/// Holds their view of the exchange, their attributes and their waits. Event loop only.
final class ExchangeFilters {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeFilters.class);

    private static final int COMPLETION = FilterSet.bit(FilterInterest.COMPLETION);

    private final ExchangeHandler exchange;
    private final ExchangeContext context;
    private final Attributes attributes = new Attributes();

    private FilterSet.Instances instances = FilterSet.Instances.NONE;
    /// The filters' view of the exchange; null while no filter takes part.
    private @Nullable ExchangeView view;
    /// The pass whose filter callback is on the stack, or was last.
    private @Nullable FilterPass calling;
    /// Counts the requests, so that a late resumption of one does not affect the next.
    private int generation;

    ExchangeFilters(ExchangeHandler exchange, ExchangeContext context) {
        this.exchange = exchange;
        this.context = context;
    }

    void begin(FilterSet.Instances filters, FilterPass pass) {
        instances = filters;
        filters.enter();
        show(filters);
        pass.begin(view, filters, filters.size());
    }

    private void show(FilterSet.Instances filters) {
        if (view == null && filters.size() > 0) {
            view = new ExchangeView(exchange);
        }
    }

    /// The response passes the filters that have seen the request.
    void respond(FilterPass pass, RequestMessage request) {
        pass.begin(view, instances, request.seenBy(instances));
    }

    /// Why requests cannot pass: a filter could not be made. Null when they can.
    @Nullable ProxyFailure failure() {
        return instances.failure();
    }

    Attributes attributes() {
        return attributes;
    }

    void calling(FilterPass pass) {
        calling = pass;
    }

    /// The resumption for the filter whose callback is running. If the client has ended its direction, it is taken for gone while a filter waits.
    Resumption suspend(Duration deadline, FilterDecision onDeadline) {
        FilterPass pass = calling;
        if (pass == null) {
            throw new IllegalStateException("no callback is running");
        }
        if (exchange.timeouts.clientEnded()) {
            later(() -> {
                if (exchange.isFilterWaiting()) {
                    exchange.abandon();
                }
            });
        }
        return LoopResumption.begin(context.loop, deadline, onDeadline, generation,
                (by, continuation, of) -> guarded(of, () -> resume(pass, by, continuation)));
    }

    /// The body of a direction is ended by the filter whose callback is running.
    BodyWriter takeBody(FilterPass of) {
        if (calling != of) {
            throw new IllegalStateException("no callback of this direction is running");
        }
        return of.takeBody();
    }

    /// Runs something in a later task of the event loop, unless the exchange is over by then.
    void later(Runnable action) {
        int born = generation;
        context.loop.executor().execute(() -> guarded(born, action));
    }

    private void resume(FilterPass pass, Resumption by, Resumption.Continuation continuation) {
        pass.resume(by, continuation);
        if (exchange.isLive() && !exchange.request.ended() && exchange.request.pass.isHolding()) {
            exchange.client().proceed();
        }
        exchange.flushClient();
    }

    /// Runs a later step of the request that was under way when it was asked for, if it still is.
    private void guarded(int born, Runnable step) {
        if (exchange.isLive() && generation == born) {
            try {
                step.run();
            } catch (Throwable e) {
                exchange.broke(e);
            }
        }
    }

    /// The route was chosen anew: other filters come after those that have run.
    void rematch(FilterSet.Instances chosen, FilterPass pass) {
        FilterSet.Instances before = instances;
        FilterSet.Instances now = before.rematched(pass.seen(), chosen);
        now.enter();
        before.leave();
        instances = now;
        show(now);
        pass.replace(view, now);
    }

    /// Tells those that saw the request that the exchange is over.
    void complete(RequestMessage request) {
        FilterSet.Instances filters = instances;
        ExchangeView shown = view;
        if (shown == null) {
            return;
        }
        for (int i = 0, seen = request.seenBy(filters); i < seen; i++) {
            if (filters.isInterested(i, COMPLETION)) {
                try {
                    filters.at(i).onComplete(shown);
                } catch (Throwable e) {
                    LOG.error("filter {} threw in onComplete", filters.slot(i).spec().name(), e);
                }
            }
        }
    }

    /// Lets go of them, so that an old generation of filters can be closed.
    void forget() {
        instances.leave();
        instances = FilterSet.Instances.NONE;
        attributes.clear();
        ExchangeView shown = view;
        if (shown != null) {
            view = null;
            shown.end();
        }
    }

    /// Resumptions of this request are ignored from now on.
    void end() {
        generation++;
    }
}
