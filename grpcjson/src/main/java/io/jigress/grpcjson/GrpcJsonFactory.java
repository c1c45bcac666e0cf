package io.jigress.grpcjson;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The factory of `grpc-json-transcoder`.
public final class GrpcJsonFactory implements FilterFactory<GrpcJsonConfig> {

    @Override
    public String name() {
        return "grpc-json-transcoder";
    }

    @Override
    public FilterPhase phase() {
        return FilterPhase.TRANSFORM;
    }

    /// Behind the other filters that change requests, which see them in HTTP.
    @Override
    public int priority() {
        return -1_000;
    }

    @Override
    public GrpcJsonConfig parse(JsonReader config) {
        return ConfigReader.read(config);
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(GrpcJsonConfig config) {
        return switch (config.descriptors()) {
            case GrpcJsonConfig.Descriptors.Inline _ -> switch (Transcoder.compile(config)) {
                case Transcoder.Outcome.Compiled(Transcoder transcoder) ->
                    CompletableFuture.completedFuture(services -> GrpcJsonFilter.with(services, config, transcoder));
                case Transcoder.Outcome.Invalid(String what) ->
                    CompletableFuture.failedFuture(new IllegalStateException("the descriptor set " + what));
            };
            case GrpcJsonConfig.Descriptors.Reflection reflection -> {
                Discovery discovery = new Discovery(config, reflection);
                yield CompletableFuture.completedFuture(services -> GrpcJsonFilter.asking(services, config, discovery));
            }
        };
    }
}
