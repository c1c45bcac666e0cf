package io.jigress.api;

/// When in a request's life a filter runs. Phases run in the order of their declaration; within a phase filters run by
/// descending priority, then by name. Response callbacks run in the reverse order.
public enum FilterPhase {
    /// Before anything else: address lists, request identity.
    EDGE,
    /// Web application firewall.
    WAF,
    /// Authentication: identifies the client.
    AUTHN,
    /// Authorization: decides whether the client may make the request.
    AUTHZ,
    /// Limits of rate and quantity.
    LIMIT,
    /// Changes of the request and the response.
    TRANSFORM,
    /// Observes the request as it is sent upstream; changes nothing.
    STATS
}
