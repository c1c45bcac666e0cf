package io.jigress.grpcjson;

import io.jigress.api.FilterFactory;
import io.jigress.api.FilterPhase;
import io.jigress.api.JsonReader;
import io.jigress.api.PreparedFilter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The factory of `grpc-json-transcoder`.
public final class GrpcJsonFactory implements FilterFactory<GrpcJsonConfig> {
    private static final long MAX_BYTES = 64L << 20;

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

    private static CompletionStage<PreparedFilter> prepared(GrpcJsonConfig config, Transcoder.Outcome outcome) {
        return switch (outcome) {
            case Transcoder.Outcome.Compiled(Transcoder transcoder) ->
                CompletableFuture.completedFuture(services -> GrpcJsonFilter.with(services, config, transcoder));
            case Transcoder.Outcome.Invalid(String what) ->
                CompletableFuture.failedFuture(new IllegalStateException("the descriptor set " + what));
        };
    }

    private static byte[] read(Path path) {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new IllegalStateException(
                        "the descriptor set " + path + " has " + Files.size(path) + " bytes (expected: at most " + MAX_BYTES
                                + ")");
            }
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException("the descriptor set " + path + " cannot be read: " + e, e);
        }
    }

    @Override
    public CompletionStage<PreparedFilter> prepare(GrpcJsonConfig config) {
        return switch (config.descriptors()) {
            case GrpcJsonConfig.Descriptors.Inline _ -> prepared(config, Transcoder.compile(config));
            case GrpcJsonConfig.Descriptors.File(Path path) -> CompletableFuture
                    .supplyAsync(() -> read(path), task -> Thread.ofVirtual().name("grpc-json-descriptors").start(task))
                    .thenCompose(bytes -> prepared(config, Transcoder.compile(config, bytes)));
            case GrpcJsonConfig.Descriptors.Reflection reflection -> {
                Discovery discovery = new Discovery(config, reflection);
                yield CompletableFuture.completedFuture(services -> GrpcJsonFilter.asking(services, config, discovery));
            }
        };
    }
}
