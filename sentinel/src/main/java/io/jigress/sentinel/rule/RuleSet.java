package io.jigress.sentinel.rule;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Rules with the resources that they are for.
///
/// @param system their resource is empty
public record RuleSet(Map<String, ApiGroup> apis, List<Guarded<Rule.GatewayFlow>> gatewayFlow, List<Guarded<Rule.Flow>> flow,
        List<Guarded<Rule.Degrade>> degrade, List<Guarded<Rule.Authority>> authority, List<Guarded<Rule.SystemLimits>> system) {
    public static final RuleSet EMPTY = new RuleSet(Map.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    public RuleSet {
        apis = Map.copyOf(apis);
        gatewayFlow = List.copyOf(gatewayFlow);
        flow = List.copyOf(flow);
        degrade = List.copyOf(degrade);
        authority = List.copyOf(authority);
        system = List.copyOf(system);
    }

    /// These rules and others. An API group of this set takes precedence over one of the same name; a rule that is in both occurs once.
    public RuleSet and(RuleSet others) {
        if (others.equals(EMPTY)) {
            return this;
        }
        Map<String, ApiGroup> all = new HashMap<>(others.apis);
        all.putAll(apis);
        return new RuleSet(all, joined(gatewayFlow, others.gatewayFlow), joined(flow, others.flow),
                joined(degrade, others.degrade), joined(authority, others.authority), joined(system, others.system));
    }

    private static <R extends Rule> List<Guarded<R>> joined(List<Guarded<R>> some, List<Guarded<R>> others) {
        return Stream.concat(some.stream(), others.stream()).distinct().toList();
    }

    /// How many resources have rules.
    public int resources() {
        return (int) Stream.of(authority, gatewayFlow, flow, degrade).flatMap(List::stream).map(Guarded::resource).distinct()
                .count();
    }

    /// Whether a rule is about callers.
    public boolean namesCallers() {
        return !authority.isEmpty() || flow.stream().anyMatch(rule -> !rule.rule().caller().equals(Rule.Flow.EVERYONE));
    }
}
