package io.jigress.proxy.upstream;

import io.jigress.config.Endpoint;
import io.jigress.config.SlowStart;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An endpoint of a cluster. Immutable but for [#gone]; replaced when its address or weight changes.
public final class UpstreamEndpoint {
    private static final long MOST_MILLIS = TimeUnit.DAYS.toMillis(1);
    private static final int MOST_DIGITS = 18;

    private final Destination destination;
    private final Endpoint endpoint;
    private final long sinceNanos;
    /// The same as `sinceNanos` if it does not tell.
    private final long startedNanos;
    /// Negative if it does not tell when it started.
    private final long warmupNanos;
    /// Whether it was removed from its cluster. Written by [WatchedEndpoints].
    volatile boolean gone;

    /// @param sinceNanos when it appeared, on the clock of the loops
    /// @param wallMillis the present time since 1970, which is `nowNanos` on the clock of the loops
    UpstreamEndpoint(Destination destination, Endpoint endpoint, long sinceNanos, long nowNanos, long wallMillis) {
        this.destination = destination;
        this.endpoint = endpoint;
        this.sinceNanos = sinceNanos;
        long timestamp = number(endpoint.labels().get("timestamp"));
        if (timestamp > 0) {
            // A clock that is ahead does not make an endpoint younger than new.
            long ageMillis = Math.clamp(wallMillis - timestamp, 0, MOST_MILLIS);
            long warmup = number(endpoint.labels().get("warmup"));
            this.startedNanos = nowNanos - TimeUnit.MILLISECONDS.toNanos(ageMillis);
            this.warmupNanos = TimeUnit.MILLISECONDS
                    .toNanos(Math.min(warmup < 0 ? SlowStart.PROVIDER_WARMUP.toMillis() : warmup, MOST_MILLIS));
        } else {
            this.startedNanos = sinceNanos;
            this.warmupNanos = -1;
        }
    }

    private static long number(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > MOST_DIGITS) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    /// When it appeared among the endpoints, on the clock of the loops.
    long sinceNanos() {
        return sinceNanos;
    }

    /// Whether its labels tell when it started, as those of providers of Dubbo do.
    boolean tellsItsStart() {
        return warmupNanos >= 0;
    }

    /// When it started, as it tells.
    long startedNanos() {
        return startedNanos;
    }

    /// How long its share grows, as it tells; negative if it does not.
    long warmupNanos() {
        return warmupNanos;
    }

    /// To connect to: its own, or that of the HTTP proxy through which it is reached.
    public InetSocketAddress address() {
        return destination.address();
    }

    /// `127.0.0.1:9000`, `[::1]:9000`; behind an HTTP proxy also `shop.example:80`.
    public String text() {
        return destination.text();
    }

    /// Whether connections to both take the same way: to the same address, and behind an HTTP proxy to the same endpoint.
    public boolean isSameAs(UpstreamEndpoint other) {
        return address().equals(other.address()) && text().equals(other.text());
    }

    public Endpoint endpoint() {
        return endpoint;
    }

    /// Connections to this address by this protocol, over all event loops and clusters.
    public int connections() {
        return destination.connections();
    }

    Destination destination() {
        return destination;
    }

    @Override
    public String toString() {
        return text();
    }
}
