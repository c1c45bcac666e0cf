package io.jigress.proxy.loop;

import io.jigress.proxy.telemetry.LoopMetrics;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The direct memory that the connections of one event loop hold. It reduces their send queues when the memory gets short, and closes the
/// connections that hold most before it is used up. Event loop only.
///
/// No cost per request: the memory is checked at each tick, and when a send queue has filled up.
public final class LoopMemory {
    /// A paused connection resumes when its queue has shrunk to this part of its limit.
    private static final int LOW = 4;

    private record Holding(BufferOwner owner, long bytes) {}

    private final Loop loop;
    private final LoopMetrics metrics;
    private final MemoryBudget budget;
    private final RecvByteBufAllocator receives;
    private final Set<BufferOwner> owners = new LinkedHashSet<>();
    private final Runnable relieve = this::relieve;
    /// The present limit of the connections.
    private int queueBytes;
    private boolean relieving;

    LoopMemory(Loop loop, LoopMetrics metrics, MemoryBudget budget) {
        this.loop = loop;
        this.metrics = metrics;
        this.budget = budget;
        this.receives = new BoundedReceives(budget);
        this.queueBytes = budget.queueBytes();
        metrics.queueLimit = queueBytes;
    }

    /// Adds a connection: until [#remove], its send queue and receive buffers follow the budget.
    public void add(BufferOwner owner) {
        owners.add(owner);
        owner.channel().config().setRecvByteBufAllocator(receives);
        bound(owner);
    }

    public void remove(BufferOwner owner) {
        owners.remove(owner);
    }

    /// A send queue has filled up: when many do so at once, the next tick would be too late.
    public void queueIsFull() {
        look();
        if (budget.excess() > 0 && !relieving) {
            relieving = true;
            loop.executor().execute(relieve);
        }
    }

    void tick() {
        look();
        relieve();
    }

    private void look() {
        budget.look(loop.nanoTime());
        int now = budget.queueBytes();
        if (now != queueBytes) {
            queueBytes = now;
            metrics.queueLimit = now;
            owners.forEach(this::bound);
        }
    }

    private void bound(BufferOwner owner) {
        int high = Math.min(owner.queueBytes(), queueBytes);
        owner.channel().config().setWriteBufferWaterMark(new WriteBufferWaterMark(high / LOW, high));
    }

    private void relieve() {
        relieving = false;
        long excess = budget.excess();
        if (excess <= 0) {
            return;
        }
        List<Holding> greedy = new ArrayList<>();
        for (BufferOwner owner : owners) {
            long held = owner.held();
            if (held > 0) {
                greedy.add(new Holding(owner, held));
            }
        }
        greedy.sort(Comparator.comparingLong(Holding::bytes).reversed());
        budget.largest(loop.index(), greedy.isEmpty() ? 0 : greedy.getFirst().bytes());
        // When the connections that hold most are on another loop, that loop closes them.
        long least = budget.largest() / 2;
        for (Holding each : greedy) {
            if (budget.excess() <= 0 || each.bytes() < least) {
                break;
            }
            budget.relieved(each.bytes());
            metrics.shed(each.bytes());
            each.owner().shed();
        }
    }
}
