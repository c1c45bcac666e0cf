package io.jigress.api.blocking;

import io.jigress.api.HttpFilter;
import io.jigress.api.PreparedFilter;
import io.jigress.api.Services;
import java.util.Objects;

/// A [BlockingFilter] for all event loops.
final class PreparedBlockingFilter implements PreparedFilter {
    private final BlockingFilter filter;
    private final BlockingLimits limits;

    PreparedBlockingFilter(BlockingFilter filter, BlockingLimits limits) {
        this.filter = Objects.requireNonNull(filter, "create returned null");
        this.limits = Objects.requireNonNull(limits, "limits returned null");
    }

    @Override
    public HttpFilter create(Services services) {
        return new BlockingHttpFilter(filter, limits, services);
    }

    @Override
    public void close() {
        Thread.ofVirtual().name("filter-close").start(this::closeAndWait);
    }

    @Override
    public void closeAndWait() {
        try {
            filter.close();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException("the filter threw in close", e);
        }
    }
}
