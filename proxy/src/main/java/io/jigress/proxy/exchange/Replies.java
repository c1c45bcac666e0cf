package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.ReplyBody;
import io.jigress.config.RouteAction;
import io.jigress.proxy.http.ReceivedRequest;
import io.jigress.proxy.http.TargetRanges;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The responses that the gateway makes itself: error pages, redirects, fixed replies.
public final class Replies {
    private Replies() {}

    /// The failure to record if a route answers because of a configuration error; null if the answer is configured.
    static @Nullable ProxyFailure failure(RouteAction.Reply reply) {
        return switch (reply.reason()) {
            case "no_route" -> Failures.NO_ROUTE;
            case "misconfigured" -> Failures.MISCONFIGURED;
            case "invalid_route" -> Failures.INVALID_ROUTE;
            default -> null;
        };
    }

    /// What a failure is answered with, before it is given its form by an [ErrorPage].
    static LocalReply failure(ProxyFailure failure) {
        return LocalReply.error(failure.kind().status(), "", failure.detail());
    }

    /// A 204 or 304 has no body, even if a filter sets one (RFC 9110, 6.4.1).
    static boolean isBodiless(LocalReply reply) {
        return bodyLength(reply) == 0 || reply.status() == 204 || reply.status() == 304;
    }

    /// The length of a reply's body; -1 when only its end will tell, or when trailers follow it.
    public static long bodyLength(LocalReply reply) {
        return reply.trailers().isEmpty() && reply.body() instanceof ReplyBody.Whole(byte[] bytes) ? bytes.length : -1;
    }

    /// The body of a reply that has it as a whole.
    public static ByteBuf body(LocalReply reply) {
        return reply.body() instanceof ReplyBody.Whole(byte[] bytes) ? Unpooled.wrappedBuffer(bytes) : Unpooled.EMPTY_BUFFER;
    }

    /// The whole answer to something that is no request.
    ///
    /// @param id that the client may quote, and that the access log shows
    public static LocalReply refusal(ProxyFailure failure, ErrorPage page, String id) {
        return page.whole(failure(failure), id, null);
    }

    static LocalReply fixed(RouteAction.Reply reply) {
        if (reply.body().isEmpty() && reply.contentType().isEmpty()) {
            return LocalReply.error(reply.status(), "", reply.reason());
        }
        return new LocalReply(reply.status(), List.of(Map.entry(HeaderName.CONTENT_TYPE, reply.contentType())),
                reply.body().getBytes(StandardCharsets.UTF_8), reply.reason());
    }

    /// Gateway API, HTTPRequestRedirectFilter: what the redirect leaves out is the request's. Without a port it is that of its scheme when
    /// it names one, else the listener's; a port that is usual for the scheme is not written.
    ///
    /// @param prefix the length of the path that the route's prefix matched; -1 when the path does not have it any more
    /// @param listenerPort by which clients know the listener
    /// @param trusted whether the peer's X-Forwarded-Proto and X-Forwarded-Port tell how the client sees the gateway
    static LocalReply redirect(RouteAction.Redirect redirect, ReceivedRequest head, int prefix, int listenerPort,
            boolean trusted) {
        TargetRanges ranges = head.ranges();
        String proto = trusted ? forwardedProto(head) : null;
        String scheme = redirect.scheme() != null ? redirect.scheme() : proto != null ? proto : head.scheme();
        String host = redirect.host() != null ? redirect.host() : head.fields().text(ranges.hostFrom(), ranges.hostTo());
        Integer port = redirect.port();
        if (port == null && redirect.scheme() == null) {
            port = proto == null ? Integer.valueOf(listenerPort) : forwardedPort(head);
        }
        boolean usual = port == null || port == (scheme.equals("https") ? 443 : 80);
        String before = head.path();
        String path = switch (redirect.path()) {
            case RouteAction.PathRewrite.ReplaceFull full -> full.value();
            case RouteAction.PathRewrite.ReplacePrefix replaced when prefix >= 0 ->
                joined(replaced.value(), before.substring(prefix));
            case RouteAction.PathRewrite.ReplacePrefix _ -> before;
            case null -> before;
        };
        String query = head.fields().text(ranges.pathTo(), ranges.queryTo());
        // HTTP/1.0 without Host: there is no authority to go back to.
        String origin = host.isEmpty() ? "" : scheme + "://" + host + (usual ? "" : ":" + port);
        return new LocalReply(redirect.status(), List.of(Map.entry(HeaderName.LOCATION, origin + path + query)), new byte[0],
                "redirect");
    }

    private static @Nullable String forwardedProto(ReceivedRequest head) {
        String proto = head.headers().first(HeaderName.X_FORWARDED_PROTO);
        return "https".equalsIgnoreCase(proto) ? "https" : "http".equalsIgnoreCase(proto) ? "http" : null;
    }

    /// X-Forwarded-Port, else the port of the Host field.
    private static @Nullable Integer forwardedPort(ReceivedRequest head) {
        String text = head.headers().first(HeaderName.X_FORWARDED_PORT);
        if (text != null && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9') && !text.isEmpty()) {
            int port = Integer.parseInt(text);
            return port > 0 && port <= 0xffff ? (Integer) port : null;
        }
        int port = head.ranges().port();
        return port > 0 ? (Integer) port : null;
    }

    /// A replaced prefix and what followed it: exactly one slash between them, and never an empty path.
    static String joined(String prefix, String rest) {
        if (rest.isEmpty()) {
            return prefix.isEmpty() ? "/" : prefix;
        }
        String head = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
        return rest.startsWith("/") ? head + rest : head + "/" + rest;
    }
}
