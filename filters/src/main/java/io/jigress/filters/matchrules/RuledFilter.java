package io.jigress.filters.matchrules;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.Headers;
import io.jigress.api.HttpFilter;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Passes each exchange to the instance of the first rule that matches. Event loop only.
final class RuledFilter implements HttpFilter {

    /// @param matches null for the default
    record Choice(@Nullable MatchRule matches, HttpFilter filter, Set<FilterInterest> interests) {}

    private final List<Choice> choices;
    private final ExchangeKey<Choice> chosen;
    private final Set<FilterInterest> interests = EnumSet.of(FilterInterest.REQUEST_HEAD);

    RuledFilter(List<Choice> choices, ExchangeKey<Choice> chosen) {
        this.choices = choices;
        this.chosen = chosen;
        choices.forEach(choice -> interests.addAll(choice.interests));
    }

    @Override
    public Set<FilterInterest> interests() {
        return interests;
    }

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        for (Choice choice : choices) {
            if (choice.matches == null || choice.matches.matches(exchange)) {
                exchange.put(chosen, choice);
                return choice.interests.contains(FilterInterest.REQUEST_HEAD)
                        ? choice.filter.onRequestHead(exchange)
                        : FilterDecision.CONTINUE;
            }
        }
        return FilterDecision.CONTINUE;
    }

    /// The filter of the exchange, if it wants one of these parts.
    private @Nullable HttpFilter filter(Exchange exchange, FilterInterest part, FilterInterest or) {
        Choice choice = exchange.get(chosen);
        return choice != null && (choice.interests.contains(part) || choice.interests.contains(or)) ? choice.filter : null;
    }

    @Override
    public FilterDecision onRequestBody(Exchange exchange, Body body) {
        HttpFilter filter = filter(exchange, FilterInterest.READ_REQUEST_BODY, FilterInterest.CHANGE_REQUEST_BODY);
        return filter == null ? FilterDecision.CONTINUE : filter.onRequestBody(exchange, body);
    }

    @Override
    public FilterDecision onRequestTrailers(Exchange exchange, Headers trailers) {
        HttpFilter filter = filter(exchange, FilterInterest.REQUEST_TRAILERS, FilterInterest.REQUEST_TRAILERS);
        return filter == null ? FilterDecision.CONTINUE : filter.onRequestTrailers(exchange, trailers);
    }

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        HttpFilter filter = filter(exchange, FilterInterest.RESPONSE_HEAD, FilterInterest.RESPONSE_HEAD);
        return filter == null ? FilterDecision.CONTINUE : filter.onResponseHead(exchange);
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        HttpFilter filter = filter(exchange, FilterInterest.READ_RESPONSE_BODY, FilterInterest.CHANGE_RESPONSE_BODY);
        return filter == null ? FilterDecision.CONTINUE : filter.onResponseBody(exchange, body);
    }

    @Override
    public FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
        HttpFilter filter = filter(exchange, FilterInterest.RESPONSE_TRAILERS, FilterInterest.RESPONSE_TRAILERS);
        return filter == null ? FilterDecision.CONTINUE : filter.onResponseTrailers(exchange, trailers);
    }

    @Override
    public void onComplete(Exchange exchange) {
        HttpFilter filter = filter(exchange, FilterInterest.COMPLETION, FilterInterest.COMPLETION);
        if (filter != null) {
            filter.onComplete(exchange);
        }
    }

    @Override
    public void close() {
        choices.forEach(choice -> choice.filter.close());
    }
}
