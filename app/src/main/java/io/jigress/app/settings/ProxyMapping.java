package io.jigress.app.settings;

import static io.jigress.app.settings.KnownSettings.ACCESS_LOG_BUFFER;
import static io.jigress.app.settings.KnownSettings.ACCESS_LOG_ENABLED;
import static io.jigress.app.settings.KnownSettings.ACCESS_LOG_FORMAT;
import static io.jigress.app.settings.KnownSettings.ACCESS_LOG_PATH;
import static io.jigress.app.settings.KnownSettings.CLIENT_HALF_CLOSE;
import static io.jigress.app.settings.KnownSettings.DNS_EDNS_BYTES;
import static io.jigress.app.settings.KnownSettings.DNS_TIMEOUT;
import static io.jigress.app.settings.KnownSettings.DNS_TTL_MAX;
import static io.jigress.app.settings.KnownSettings.DNS_TTL_MIN;
import static io.jigress.app.settings.KnownSettings.DRAIN_QUIET;
import static io.jigress.app.settings.KnownSettings.ERROR_PAGE;
import static io.jigress.app.settings.KnownSettings.EVENT_LOOPS;
import static io.jigress.app.settings.KnownSettings.FORWARDED_HEADER;
import static io.jigress.app.settings.KnownSettings.HTTP2_CONNECTION_AGE;
import static io.jigress.app.settings.KnownSettings.HTTP2_CONNECTION_REQUESTS;
import static io.jigress.app.settings.KnownSettings.HTTP2_CONTINUATIONS;
import static io.jigress.app.settings.KnownSettings.HTTP2_EMPTY_FRAMES;
import static io.jigress.app.settings.KnownSettings.HTTP2_ENABLED;
import static io.jigress.app.settings.KnownSettings.HTTP2_PINGS;
import static io.jigress.app.settings.KnownSettings.HTTP2_PRIORITIES;
import static io.jigress.app.settings.KnownSettings.HTTP2_RESETS;
import static io.jigress.app.settings.KnownSettings.HTTP2_SETTINGS;
import static io.jigress.app.settings.KnownSettings.HTTP2_STREAMS;
import static io.jigress.app.settings.KnownSettings.HTTP2_WINDOW_CONNECTION;
import static io.jigress.app.settings.KnownSettings.HTTP2_WINDOW_STREAM;
import static io.jigress.app.settings.KnownSettings.HTTP2_WINDOW_UPDATES;
import static io.jigress.app.settings.KnownSettings.LIMITS_BLOCKING_TASKS;
import static io.jigress.app.settings.KnownSettings.LIMITS_BODY_BYTES;
import static io.jigress.app.settings.KnownSettings.LIMITS_CLIENT_HELLO_BYTES;
import static io.jigress.app.settings.KnownSettings.LIMITS_PROXY_PROTOCOL_BYTES;
import static io.jigress.app.settings.KnownSettings.LIMITS_CONNECTIONS;
import static io.jigress.app.settings.KnownSettings.LIMITS_FIELD_BYTES;
import static io.jigress.app.settings.KnownSettings.LIMITS_FILTER_CALLS;
import static io.jigress.app.settings.KnownSettings.LIMITS_HANDSHAKES;
import static io.jigress.app.settings.KnownSettings.LIMITS_HEADER_BYTES;
import static io.jigress.app.settings.KnownSettings.LIMITS_HEADER_COUNT;
import static io.jigress.app.settings.KnownSettings.LIMITS_HELD_BYTES;
import static io.jigress.app.settings.KnownSettings.LIMITS_MIRRORED_REQUESTS;
import static io.jigress.app.settings.KnownSettings.LIMITS_QUEUE_BYTES;
import static io.jigress.app.settings.KnownSettings.LIMITS_TARGET_BYTES;
import static io.jigress.app.settings.KnownSettings.LIMITS_UDP_DATAGRAM_BYTES;
import static io.jigress.app.settings.KnownSettings.LIMITS_UDP_SESSIONS;
import static io.jigress.app.settings.KnownSettings.MEMORY_DIRECT_SHED;
import static io.jigress.app.settings.KnownSettings.METRICS_CLUSTERS;
import static io.jigress.app.settings.KnownSettings.METRICS_ROUTES;
import static io.jigress.app.settings.KnownSettings.PROXIES_TRUSTED;
import static io.jigress.app.settings.KnownSettings.RETRY_BUFFER;
import static io.jigress.app.settings.KnownSettings.RETRY_BUFFER_TOTAL;
import static io.jigress.app.settings.KnownSettings.TIMEOUTS_ATTEMPT;
import static io.jigress.app.settings.KnownSettings.TIMEOUTS_CLIENT_HANDSHAKE;
import static io.jigress.app.settings.KnownSettings.TIMEOUTS_CLIENT_HEADER;
import static io.jigress.app.settings.KnownSettings.TIMEOUTS_CLIENT_IDLE;
import static io.jigress.app.settings.KnownSettings.TIMEOUTS_REQUEST;
import static io.jigress.app.settings.KnownSettings.TIMEOUTS_SILENCE;
import static io.jigress.app.settings.KnownSettings.TIMEOUTS_UDP_IDLE;
import static io.jigress.app.settings.KnownSettings.TLS_ENGINE;
import static io.jigress.app.settings.KnownSettings.TRANSPORT;
import static io.jigress.app.settings.KnownSettings.TUNNEL_DRAIN_TIMEOUT;
import static io.jigress.app.settings.KnownSettings.TUNNEL_HALF_CLOSE_TIMEOUT;
import static io.jigress.app.settings.KnownSettings.TUNNEL_IDLE_TIMEOUT;
import static io.jigress.app.settings.KnownSettings.WARM_TIMEOUT;

