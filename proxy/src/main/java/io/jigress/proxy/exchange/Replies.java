package io.jigress.proxy.exchange;

import io.jigress.api.HeaderName;
import io.jigress.api.LocalReply;
import io.jigress.api.ProxyFailure;
import io.jigress.api.RequestHead;
import io.jigress.config.RouteAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The responses that the gateway makes itself: error pages, redirects, fixed replies.
public final class Replies {
    private Replies() {}

    /// What failed when a route answers in place of what it should do; null when it does what was asked of it.
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

    /// Gateway API, HTTPRequestRedirectFilter: what the redirect leaves out is the request's.
    ///
    /// @param prefix the length of the path that the route's prefix matched
    static LocalReply redirect(RouteAction.Redirect redirect, RequestHead head, int prefix, int listenerPort) {
        String scheme = redirect.scheme() == null ? head.scheme() : redirect.scheme();
        String authority = head.authority();
        int colon = authority.lastIndexOf(':') > authority.lastIndexOf(']') ? authority.lastIndexOf(':') : -1;
        String host = redirect.host() != null ? redirect.host() : colon < 0 ? authority : authority.substring(0, colon);
        Integer port = redirect.port();
        if (port == null && redirect.scheme() == null) {
            port = colon < 0 ? listenerPort : Integer.valueOf(authority.substring(colon + 1));
            if (colon < 0 && redirect.host() == null) {
                port = null;
            }
        }
        boolean usual = port == null || port == (scheme.equals("https") ? 443 : 80);
        String path = switch (redirect.path()) {
            case RouteAction.PathRewrite.ReplaceFull full -> full.value();
            case RouteAction.PathRewrite.ReplacePrefix replaced ->
                joined(replaced.value(), head.path().substring(Math.min(prefix, head.path().length())));
            case null -> head.path();
        };
        String query = head.query();
        String location = scheme + "://" + host + (usual ? "" : ":" + port) + path + (query.isEmpty() ? "" : "?" + query);
        return new LocalReply(redirect.status(), List.of(Map.entry(HeaderName.LOCATION, location)), new byte[0], "redirect");
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
