package io.jigress.filters.grpcweb;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The factory of `grpc-web`. The filter runs first, so that all other filters see gRPC calls, and their replies are translated too.
public final class GrpcWebFactory implements FilterFactory<Boolean> {
    private static final int PRIORITY = 1000;

    @Override
    public String name() {
        return "grpc-web";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.EDGE;
    }

    @Override
    public int priority() {
        return PRIORITY;
    }

    @Override
    public Boolean parse(JsonReader config) {
        config.finish();
        return true;
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(Boolean config) {
        return CompletableFuture.completedFuture(GrpcWebFilter::new);
    }
}