import io.jigress.proxy.ProxySettings;
import io.jigress.proxy.call.FilterLimits;
import io.jigress.proxy.exchange.ClientSettings;
import io.jigress.proxy.exchange.ConnectionSettings;
import io.jigress.proxy.exchange.HandshakeLimits;
import io.jigress.proxy.exchange.SendQueues;
import io.jigress.proxy.exchange.TunnelSettings;
import io.jigress.proxy.exchange.UdpSettings;
import io.jigress.proxy.http.ClientTimeouts;
import io.jigress.proxy.http.HeadLimits;
import io.jigress.proxy.http2.Http2Limits;
import io.jigress.proxy.http2.Http2Settings;
import io.jigress.proxy.telemetry.AccessLogSettings;
import io.jigress.proxy.telemetry.MetricsSettings;
import io.jigress.proxy.upstream.DnsSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Converts the settings of the program to those of the data plane.
public final class ProxyMapping {
    private ProxyMapping() {}

    /// @param folder the base of relative paths
    public static ProxySettings of(Settings settings, Path folder) throws CannotStart {
        HeadLimits heads = new HeadLimits(settings.value(LIMITS_TARGET_BYTES).intValue(),
                settings.value(LIMITS_HEADER_BYTES).intValue(),
                settings.value(LIMITS_FIELD_BYTES).intValue(), settings.value(LIMITS_HEADER_COUNT));
        ClientTimeouts timeouts = new ClientTimeouts(settings.value(TIMEOUTS_CLIENT_HEADER),
                settings.value(TIMEOUTS_CLIENT_IDLE), settings.value(TIMEOUTS_REQUEST), settings.value(TIMEOUTS_ATTEMPT),
                settings.value(TIMEOUTS_SILENCE));
        long bodyBytes = settings.value(LIMITS_BODY_BYTES);
        ConnectionSettings connections = new ConnectionSettings(settings.value(LIMITS_CONNECTIONS),
                KnownSettings.upstreamConnections(settings), settings.value(DRAIN_QUIET),
                settings.value(CLIENT_HALF_CLOSE) == KnownSettings.HalfClose.ANSWER,
                new TunnelSettings(settings.value(TUNNEL_HALF_CLOSE_TIMEOUT), settings.value(TUNNEL_IDLE_TIMEOUT),
                        settings.value(TUNNEL_DRAIN_TIMEOUT)),
                new SendQueues(settings.value(LIMITS_QUEUE_BYTES).intValue(), settings.value(MEMORY_DIRECT_SHED)),
                new UdpSettings(settings.value(LIMITS_UDP_SESSIONS), settings.value(LIMITS_UDP_DATAGRAM_BYTES).intValue(),
                        settings.value(TIMEOUTS_UDP_IDLE)));
        HandshakeLimits handshakes = new HandshakeLimits(settings.value(TIMEOUTS_CLIENT_HANDSHAKE),
                settings.value(LIMITS_CLIENT_HELLO_BYTES).intValue(), settings.value(LIMITS_HANDSHAKES),
                settings.value(LIMITS_PROXY_PROTOCOL_BYTES).intValue());
        return new ProxySettings(settings.value(EVENT_LOOPS), settings.text(TRANSPORT), settings.text(TLS_ENGINE),
                new ClientSettings(heads, connections, timeouts, settings.value(FORWARDED_HEADER), handshakes), http2(settings),
                settings.value(PROXIES_TRUSTED), errorPage(settings, folder), settings.value(LIMITS_HELD_BYTES).intValue(),
                bodyBytes == 0 ? -1 : bodyBytes, settings.value(WARM_TIMEOUT),
                new DnsSettings(settings.value(DNS_TIMEOUT), settings.value(DNS_TTL_MIN), settings.value(DNS_TTL_MAX),
                        settings.value(DNS_EDNS_BYTES).intValue()),
                new ProxySettings.Retries(settings.value(RETRY_BUFFER).intValue(), settings.value(RETRY_BUFFER_TOTAL),
                        settings.value(LIMITS_MIRRORED_REQUESTS)),
                new FilterLimits(settings.value(LIMITS_FILTER_CALLS), settings.value(LIMITS_BLOCKING_TASKS)),
                accessLog(settings, folder),
                new MetricsSettings(settings.value(METRICS_ROUTES), settings.value(METRICS_CLUSTERS)), ProgramVersion.text());
    }

