package io.jigress.config;

/// A predicate on a named value: a header field (name without case), a cookie or a query parameter. Several fields of one name count as
/// one, joined by commas (headers), or the first alone (queries).
public sealed interface ValueMatch {
    String name();

    record Exact(String name, String value) implements ValueMatch {}

    /// The whole value matches an RE2 expression.
    record Regex(String name, String expression) implements ValueMatch {}

    record Present(String name) implements ValueMatch {}

    /// One of the request's cookies has this name, as it is written, and this value; in place of a header field.
    record Cookie(String name, String value) implements ValueMatch {}
}
