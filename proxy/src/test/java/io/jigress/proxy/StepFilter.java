package io.jigress.proxy;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// A filter for one test that has access to its services.
record StepFilter(String name, Function<Services, HttpFilter> make) implements FilterFactory<Boolean> {

    /// What is done with each request, on the event loop.
    interface Step {
        FilterDecision run(Services services, Exchange exchange);
    }

    static StepFilter with(Function<Services, HttpFilter> make) {
        return new StepFilter("step", make);
    }

    static StepFilter each(Step step) {
        return with(services -> new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                return step.run(services, exchange);
            }
        });
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.AUTHZ;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Boolean parse(JsonReader config) {
        return true;
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(Boolean config) {
        return CompletableFuture.completedFuture(make::apply);
    }
}
