package io.jigress.sentinel;

import io.jigress.api.Exchange;
import io.jigress.api.ExchangeKey;
import io.jigress.api.FilterDecision;
import io.jigress.api.HeaderName;
import io.jigress.api.HttpFilter;
import io.jigress.api.ResponseHead;
import io.jigress.api.Services;
import io.jigress.sentinel.engine.Entering;
import io.jigress.sentinel.engine.Pass;
import io.jigress.sentinel.engine.Refusal;
import io.jigress.sentinel.engine.RuleTable;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Checks each request by the rules, and reports its end to them.
final class SentinelFilter implements HttpFilter {
    /// The number of routes whose plan is cached; beyond it the cache is cleared.
    private static final int MOST_PLANS = 10_000;
    private static final Duration MEASURED_EVERY = Duration.ofSeconds(1);

    private final ExchangeKey<Entering> key = new ExchangeKey<>("sentinel");
    private final PreparedRules rules;
    private final Services services;
    private final Map<String, RuleTable.Plan> plans = new HashMap<>();
    /// The table from which the plans were made.
    private RuleTable planned;
    private final Map<Refusal.Kind, Services.Counter> refused = new EnumMap<>(Refusal.Kind.class);
    private final Services.Counter queued;
    private final ClusterTokens tokens;
    private Services.@Nullable Cancellable measuring;

    SentinelFilter(PreparedRules rules, Services services) {
        this.rules = rules;
        this.services = services;
        planned = rules.table();
        for (Refusal.Kind kind : Refusal.Kind.values()) {
            String word = kind.name().toLowerCase(Locale.ROOT);
            refused.put(kind, services.counter("refused_" + word, "Requests refused by a rule of the kind " + word + "."));
        }
        queued = services.counter("queued", "Requests that had to wait for their place in a queue.");
        tokens = new ClusterTokens(this, rules.tokens(), services);
        if (planned.measures() || rules.changes()) {
            measure();
        }
    }

    private void measure() {
        RuleTable table = rules.table();
        if (table.measures()) {
            table.measure(services.nanoTime());
        }
        measuring = services.schedule(MEASURED_EVERY, this::measure);
    }

    @Override
    public FilterDecision onRequestHead(Exchange exchange) {
        RuleTable table = rules.table();
        if (table != planned) {
            plans.clear();
            planned = table;
        }
        RuleTable.Plan plan = plan(table, exchange.routeName());
        if (plan.isEmpty()) {
            return FilterDecision.CONTINUE;
        }
        Entering request = new Entering(exchange, caller(table.callerHeader(), exchange), services.nanoTime());
        table.enter(plan, request);
        Refusal refusal = request.refusal();
        if (refusal != null) {
            return refuse(refusal);
        }
        if (request.last() != null) {
            exchange.put(key, request);
        }
        return request.asksForTokens() ? tokens.settle(exchange, request) : admit(exchange, request.waitNanos());
    }

    /// Answers a request that a rule refuses.
    FilterDecision refuse(Refusal refusal) {
        Services.Counter counter = refused.get(refusal.kind());
        if (counter != null) {
            counter.add(1);
        }
        return refusal.decision();
    }

    FilterDecision admit(Exchange exchange, long waitNanos) {
        if (waitNanos == 0) {
            return FilterDecision.CONTINUE;
        }
        queued.add(1);
        return new FilterDecision.Wait(exchange.suspend(Duration.ofNanos(waitNanos), FilterDecision.CONTINUE));
    }

    private RuleTable.Plan plan(RuleTable table, String route) {
        RuleTable.Plan known = plans.get(route);
        if (known != null) {
            return known;
        }
        if (plans.size() >= MOST_PLANS) {
            plans.clear();
        }
        RuleTable.Plan made = table.plan(route);
        plans.put(route, made);
        return made;
    }

    private static String caller(@Nullable HeaderName callerHeader, Exchange exchange) {
        String caller = callerHeader == null ? null : exchange.request().headers().first(callerHeader);
        return caller == null ? "" : caller;
    }

    @Override
    public void onComplete(Exchange exchange) {
        Entering request = exchange.get(key);
        if (request == null) {
            return;
        }
        ResponseHead response = exchange.response();
        boolean failed = response != null && response.status() >= 500;
        for (Pass pass = request.last(); pass != null; pass = pass.before) {
            pass.complete(failed);
        }
    }

    @Override
    public void close() {
        Services.Cancellable timer = measuring;
        if (timer != null) {
            timer.cancel();
        }
    }
}
