package @PACKAGE@;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;

/// Runs on the event loop: it must not block. One instance serves all requests of a loop.
final class @CLASS@Filter implements HttpFilter {
    private static final HeaderName WORD = HeaderName.of("x-@NAME@");
    private static final HeaderName USER = HeaderName.of("x-user");

    private final @CLASS@Config config;

    @CLASS@Filter(@CLASS@Config config) {
        this.config = config;
    }

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        if (exchange.request().headers().equal(USER, "mallory")) {
            return new FilterDecision.Reply(LocalReply.error(403, "Not you.", "@REASON@_refused"));
        }
        exchange.request().headers().set(WORD, config.word());
        return FilterDecision.CONTINUE;
    }
}
