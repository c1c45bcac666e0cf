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
    /// Whether the caller may.
    AUTHZ,
    /// How often and how much.
    LIMIT,
    /// Changes of the request and the response.
    TRANSFORM,
    /// Sees what really goes upstream; changes nothing.
    STATS
}
