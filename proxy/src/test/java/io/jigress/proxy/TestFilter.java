package io.jigress.proxy;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.HttpFilter;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// A filter without configuration, for one test.
record TestFilter(String name, FilterPhase phase, HttpFilter filter) implements FilterFactory<Boolean> {

    static TestFilter of(HttpFilter filter) {
        return new TestFilter("test", FilterPhase.TRANSFORM, filter);
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
        return CompletableFuture.completedFuture(_ -> filter);
    }
}
