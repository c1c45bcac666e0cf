package io.jigress.sentinel;

import io.jigress.api.HttpFilter;
import io.jigress.api.Json;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import io.jigress.sentinel.engine.RuleTable;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.sentinel.rule.RuleReader;
import io.jigress.sentinel.rule.RuleSet;
import io.jigress.sentinel.rule.RuleSource;
import io.jigress.sentinel.rule.SentinelConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The rules of one configuration, for all event loops: those that it has itself, and those that its source brings.
final class PreparedRules implements PreparedFilter {
    /// A source that says nothing for so long does not hold back the routes any longer.
    private static final long PATIENCE_SECONDS = 5;
    private static final int SHOWN_FAULTS = 5;

    private final SentinelEngine engine;
    private final RuleFeed feed;
    private final SentinelConfig config;
    private final List<RuleFeed.Subscription> subscriptions = new ArrayList<>();
    private final CompletableFuture<PreparedFilter> complete = new CompletableFuture<>();
    /// What the source has brought, by field. Guarded by this.
    private final Map<String, RuleSet> brought = new HashMap<>();
    /// Guarded by this.
    private boolean closed;
    private volatile RuleTable table;

    PreparedRules(SentinelEngine engine, RuleFeed feed, SentinelConfig config) {
        this.engine = engine;
        this.feed = feed;
        this.config = config;
        table = engine.table(config, config.rules());
    }

    /// Begins to follow the source. Completes when it has brought everything, at the latest after five seconds.
    CompletionStage<PreparedFilter> start() {
        RuleSource source = config.source();
        if (source == null) {
            return CompletableFuture.completedFuture(this);
        }
        source.dataIds().forEach((field, dataId) -> {
            RuleFeed.Text text = new RuleFeed.Text(source.registry(), source.group(), dataId);
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

    private void changed(RuleFeed.Text text, String field, Json json) {
        JsonReader reader = JsonReader.of("", Json.object().put(field, json).build());
        RuleSet rules = RuleReader.readList(reader, field, config.resource());
        List<String> faults = new ArrayList<>(reader.report().stream().filter(JsonReader.Issue::error)
                .map(issue -> issue.path() + " " + issue.what() + " (expected: " + issue.expected() + ")").limit(SHOWN_FAULTS)
                .toList());
        if (faults.isEmpty()) {
            faults.addAll(use(field, rules));
        }
        feed.refused(text, faults);
        RuleSource source = config.source();
        synchronized (this) {
            brought.putIfAbsent(field, RuleSet.EMPTY);
            if (source != null && brought.keySet().containsAll(source.dataIds().keySet())) {
                complete.complete(this);
            }
        }
    }

    /// @return why they cannot be used
    private synchronized List<String> use(String field, RuleSet rules) {
        RuleSet all = config.rules();
        for (Map.Entry<String, RuleSet> other : brought.entrySet()) {
            all = other.getKey().equals(field) ? all : all.and(other.getValue());
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
            brought.put(field, rules);
            RuleTable before = table;
            // The new one first, so that what both have keeps its state.
            table = engine.table(config, all);
            before.close();
        }
        return List.of();
    }

    /// The rules as they are now.
    RuleTable table() {
        return table;
    }

    @Nullable RuleSource source() {
        return config.source();
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
