package io.jigress.proxy.loop;

import org.jspecify.annotations.Nullable;

/// Timeouts of one event loop, in a hashed wheel (Varghese and Lauck, 1987): setting, moving and clearing cost a few writes.
///
/// A timeout expires up to one tick late and never early. Event loop only.
public final class TimerWheel {
    /// 32 ms: fine enough for timeouts of a second, coarse enough to cost nothing.
    static final long TICK_NANOS = 32L << 20;
    private static final int SLOTS = 2048;

    private final @Nullable Timeout[] slots = new Timeout[SLOTS];
    private long tick;
    private int size;

    public TimerWheel(long nowNanos) {
        this.tick = nowNanos / TICK_NANOS;
    }

    /// Sets or moves a deadline on the clock's scale.
    public void set(Timeout timeout, long deadline) {
        timeout.deadline = deadline;
        if (timeout.filed > deadline) {
            unlink(timeout);
            link(timeout, deadline);
        }
    }

    /// Clears the deadline. The node stays in its list until its tick comes, since the next [#set] then usually need not move it.
    public void clear(Timeout timeout) {
        timeout.deadline = Timeout.NEVER;
    }

    /// Removes the timeout, so that the wheel does not keep a reference to its owner.
    public void remove(Timeout timeout) {
        timeout.deadline = Timeout.NEVER;
        unlink(timeout);
    }

    /// How many timeouts are in the wheel.
    public int size() {
        return size;
    }

    /// Runs the timeouts that are due. Called about once a tick while [#size] is above 0.
    public void advance(long now) {
        long target = now / TICK_NANOS;
        // After a long pause, one turn of the wheel is enough to visit every slot.
        long from = Math.max(tick, target - SLOTS);
        for (long t = from; t < target; t++) {
            expire((int) t & SLOTS - 1, now);
        }
        tick = target;
    }

    private void expire(int slot, long now) {
        Timeout timeout = slots[slot];
        while (timeout != null) {
            Timeout next = timeout.next;
            if (timeout.filed <= now) {
                unlink(timeout);
                if (timeout.deadline <= now) {
                    timeout.deadline = Timeout.NEVER;
                    timeout.expired();
                    // The callback may have changed the list: start again. Few nodes were already visited without being due.
                    next = slots[slot];
                } else if (timeout.deadline != Timeout.NEVER) {
                    link(timeout, timeout.deadline);
                }
            }
            timeout = next;
        }
    }

    private void link(Timeout timeout, long when) {
        timeout.filed = when;
        int slot = (int) Math.max(tick, when / TICK_NANOS) & SLOTS - 1;
        timeout.slot = slot;
        Timeout head = slots[slot];
        timeout.next = head;
        timeout.previous = null;
        if (head != null) {
            head.previous = timeout;
        }
        slots[slot] = timeout;
        size++;
    }

    private void unlink(Timeout timeout) {
        if (timeout.filed == Timeout.NEVER) {
            return;
        }
        Timeout before = timeout.previous;
        Timeout after = timeout.next;
        if (before == null) {
            slots[timeout.slot] = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        timeout.previous = null;
        timeout.next = null;
        timeout.filed = Timeout.NEVER;
        size--;
    }
}
