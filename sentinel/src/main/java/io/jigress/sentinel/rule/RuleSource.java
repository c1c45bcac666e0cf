package io.jigress.sentinel.rule;

import java.util.Map;

/// A source of lists of rules outside of the configuration.
///
/// @param registry a Registry, `namespace/name`; empty for the rules of the dashboard
/// @param dataIds by the field of the rules that each holds ([RuleReader#FIELDS])
public record RuleSource(String registry, String group, Map<String, String> dataIds) {
    public RuleSource {
        dataIds = Map.copyOf(dataIds);
    }
}
