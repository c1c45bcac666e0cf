package io.jigress.filters.iprestriction;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.IpLiteral;
import io.jigress.api.LocalReply;
import io.jigress.api.Services;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// Compares each request's address with the ranges; a request without a readable address is always blocked.
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

    /// The first address of a list such as X-Forwarded-For, without its port.
    private static byte @Nullable [] written(@Nullable String value) {
        if (value == null) {
            return null;
        }
        int comma = value.indexOf(',');
        InetAddress address = IpLiteral.ofHop(comma < 0 ? value : value.substring(0, comma));
        return address == null ? null : address.getAddress();
    }
}