    private static Http2Settings http2(Settings settings) {
        Http2Limits.Rates rates = new Http2Limits.Rates(settings.value(HTTP2_RESETS), settings.value(HTTP2_SETTINGS),
                settings.value(HTTP2_PINGS), settings.value(HTTP2_PRIORITIES), settings.value(HTTP2_EMPTY_FRAMES),
                settings.value(HTTP2_WINDOW_UPDATES));
        return new Http2Settings(settings.value(HTTP2_ENABLED), new Http2Limits(settings.value(HTTP2_STREAMS),
                settings.value(HTTP2_WINDOW_STREAM).intValue(), settings.value(HTTP2_WINDOW_CONNECTION).intValue(),
                settings.value(HTTP2_CONTINUATIONS), rates, settings.value(HTTP2_CONNECTION_AGE),
                settings.value(HTTP2_CONNECTION_REQUESTS)));
    }

    private static AccessLogSettings accessLog(Settings settings, Path folder) {
        String path = settings.value(ACCESS_LOG_PATH);
        AccessLogSettings.Format format = switch (settings.value(ACCESS_LOG_FORMAT)) {
            case JSON -> AccessLogSettings.Format.JSON;
            case TEXT -> AccessLogSettings.Format.TEXT;
        };
        return new AccessLogSettings(settings.value(ACCESS_LOG_ENABLED), path.isEmpty() ? "-" : folder.resolve(path).toString(),
                format,
                settings.value(ACCESS_LOG_BUFFER).intValue());
    }

    public static String errorPage(Settings settings, Path folder) throws CannotStart {
        String path = settings.value(ERROR_PAGE);
        if (path.isEmpty()) {
            return ProxySettings.ERROR_PAGE;
        }
        try {
            return Files.readString(folder.resolve(path));
        } catch (NoSuchFileException _) {
            throw new CannotStart("error.page: " + path + " does not exist");
        } catch (IOException e) {
            throw new CannotStart("error.page: " + path + " cannot be read: " + e.getMessage());
        }
    }
}
