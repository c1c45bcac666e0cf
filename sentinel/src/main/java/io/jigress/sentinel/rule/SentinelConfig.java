package io.jigress.sentinel.rule;

import io.jigress.api.HeaderName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The configuration of `sentinel`.
///
/// @param resource that every request is part of, and that rules without a resource are for; empty: none
/// @param callerHeader whose value is the caller in flow and authority rules; null: requests have none
/// @param fallback null for the status of each kind of rule
/// @param sources of further rules, which change without a configuration change
public record SentinelConfig(String resource, @Nullable HeaderName callerHeader, @Nullable Fallback fallback,
        List<RuleSource> sources, RuleSet rules) {
    public SentinelConfig {
        sources = List.copyOf(sources);
    }
}
