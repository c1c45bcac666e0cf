package io.jigress.api;

import java.util.List;

/// The head of a request, whatever the HTTP version. Setters change what goes upstream; routing has happened on the original
/// unless the filter asks for [Exchange#rematch].
public interface RequestHead {

    /// Upper-case for known methods, else as sent.
    String method();

    /// Path and query as they will go upstream (`/a/b?c=d`).
    String target();

    /// The target as the client sent it, in any form that HTTP allows (`/a/../b`, `http://shop.example/a`). For logs, a WAF and
    /// external filters: routing and forwarding read [#target], whose path is in normal form.
    String rawTarget();

    /// The target without its query, in normal form: the path by which the route was chosen and that goes upstream, unless a filter or a
    /// rewrite changes it.
    String path();

    /// The text behind `?`, without it; empty when there is none.
    String query();

    /// Host and port as the client meant them (Host, or `:authority`).
    String authority();

    /// `http` or `https`, of the client's connection.
    String scheme();

    Headers headers();

    /// The protocols that the client asks to switch to, in lower case: those of the Upgrade fields of HTTP/1.1 (RFC 9110, 7.8), or the one that an
    /// extended CONNECT names (RFC 8441). Empty when it asks for none. Such a request has no body: what follows it belongs to
    /// the new protocol, once the upstream has agreed ([ResponseSink#switched]).
    default List<String> upgradeProtocols() {
        return List.of();
    }

    /// The declared length of the body in bytes; 0 without a body, -1 when it is not known beforehand.
    long contentLength();

    /// Replaces path and query; must start with `/` (or be `*`).
    void target(String target);

    void authority(String authority);

    void method(String method);
}
