package io.jigress.config;

/// A predicate on the path of a request (without its query), compared byte by byte.
public sealed interface PathMatch {
    PathMatch ALL = new Prefix("/");

    String value();

    /// The whole path equals the value.
    record Exact(String value) implements PathMatch {}

    /// The path equals the value, or continues after it with a new segment: `/a` and `/a/` fit `/a`, `/a/b`, not `/ab`.
    record Prefix(String value) implements PathMatch {}

    /// The whole path matches an RE2 expression.
    record Regex(String value) implements PathMatch {}
}
