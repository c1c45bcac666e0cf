package io.jigress.sentinel.rule;

import java.util.Map;

/// Data ids of a registry that hold rules in Sentinel's JSON.
///
/// @param registry a Registry, `namespace/name`
/// @param dataIds by the field of the rules that each holds ([RuleReader#FIELDS])
public record RuleSource(String registry, String group, Map<String, String> dataIds) {
    public RuleSource {
        dataIds = Map.copyOf(dataIds);
    }
}
