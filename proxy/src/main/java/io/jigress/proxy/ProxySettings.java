package io.jigress.proxy;

import io.jigress.proxy.call.FilterLimits;
import io.jigress.proxy.exchange.ClientSettings;
import io.jigress.proxy.http2.Http2Settings;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.jigress.proxy.upstream.DnsSettings;
import java.time.Duration;
import java.util.List;

/// The settings of the data plane, read once at start.
///
/// @param eventLoops how many event loops run; at least 1
/// @param transport `auto`, `epoll`, `io_uring` or `nio`
/// @param tlsEngine `auto`, `boringssl` or `jdk`
/// @param clients how listeners treat their clients; also the defaults of routes
/// @param http2 of clients that speak it
/// @param trustedProxies CIDRs of peers whose X-Forwarded-* and X-Request-Id fields are accepted
/// @param errorPage the body of error responses; `{status}`, `{reason}`, `{message}` and `{id}` are replaced
/// @param heldBodyBytes the most that a filter may hold back of one body (`limits.held.bytes`)
/// @param bodyBytes the longest request body, for routes that set no limit; -1 means no limit
/// @param warmTimeout how long a changed route waits for the first endpoints of its new clusters
/// @param filters how much filters may have under way
public record ProxySettings(int eventLoops, String transport, String tlsEngine, ClientSettings clients, Http2Settings http2,
        List<String> trustedProxies, String errorPage, int heldBodyBytes, long bodyBytes, Duration warmTimeout, DnsSettings dns,
        Retries retries, FilterLimits filters, AccessLogSettings accessLog, MetricsSettings metrics, String version) {

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
            "auto", ClientSettings.DEFAULT, Http2Settings.DEFAULT, List.of(), ERROR_PAGE, 1 << 20, -1, Duration.ofSeconds(5),
            DnsSettings.DEFAULT, Retries.DEFAULT, FilterLimits.DEFAULT,
            new AccessLogSettings(false, "-", AccessLogSettings.Format.JSON, 1 << 20), MetricsSettings.DEFAULT, "dev");

    public ProxySettings {
        trustedProxies = List.copyOf(trustedProxies);
    }

    public ProxySettings withEventLoops(int eventLoops) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }

    public ProxySettings withTransport(String transport) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }

    public ProxySettings withTlsEngine(String tlsEngine) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }

    public ProxySettings withClients(ClientSettings clients) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }

    public ProxySettings withHttp2(Http2Settings http2) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }

    public ProxySettings withTrustedProxies(List<String> trustedProxies) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }

    public ProxySettings withWarmTimeout(Duration warmTimeout) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }

    public ProxySettings withRetries(Retries retries) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }

    public ProxySettings withFilters(FilterLimits filters) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }

    public ProxySettings withAccessLog(AccessLogSettings accessLog) {
        return new ProxySettings(eventLoops, transport, tlsEngine, clients, http2, trustedProxies, errorPage, heldBodyBytes,
                bodyBytes, warmTimeout, dns, retries, filters, accessLog, metrics, version);
    }
}
