package io.jigress.sentinel.cluster;

import org.jspecify.annotations.Nullable;

/// Asks for one token of a cluster rule.
///
/// @param flowId the id of the rule at the token server
/// @param value the value of the hot parameter; null for a flow rule
public record TokenRequest(long flowId, @Nullable String value) {}
