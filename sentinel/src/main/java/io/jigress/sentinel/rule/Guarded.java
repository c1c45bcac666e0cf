package io.jigress.sentinel.rule;

import org.jspecify.annotations.Nullable;

/// A rule with the resource that it is for.
///
/// @param fallback null for the fallback of all rules
/// @param cluster null for a limit of this gateway alone
public record Guarded<R extends Rule>(String resource, R rule, @Nullable Fallback fallback, @Nullable ClusterLimit cluster) {}
