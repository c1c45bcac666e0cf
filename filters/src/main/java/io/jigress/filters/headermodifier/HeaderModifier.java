package io.jigress.filters.headermodifier;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.api.ResponseHead;

/// The configuration of `header-modifier`: the edits of both directions.
record HeaderModifier(HeaderEdits request, HeaderEdits response) {

    /// A filter that overrides only the callbacks that it needs.
    HttpFilter filter() {
        if (response.isEmpty()) {
            return new RequestFilter(request);
        }
        return request.isEmpty() ? new ResponseFilter(response) : new BothFilter(request, response);
    }

    private record RequestFilter(HeaderEdits edits) implements HttpFilter {
        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            edits.apply(exchange.request().headers());
            return FilterDecision.CONTINUE;
        }
    }

    private record ResponseFilter(HeaderEdits edits) implements HttpFilter {
        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            editResponse(exchange, edits);
            return FilterDecision.CONTINUE;
        }
    }

    private record BothFilter(HeaderEdits request, HeaderEdits response) implements HttpFilter {
        @Override
        public FilterDecision onRequestHead(Exchange exchange) {
            request.apply(exchange.request().headers());
            return FilterDecision.CONTINUE;
        }

        @Override
        public FilterDecision onResponseHead(Exchange exchange) {
            editResponse(exchange, response);
            return FilterDecision.CONTINUE;
        }
    }

    private static void editResponse(Exchange exchange, HeaderEdits edits) {
        ResponseHead head = exchange.response();
        if (head != null) {
            edits.apply(head.headers());
        }
    }
}
