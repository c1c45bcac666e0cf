package io.jigress.sentinel.engine;

import io.jigress.api.HeaderName;
import io.jigress.sentinel.cluster.TokenRules;
import io.jigress.sentinel.engine.Refusal.Kind;
import io.jigress.sentinel.engine.SentinelEngine.RuleKey;
import io.jigress.sentinel.rule.ApiGroup;
import io.jigress.sentinel.rule.ClusterLimit;
import io.jigress.sentinel.rule.Fallback;
import io.jigress.sentinel.rule.Guarded;
import io.jigress.sentinel.rule.Rule;
import io.jigress.sentinel.rule.Rule.Flow;
import io.jigress.sentinel.rule.RuleSet;
import io.jigress.sentinel.rule.SentinelConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The compiled rules of one configuration and of its sources. Immutable; for several threads.
public final class RuleTable implements AutoCloseable {
    private static final double SECOND_MILLIS = 1_000;

    private final SentinelEngine engine;
    private final SystemStatus status;
    private final SentinelConfig config;
    private final RuleSet rules;
    private final Map<String, Guard> guards = new HashMap<>();
    private final List<ApiGuard> apis = new ArrayList<>();
    private final List<SystemRule> system = new ArrayList<>();
    private final List<String> usedResources = new ArrayList<>();
    private final List<RuleKey> usedChecks = new ArrayList<>();
    private final List<TokenRules.Rule> servedRules = new ArrayList<>();

    private record ApiGuard(ApiGroup group, Guard guard) {}

    private record SystemRule(Rule.SystemLimits limits, Refusal refusal) {}

    /// The checks of a resource while a table is built.
    private static final class Draft {
        final List<Check> checks = new ArrayList<>();
        final List<Refusal> refusals = new ArrayList<>();
        /// Checks with queues come last, so that a refused request does not occupy a place.
        final List<Check> queues = new ArrayList<>();
        final List<Refusal> queueRefusals = new ArrayList<>();
        /// Checks that ask a token server come after all others, so that a request that is refused here takes no token.
        final List<Check> cluster = new ArrayList<>();
        final List<Refusal> clusterRefusals = new ArrayList<>();
    }

    /// The guards of the requests of one route; which of the API groups concern a request depends on its path.
    public final class Plan {
        private final Guard[] fixed;

        private Plan(List<Guard> fixed) {
            this.fixed = fixed.toArray(Guard[]::new);
        }

        public boolean isEmpty() { return fixed.length == 0 && apis.isEmpty() && system.isEmpty(); }
    }

    RuleTable(SentinelEngine engine, SentinelConfig config, RuleSet rules) {
        this.engine = engine;
        status = engine.system();
        this.config = config;
        this.rules = rules;
        Map<String, Draft> drafts = new LinkedHashMap<>();
        add(drafts, rules.authority(), Kind.AUTHORITY, "", key -> new AuthorityCheck((Rule.Authority) key.rule()));
        add(drafts, rules.gatewayFlow(), Kind.PARAMETER, "",
                key -> new ParameterCheck((Rule.GatewayFlow) key.rule(), key.resource()));
        for (Guarded<Flow> rule : rules.flow()) {
            addFlow(drafts, rule);
        }
        add(drafts, rules.degrade(), Kind.DEGRADE, "", key -> new BreakerCheck((Rule.Degrade) key.rule(), key.resource()));
        drafts.forEach((name, draft) -> {
            draft.checks.addAll(draft.queues);
            draft.refusals.addAll(draft.queueRefusals);
            draft.checks.addAll(draft.cluster);
            draft.refusals.addAll(draft.clusterRefusals);
            guards.put(name, new Guard(use(name), draft.checks, draft.refusals));
        });
        rules.apis().values().stream().sorted((a, b) -> a.name().compareTo(b.name())).forEach(group -> {
            Guard guard = guards.get(group.name());
            if (guard != null) {
                apis.add(new ApiGuard(group, guard));
            }
        });
        rules.system().forEach(rule -> system.add(new SystemRule(rule.rule(), refusal(Kind.SYSTEM, rule.fallback()))));
    }

    private <R extends Rule> void add(Map<String, Draft> drafts, List<Guarded<R>> all, Kind kind, Object scope,
            Function<RuleKey, Check> make) {
        for (Guarded<R> rule : all) {
            Kind shown = rule.rule() instanceof Rule.GatewayFlow flow && flow.parameter() == null ? Kind.FLOW : kind;
            add(drafts, rule, shown, scope, make);
        }
    }

