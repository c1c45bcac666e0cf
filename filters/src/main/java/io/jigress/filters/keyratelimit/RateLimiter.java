package io.jigress.filters.keyratelimit;

import io.jigress.api.Exchange;
import io.jigress.api.FilterDecision;
import io.jigress.api.HttpFilter;
import io.jigress.api.LocalReply;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import java.util.HashMap;
import java.util.Map;

/// The buckets of one configuration in one scope, shared by all event loops.
final class RateLimiter implements PreparedFilter {
    private record Listed(Limit limit, Bucket bucket) {}

    private final KeyRateLimit config;
    private final Map<Object, Listed> listed = new HashMap<>();
    private final BucketTable others;
    private final FilterDecision rejection;

    RateLimiter(KeyRateLimit config) {
        this.config = config;
        config.listed().forEach((key, limit) -> listed.put(key, new Listed(limit, new Bucket())));
        this.others = new BucketTable(config.trackedKeys());
        this.rejection = new FilterDecision.Reply(
                LocalReply.error(config.rejectedCode(), config.rejectedMessage(), "rate_limited"));
    }

    @Override
    public HttpFilter create(Services services) {
        Services.Counter rejected = services.counter("rejected", "Requests over their limit.");
        return new HttpFilter() {
            @Override
            public FilterDecision onRequestHead(Exchange exchange) {
                if (passes(exchange, services.nanoTime())) {
                    return FilterDecision.CONTINUE;
                }
                rejected.add(1);
                return rejection;
            }
        };
    }

    private boolean passes(Exchange exchange, long now) {
        Object key = config.source().key(exchange);
        if (key == null) {
            return true;
        }
        Listed known = listed.get(key);
        if (known != null) {
            return known.bucket.take(known.limit, now);
        }
        Limit limit = config.others();
        return limit == null || others.bucket(KeySource.counted(key), now).take(limit, now);
    }
}
