package io.jigress.proxy.upstream;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.netty.channel.ConnectTimeoutException;
import java.net.NoRouteToHostException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The failure for a connection that could not be established. Nothing was sent, so another attempt is safe.
final class ConnectFault {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectFault.class);

    private static final ProxyFailure TIMEOUT = new ProxyFailure(Kind.CONNECT_TIMEOUT, Origin.UPSTREAM, true, "connect_timeout");
    private static final ProxyFailure REFUSED = failed(Origin.UPSTREAM, "connection_refused");
    private static final ProxyFailure NO_ROUTE = failed(Origin.UPSTREAM, "no_route_to_host");
    private static final ProxyFailure UNREACHABLE = failed(Origin.UPSTREAM, "network_unreachable");
    /// All local ports for this address are in use, or in TIME_WAIT.
    private static final ProxyFailure NO_PORT = failed(Origin.GATEWAY, "no_local_port");
    static final ProxyFailure NO_FILE = new ProxyFailure(Kind.OVERLOADED, Origin.GATEWAY, false, "too_many_open_files");
    /// Connected, but the handshake took too long.
    static final ProxyFailure TLS_TIMEOUT = new ProxyFailure(Kind.CONNECT_TIMEOUT, Origin.UPSTREAM, true, "tls_timeout");
    static final ProxyFailure TLS_FAILED = failed(Origin.UPSTREAM, "tls_failed");
    private static final ProxyFailure OTHER = failed(Origin.UPSTREAM, "connect_failed");
    /// The HTTP proxy in front of the endpoint accepts no connection.
    private static final ProxyFailure PROXY_UNREACHABLE = failed(Origin.UPSTREAM, "forward_proxy_unreachable");
    static final ProxyFailure PROXY_TIMEOUT = new ProxyFailure(Kind.CONNECT_TIMEOUT, Origin.UPSTREAM, true,
            "forward_proxy_timeout");
    static final ProxyFailure PROXY_REFUSED = failed(Origin.UPSTREAM, "forward_proxy_refused");
    static final ProxyFailure PROXY_CLOSED = failed(Origin.UPSTREAM, "forward_proxy_closed");
    static final ProxyFailure PROXY_ANSWER = failed(Origin.UPSTREAM, "forward_proxy_answer");

    private ConnectFault() {}

    static ProxyFailure of(Throwable cause) {
        return switch (cause) {
            case ConnectTimeoutException _ -> TIMEOUT;
            case NoRouteToHostException _ -> NO_ROUTE;
            default -> of(cause, messages(cause));
        };
    }

    /// The same for a connection to the HTTP proxy in front of an endpoint.
    static ProxyFailure ofProxy(Throwable cause) {
        ProxyFailure failure = of(cause);
        return failure.origin() == Origin.GATEWAY ? failure : failure.equals(TIMEOUT) ? PROXY_TIMEOUT : PROXY_UNREACHABLE;
    }

    /// With NIO only the cause has the system's message.
    private static String messages(Throwable thrown) {
        StringBuilder all = new StringBuilder();
        int depth = 0;
        for (Throwable each = thrown; each != null && depth < 4; each = each.getCause()) {
            all.append(each.getMessage()).append(' ');
            depth++;
        }
        return all.toString();
    }

    /// The transports have no exception types for these: the message ends with the system's error text.
    private static ProxyFailure of(Throwable cause, String message) {
        if (message.contains("refused")) {
            return REFUSED;
        }
        if (message.contains("unreachable")) {
            return UNREACHABLE;
        }
        if (message.contains("assign requested address")) {
            return NO_PORT;
        }
        if (message.contains("Too many open files")) {
            return NO_FILE;
        }
        LOG.debug("a connection could not be made", cause);
        return OTHER;
    }

    private static ProxyFailure failed(Origin origin, String detail) {
        return new ProxyFailure(Kind.CONNECT_FAILED, origin, true, detail);
    }
}
