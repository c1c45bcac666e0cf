package io.jigress.filters.iprestriction;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.Services;
import org.jspecify.annotations.Nullable;

/// Compares each request's address with the ranges; what has no readable address is blocked either way.
final class IpRestrictionFilter implements HttpFilter {
    private final IpRanges ranges;
    private final boolean allows;
    private final @Nullable HeaderName header;
    private final FilterDecision blocked;
    private final Services.Counter rejected;

    IpRestrictionFilter(IpRestriction config, IpRanges ranges, Services services) {
        this.ranges = ranges;
        this.allows = config.allows();
        this.header = config.header();
        this.blocked = new FilterDecision.Reply(LocalReply.error(config.status(), config.message(), "ip_denied"));
        this.rejected = services.counter("rejected", "Requests blocked for their address.");
    }

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        byte[] address = header == null
                ? exchange.clientAddress().getAddress()
                : written(exchange.request().headers().first(header));
        if (address != null && ranges.contains(address) == allows) {
            return FilterDecision.CONTINUE;
        }
        rejected.add(1);
        return blocked;
    }

    /// The first address of a list such as X-Forwarded-For; its port is not looked at.
    private static byte @Nullable [] written(@Nullable String value) {
        if (value == null) {
            return null;
        }
        int comma = value.indexOf(',');
        String first = (comma < 0 ? value : value.substring(0, comma)).strip();
        if (first.startsWith("[")) {
            int end = first.indexOf(']');
            return end < 0 ? null : IpLiteral.parse(first.substring(1, end));
        }
        int colon = first.indexOf(':');
        boolean port = colon >= 0 && colon == first.lastIndexOf(':');
        return IpLiteral.parse(port ? first.substring(0, colon) : first);
    }
}
