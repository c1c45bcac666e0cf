package io.jigress.waf.filter;

import io.jigress.api.Body;
import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.FilterInterest;
import io.jigress.api.Headers;
import io.jigress.api.ResponseHead;
import io.jigress.api.Services;
import io.jigress.waf.Interruption;
import io.jigress.waf.Transaction;
import java.util.EnumSet;
import java.util.Set;

/// Evaluates requests and responses. A response whose body the rules inspect waits until they have.
final class WafResponseFilter extends WafFilter {
    private static final String PROTOCOL = "HTTP/1.1";

    WafResponseFilter(WafConfig config, LiveRules live, Services services, AuditLog audit) {
        super(config, live, services, audit);
    }

    @Override
    public Set<FilterInterest> interests() {
        Set<FilterInterest> interests = EnumSet.copyOf(super.interests());
        interests.add(FilterInterest.RESPONSE_HEAD);
        interests.add(FilterInterest.READ_RESPONSE_BODY);
        return interests;
    }

    @Override
    public FilterDecision onResponseHead(Exchange exchange) {
        WafPass pass = pass(exchange);
        ResponseHead head = exchange.response();
        if (pass == null || head == null) {
            return FilterDecision.SKIP_BODY;
        }
        Transaction transaction = pass.transaction;
        transaction.responseStatus(head.status(), PROTOCOL);
        Headers headers = head.headers();
        for (int i = 0; i < headers.size(); i++) {
            transaction.responseHeader(headers.nameAt(i), headers.valueAt(i));
        }
        // Rules cannot read what is compressed.
        if (transaction.responseHead() == null && head.contentLength() != 0 && !headers.contains(CONTENT_ENCODING)
                && transaction.wantsResponseBody()) {
            pass.hold();
            return FilterDecision.HOLD_HEAD;
        }
        transaction.responseBody();
        return afterResponse(exchange, pass);
    }

    @Override
    public FilterDecision onResponseBody(Exchange exchange, Body body) {
        WafPass pass = pass(exchange);
        if (pass == null || !pass.isHolding()) {
            return FilterDecision.SKIP_BODY;
        }
        int bodyLimit = pass.rules.settings().responseBodyLimit();
        pass.show(body.data(), bodyLimit, false);
        if (!body.last() && pass.transaction.interruption() == null && pass.seen() < bodyLimit) {
            return FilterDecision.HOLD_HEAD;
        }
        pass.release();
        pass.transaction.responseBody();
        return afterResponse(exchange, pass);
    }

    private FilterDecision afterResponse(Exchange exchange, WafPass pass) {
        Interruption interruption = pass.transaction.interruption();
        end(exchange);
        return interruption == null ? FilterDecision.SKIP_BODY : refusal(interruption);
    }
}
