package io.jigress.sentinel;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import io.jigress.sentinel.engine.SentinelEngine;
import io.jigress.sentinel.rule.RuleReader;
import io.jigress.sentinel.rule.SentinelConfig;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The factory of `sentinel`: rules of Sentinel for routes and API groups.
public final class SentinelFactory implements FilterFactory<SentinelConfig> {
    private final @Nullable SentinelEngine engine;
    private final RuleFeed feed;

    private SentinelFactory(@Nullable SentinelEngine engine, RuleFeed feed) {
        this.engine = engine;
        this.feed = feed;
    }

    /// For a running gateway.
    public static SentinelFactory of(SentinelEngine engine, RuleFeed feed) {
        return new SentinelFactory(engine, feed);
    }

    /// For checking configurations; loads no class of Sentinel.
    public static SentinelFactory ofChecks() {
        return new SentinelFactory(null, RuleFeed.NONE);
    }

    @Override
    public String name() {
        return "sentinel";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.LIMIT;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public boolean protects() {
        return true;
    }

    @Override
    public SentinelConfig parse(JsonReader config) {
        return RuleReader.read(config);
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(SentinelConfig config) {
        SentinelEngine shared = engine;
        if (shared == null) {
            return CompletableFuture.completedFuture(_ -> {
                throw new IllegalStateException("a filter of a factory that only checks");
            });
        }
        return new PreparedRules(shared, feed, config).start();
    }
}
