package io.jigress.api.blocking;

import io.jigress.api.FilterFactory;
import io.jigress.api.PreparedFilter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// A kind of filter that is a [BlockingFilter]. A jar names it, as any [FilterFactory], in `META-INF/services/io.jigress.api.FilterFactory`.
///
/// @param <C> the configuration, as of [FilterFactory]
public interface BlockingFilterFactory<C> extends FilterFactory<C> {

    /// Makes the filter of a configuration: one for all event loops. On a virtual thread; may block, and take up to a minute.
    BlockingFilter create(C config) throws Exception;

    /// What its calls may take.
    default BlockingLimits limits(C config) {
        return BlockingLimits.DEFAULT;
    }

    @Override
    default CompletionStage<PreparedFilter> prepare(C config) {
        CompletableFuture<PreparedFilter> ready = new CompletableFuture<>();
        Thread.ofVirtual().name("filter-" + name()).start(() -> {
            try {
                BlockingLimits limits = limits(config);
                ready.complete(new PreparedBlockingFilter(create(config), limits));
            } catch (Throwable e) {
                ready.completeExceptionally(e);
            }
        });
        return ready;
    }
}
