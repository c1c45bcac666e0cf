package io.jigress.proxy;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// A filter that is ready when a test says so.
record SlowFilter(String name, boolean protects, HttpFilter filter, CompletableFuture<PreparedFilter> prepared)
        implements
            FilterFactory<Boolean> {

    static SlowFilter protecting(HttpFilter filter) {
        return new SlowFilter("slow", true, filter, new CompletableFuture<>());
    }

    static SlowFilter optional(HttpFilter filter) {
        return new SlowFilter("slow", false, filter, new CompletableFuture<>());
    }

    void ready() {
        prepared.complete(_ -> filter);
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.TRANSFORM;
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Boolean parse(JsonReader config) {
        return true;
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(Boolean config) {
        return prepared;
    }
}
