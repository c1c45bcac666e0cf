package io.jigress.api;

import java.util.Set;

/// Looks at a request on its way to the upstream and at the response on its way back, and may change, hold, or answer it.
///
/// One instance serves all exchanges of one event loop, so its fields need no locks but must not hold state of one exchange; use
/// [ExchangeKey] for that. Only the callbacks are called that [#interests] names: a filter that is not interested in bodies leaves
/// their bytes untouched and uncounted. A callback never blocks; see [FilterDecision.Wait]. An exception is caught, answered with
/// 500 and counted against the filter.
public interface HttpFilter extends AutoCloseable {

    /// What this instance wants to see and change. Asked once, before its first exchange. By default, what its class overrides: a body
    /// callback stands for changing bodies.
    default Set<FilterInterest> interests() {
        return FilterInterest.of(getClass());
    }

    default FilterDecision onRequestHead(Exchange exchange) {
        return FilterDecision.CONTINUE;
    }

    default FilterDecision onRequestBody(Exchange exchange, Body body) {
        return FilterDecision.CONTINUE;
    }

    default FilterDecision onRequestTrailers(Exchange exchange, Headers trailers) {
        return FilterDecision.CONTINUE;
    }

    default FilterDecision onResponseHead(Exchange exchange) {
        return FilterDecision.CONTINUE;
    }

    default FilterDecision onResponseBody(Exchange exchange, Body body) {
        return FilterDecision.CONTINUE;
    }

    default FilterDecision onResponseTrailers(Exchange exchange, Headers trailers) {
        return FilterDecision.CONTINUE;
    }

    /// The exchange is over, however it ended. Called exactly once for each exchange whose request head passed this filter or was shown to it.
    default void onComplete(Exchange exchange) {}

    /// Called on its event loop when no route has used this instance for a minute and no exchange uses it any more.
    @Override
    default void close() {}
}