    private void add(Map<String, Draft> drafts, Guarded<?> rule, Kind kind, Object scope, Function<RuleKey, Check> make) {
        RuleKey key = new RuleKey(rule.resource(), rule.rule(), scope);
        Check check = engine.check(key, make);
        usedChecks.add(key);
        Draft draft = drafts.computeIfAbsent(rule.resource(), _ -> new Draft());
        ClusterLimit cluster = rule.cluster();
        if (cluster != null) {
            draft.cluster.add(new ClusterCheck(check, cluster));
            draft.clusterRefusals.add(refusal(kind, rule.fallback()));
            serve(rule.rule(), cluster);
            return;
        }
        boolean queues = check instanceof FlowCheck flow && flow.queues()
                || check instanceof ParameterCheck parameter && parameter.queues();
        (queues ? draft.queues : draft.checks).add(check);
        (queues ? draft.queueRefusals : draft.refusals).add(refusal(kind, rule.fallback()));
    }

    /// An embedded token server serves the rule.
    private void serve(Rule rule, ClusterLimit limit) {
        TokenRules.Rule served = switch (rule) {
            case Flow flow -> new TokenRules.Rule(limit, flow.count() * limit.windowMillis() / SECOND_MILLIS, null);
            case Rule.GatewayFlow flow -> gatewayFlow(flow, limit);
            default -> throw new IllegalStateException(rule + " (expected: a flow rule)");
        };
        engine.tokenRules().add(served);
        servedRules.add(served);
    }

    private static TokenRules.Rule gatewayFlow(Rule.GatewayFlow flow, ClusterLimit limit) {
        double share = limit.windowMillis() / (flow.intervalSeconds() * SECOND_MILLIS);
        if (flow.parameter() == null) {
            return new TokenRules.Rule(limit, (flow.count() + flow.burst()) * share, null);
        }
        Map<String, Double> exceptions = new HashMap<>();
        flow.exceptions().forEach((value, count) -> exceptions.put(value, (count + flow.burst()) * share));
        return new TokenRules.Rule(limit, (flow.count() + flow.burst()) * share, exceptions);
    }

    private void addFlow(Map<String, Draft> drafts, Guarded<Flow> rule) {
        Flow flow = rule.rule();
        String counted = flow.strategy() == Rule.Strategy.RELATE ? flow.reference() : rule.resource();
        // The requests of the other resource must be counted even if it has no rules.
        drafts.computeIfAbsent(counted, _ -> new Draft());
        Set<String> named = new TreeSet<>();
        if (flow.caller().equals(Flow.OTHERS)) {
            rules.flow().stream().filter(other -> other.resource().equals(rule.resource()))
                    .forEach(other -> named.add(other.rule().caller()));
        }
        add(drafts, rule, Kind.FLOW, Set.copyOf(named), key -> new FlowCheck(flow, use(counted).node, named));
    }

    private Resource use(String name) {
        usedResources.add(name);
        return engine.resource(name);
    }

    private Refusal refusal(Kind kind, @Nullable Fallback own) {
        return Refusal.of(kind, own == null ? config.fallback() : own);
    }

    /// The header that names the caller; null when no rule needs it.
    public @Nullable HeaderName callerHeader() {
        return config.callerHeader();
    }

    /// Whether rules use the load or the CPU, which must be sampled.
    public boolean measures() {
        return rules.system().stream().anyMatch(rule -> rule.rule().load() >= 0 || rule.rule().cpu() >= 0);
    }

    /// Samples load and CPU of the machine, about once per second.
    public void measure(long nanos) {
        status.sample(nanos);
    }

    public Plan plan(String route) {
        List<Guard> fixed = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (String name : List.of(route, Guard.objectOf(route), config.resource())) {
            Guard guard = guards.get(name);
            if (guard != null && seen.add(name)) {
                fixed.add(guard);
            }
        }
        return new Plan(fixed);
    }

    /// Decides on a request.
    public void enter(Plan plan, Entering request) {
        for (SystemRule rule : system) {
            if (!status.allows(rule.limits)) {
                request.refuse(rule.refusal);
                return;
            }
        }
        if (!system.isEmpty() && !request.enter(status.inbound())) {
            return;
        }
        for (Guard guard : plan.fixed) {
            if (!request.enter(guard)) {
                return;
            }
        }
        if (!apis.isEmpty()) {
            String path = request.path();
            for (ApiGuard api : apis) {
                if (api.group.matches(path) && !request.enter(api.guard)) {
                    return;
                }
            }
        }
    }

    @Override
    public void close() {
        usedChecks.forEach(engine::releaseCheck);
        usedResources.forEach(engine::releaseResource);
        servedRules.forEach(engine.tokenRules()::remove);
    }
}
