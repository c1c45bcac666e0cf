package io.jigress.sentinel.rule;

import java.util.Map;

/// Lists of rules that come from elsewhere.
///
/// @param registry a Registry, `namespace/name`; empty for what the dashboard has set
/// @param dataIds by the field of the rules that each holds ([RuleReader#FIELDS])
public record RuleSource(String registry, String group, Map<String, String> dataIds) {
    public RuleSource {
        dataIds = Map.copyOf(dataIds);
    }
}
