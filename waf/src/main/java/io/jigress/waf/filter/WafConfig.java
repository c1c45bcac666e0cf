package io.jigress.waf.filter;

import io.jigress.waf.EngineMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The configuration of `waf`.
///
/// @param mode       null: what the directive `SecRuleEngine` of the rules says, else on
/// @param coreRules  how the Core Rule Set is to judge; null when it is not used
/// @param exclusions directives before the Core Rule Set
/// @param rules      directives after it
/// @param requests   how bodies of requests are judged
/// @param responses  whether responses are judged
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
    /// @param sampling  percentage of the requests that are judged
    record CoreRules(int level, int detection, int inbound, int outbound, int sampling) {
    }

    /// @param limit   bytes of a body that are judged
    /// @param partial whether a longer one is judged in part; else it is refused
    record Bodies(boolean judged, int limit, boolean partial) {
    }
}
