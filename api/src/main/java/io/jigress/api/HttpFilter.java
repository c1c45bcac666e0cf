package io.jigress.api;

/// Looks at a request on its way to the upstream and at the response on its way back, and may change, hold, or answer it.
///
/// One instance serves all exchanges of one event loop, so its fields need no locks but must not belong to one exchange; use
/// [ExchangeKey] for that. Only the callbacks a class overrides are called: a filter without body callbacks leaves the
/// bytes of bodies untouched and uncounted. A callback never blocks; see [FilterDecision.Wait]. An exception is caught, answered with
/// 500 and counted against the filter.
public interface HttpFilter extends AutoCloseable {

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

    /// The exchange is over, however it ended. Called exactly once for each exchange whose request head this filter saw.
    default void onComplete(Exchange exchange) {}

    /// No route has used this instance for a minute, and no exchange has it any more. On its event loop.
    @Override
    default void close() {}
}
