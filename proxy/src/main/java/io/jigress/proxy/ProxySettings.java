package io.jigress.proxy;

import io.jigress.proxy.call.FilterLimits;
import io.jigress.proxy.exchange.ClientSettings;
import io.jigress.proxy.exchange.ConnectionSettings;
import io.jigress.proxy.exchange.HandshakeLimits;
import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.jigress.proxy.upstream.DnsSettings;
import java.time.Duration;
import java.util.List;

/// The settings of the data plane, read once at start.
///
/// @param eventLoops how many event loops run; at least 1
/// @param transport `auto`, `epoll`, `io_uring` or `nio`
/// @param heads limits of request heads, response heads and trailers
/// @param heldBodyBytes the most that a filter may hold back of one body (`limits.held.bytes`)
/// @param bodyBytes the longest request body, for routes that set no limit; -1 means no limit
/// @param connections the limits of connections of clients and to upstreams
/// @param timeouts of clients, and of exchanges for routes that set none
/// @param trustedProxies CIDRs of peers whose X-Forwarded-* and X-Request-Id fields are accepted
/// @param forwardedField whether the Forwarded field (RFC 7239) is sent too
/// @param warmTimeout how long a changed route waits for the first endpoints of its new clusters
/// @param filters how much filters may have under way
/// @param tlsEngine `auto`, `boringssl` or `jdk`
/// @param errorPage the body of error responses; `{status}`, `{reason}`, `{message}` and `{id}` are replaced
public record ProxySettings(int eventLoops, String transport, HeadLimits heads, int heldBodyBytes, long bodyBytes,
        ConnectionSettings connections, ClientTimeouts timeouts,
        List<String> trustedProxies, boolean forwardedField, Duration warmTimeout, String errorPage, AccessLogSettings accessLog,
        MetricsSettings metrics, DnsSettings dns, Retries retries, FilterLimits filters, HandshakeLimits handshakes,
        String tlsEngine,
        String version) {

    /// What is kept of request bodies that were sent, for another attempt, and how many copies of requests there are.
    ///
    /// @param requestBytes the longest body that is kept (`retry.buffer`); a request with a longer one is sent once
    /// @param totalBytes the limit for all requests together (`retry.buffer.total`)
    /// @param mirrors how many mirrored requests may be under way (`limits.mirrored.requests`)
    public record Retries(int requestBytes, long totalBytes, int mirrors) {
        public static final Retries DEFAULT = new Retries(64 * 1024, 16 << 20, 4096);
    }

    public static final String ERROR_PAGE = "{status} {reason}\n{message}\nrequest id: {id}\n";

    public static final ProxySettings DEFAULT = new ProxySettings(Math.max(1, Runtime.getRuntime().availableProcessors()), "auto",
            HeadLimits.STANDARD, 1 << 20, -1, ConnectionSettings.DEFAULT,
            new ClientTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(75), Duration.ZERO, Duration.ofSeconds(60),
                    Duration.ofSeconds(60)),
            List.of(),
            false, Duration.ofSeconds(5), ERROR_PAGE, new AccessLogSettings(false, "-", AccessLogSettings.Format.JSON, 1 << 20),
            MetricsSettings.DEFAULT, DnsSettings.DEFAULT, Retries.DEFAULT, FilterLimits.DEFAULT, HandshakeLimits.DEFAULT,
            "auto", "dev");

    public ProxySettings {
        trustedProxies = List.copyOf(trustedProxies);
    }

    /// The settings of listeners.
    public ClientSettings clients() {
        return new ClientSettings(heads, connections, timeouts, forwardedField, handshakes);
    }

    public ProxySettings withEventLoops(int loops) {
        return new ProxySettings(loops, transport, heads, heldBodyBytes, bodyBytes, connections, timeouts, trustedProxies,
                forwardedField,
                warmTimeout, errorPage,
                accessLog, metrics, dns, retries, filters, handshakes, tlsEngine, version);
    }
}
