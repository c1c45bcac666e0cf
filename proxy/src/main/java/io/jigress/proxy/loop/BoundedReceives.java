package io.jigress.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/// Netty's adaptive receive buffers, limited to the size that the budget allows now, since a small slice keeps a whole large buffer alive.
final class BoundedReceives extends AdaptiveRecvByteBufAllocator {
    /// Netty's own defaults for sockets.
    private static final int READS_PER_TURN = 16;

    private final MemoryBudget budget;

    BoundedReceives(MemoryBudget budget) {
        this.budget = budget;
        maxMessagesPerRead(READS_PER_TURN);
    }

    @Override
    @SuppressWarnings("deprecation") // Netty's own type for it.
    public Handle newHandle() {
        return new Bounded((ExtendedHandle) super.newHandle());
    }

    private final class Bounded extends RecvByteBufAllocator.DelegatingHandle implements RecvByteBufAllocator.ExtendedHandle {
        private final ExtendedHandle adaptive;

        Bounded(ExtendedHandle adaptive) {
            super(adaptive);
            this.adaptive = adaptive;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return allocator.ioBuffer(guess());
        }

        @Override
        public int guess() {
            return Math.min(adaptive.guess(), budget.receiveBytes());
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier mayHaveMore) {
            return adaptive.continueReading(mayHaveMore);
        }
    }
}
