package io.jigress.proxy.upstream;

import io.jigress.api.ProxyFailure;
import io.jigress.api.ProxyFailure.Kind;
import io.jigress.api.ProxyFailure.Origin;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;

/// Why a connection could not be made, told as a failure. Nothing was sent: another attempt is always safe.
final class ConnectFault {
    private ConnectFault() {}

    static ProxyFailure of(Throwable cause) {
        return switch (cause) {
            case ConnectTimeoutException _ -> new ProxyFailure(Kind.CONNECT_TIMEOUT, Origin.UPSTREAM, true, "connect_timeout");
            case NoRouteToHostException _ -> failed("no_route_to_host");
            case ConnectException refused when String.valueOf(refused.getMessage()).contains("refused") ->
                failed("connection_refused");
            default -> failed("connect: " + cause);
        };
    }

    private static ProxyFailure failed(String detail) {
        return new ProxyFailure(Kind.CONNECT_FAILED, Origin.UPSTREAM, true, detail);
    }
}
