package io.jigress.sentinel.rule;

import io.jigress.api.HeaderName;
import org.jspecify.annotations.Nullable;

/// The configuration of `sentinel`.
///
/// @param resource that every request is part of, and that rules without a resource are for; empty: none
/// @param callerHeader whose value is the caller in flow and authority rules; null: requests have none
/// @param fallback null for the status of each kind of rule
/// @param source further rules that change by themselves; null: none
public record SentinelConfig(String resource, @Nullable HeaderName callerHeader, @Nullable Fallback fallback,
        @Nullable RuleSource source, RuleSet rules) {}
