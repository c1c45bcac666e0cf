package io.jigress.sentinel;

import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import io.jigress.sentinel.cluster.TokenService;
import io.jigress.sentinel.engine.RuleTable;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.sentinel.rule.RuleReader;
import io.jigress.sentinel.rule.RuleSet;
import io.jigress.sentinel.rule.SentinelConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// The rules of one configuration, for all event loops: those in the configuration itself, and those from its sources.
final class PreparedRules implements PreparedFilter {
    /// How long routes wait for the first lists of the sources.
    private static final long PATIENCE_SECONDS = 5;
    private static final int SHOWN_FAULTS = 5;

    private final SentinelEngine engine;
    private final RuleFeed feed;
    private final SentinelConfig config;
    private final List<RuleFeed.Subscription> subscriptions = new ArrayList<>();
    private final CompletableFuture<PreparedFilter> complete = new CompletableFuture<>();
    /// The rules from the sources. Guarded by this.
    private final Map<RuleFeed.Text, RuleSet> brought = new HashMap<>();
    /// The lists that have not arrived yet, with their fields. Guarded by this once the sources are followed.
    private final Map<RuleFeed.Text, String> awaited = new LinkedHashMap<>();
    /// Guarded by this.
    private boolean closed;
    private volatile RuleTable table;

    PreparedRules(SentinelEngine engine, RuleFeed feed, SentinelConfig config) {
        this.engine = engine;
        this.feed = feed;
        this.config = config;
        table = engine.table(config, config.rules());
    }

    /// Starts to follow the sources. Completes when all lists have arrived, at the latest after five seconds.
    CompletionStage<PreparedFilter> start() {
        config.sources().forEach(source -> source.dataIds().forEach((field, dataId) -> awaited
                .put(new RuleFeed.Text(source.registry(), source.group(), dataId), field)));
        if (awaited.isEmpty()) {
            return CompletableFuture.completedFuture(this);
        }
        Map.copyOf(awaited).forEach((text, field) -> {
            RuleFeed.Subscription subscription = feed.follow(text, json -> changed(text, field, json));
            boolean late;
            synchronized (this) {
                late = closed;
                subscriptions.add(subscription);
            }
            if (late) {
                subscription.close();
            }
        });
        return complete.completeOnTimeout(this, PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private List<String> changed(RuleFeed.Text text, String field, Json json) {
        JsonReader reader = JsonReader.of("", Json.object().put(field, json).build());
        RuleSet rules = RuleReader.readList(reader, field, config.resource());
        List<String> faults = reader.report().stream().filter(JsonReader.Issue::error)
                .map(issue -> issue.path() + " " + issue.what() + " (expected: " + issue.expected() + ")").limit(SHOWN_FAULTS)
                .toList();
        boolean all;
        synchronized (this) {
            if (faults.isEmpty()) {
                faults = use(text, rules);
            }
            awaited.remove(text);
            all = awaited.isEmpty();
        }
        if (all) {
            complete.complete(this);
        }
        return faults;
    }

    /// @return why they cannot be used; empty when they are in use
    private List<String> use(RuleFeed.Text text, RuleSet rules) {
        RuleSet all = config.rules();
        for (Map.Entry<RuleFeed.Text, RuleSet> other : brought.entrySet()) {
            all = other.getKey().equals(text) ? all : all.and(other.getValue());
        }
        all = all.and(rules);
        if (all.resources() > RuleReader.MOST_RESOURCES) {
            return List.of("has, with the other rules, rules for " + all.resources() + " resources (expected: at most "
                    + RuleReader.MOST_RESOURCES + ")");
        }
        if (all.namesCallers() && config.callerHeader() == null) {
            return List.of("names callers (limitApp), and callerHeader is missing");
        }
        if (!closed) {
            brought.put(text, rules);
            RuleTable before = table;
            // The new table is created before the old one is closed, so that rules in both keep their state.
            table = engine.table(config, all);
            before.close();
        }
        return List.of();
    }

    /// The current rules.
    RuleTable table() {
        return table;
    }

    /// Where the tokens of cluster rules come from.
    TokenService tokens() {
        return engine.tokens();
    }

    /// Whether the configuration has sources, so that the rules can change.
    boolean changes() {
        return !config.sources().isEmpty();
    }

    @Override
    public HttpFilter create(Services services) {
        return new SentinelFilter(this, services);
    }

    @Override
    public void close() {
        List<RuleFeed.Subscription> all;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            all = List.copyOf(subscriptions);
            table.close();
        }
        all.forEach(RuleFeed.Subscription::close);
    }
}
