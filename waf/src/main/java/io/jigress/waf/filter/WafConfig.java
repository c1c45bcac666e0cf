package io.jigress.waf.filter;

import io.jigress.waf.EngineMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The configuration of `waf`.
///
/// @param mode       null: the mode of the directive `SecRuleEngine` in the rules, else on
/// @param coreRules  the settings of the Core Rule Set; null when it is not used
/// @param exclusions directives before the Core Rule Set
/// @param rules      directives after it
/// @param requests   how request bodies are inspected
/// @param responses  whether responses are inspected
record WafConfig(@Nullable EngineMode mode, @Nullable CoreRules coreRules, List<String> exclusions, List<String> rules,
        Bodies requests, boolean responses) {
    WafConfig {
        exclusions = List.copyOf(exclusions);
        rules = List.copyOf(rules);
    }

    /// @param level     rules up to this paranoia level add to the score that blocks
    /// @param detection rules up to this one are evaluated
    /// @param inbound   the score from which a request is blocked
    /// @param outbound  the score from which a response is blocked
    /// @param sampling  percentage of the requests that are evaluated
    record CoreRules(int level, int detection, int inbound, int outbound, int sampling) {
    }

    /// @param limit   bytes of a body that are inspected
    /// @param partial whether a longer one is inspected up to the limit; else it is refused
    record Bodies(boolean judged, int limit, boolean partial) {
    }
}
